"""A frame: what one network takes of a picture, and what no converting can bring into it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from scheduler.channels.contract import Limits
from scheduler.channels.registry import NETWORKS
from scheduler.composing.negative import Negative
from scheduler.text import say


@dataclass(frozen=True)
class Frame:
    """Types (MIME), the most bytes, the longest side (pixels), the least and the largest width / height."""

    types: tuple[str, ...]
    size: int
    side: int
    ratio: tuple[float, float]

    def takes(self, negative: Negative) -> bool:
        """Tell whether a picture goes out with its pixels as they are."""
        if negative.moving:
            return negative.mime in self.types
        fits = negative.size <= self.size and max(negative.width, negative.height) <= self.side
        return negative.mime in self.types and fits and negative.turn == 1 and not negative.odd


@lru_cache(64)
def frame_of(network: str) -> Frame:
    """Return the frame of a network, of one that is not known the usual one.

    What a server told us is left out: when it tells something else, what was approved must stay as it was.
    """
    limits = NETWORKS[network].limits if network in NETWORKS else Limits(text=0)
    return Frame(limits.image_types, limits.image_bytes, limits.image_side, limits.image_ratio)


def misframed(negative: Negative, frame: Frame, network: str) -> Iterator[str]:
    """Yield a sentence for all that keeps a picture from being converted for a network."""
    low, high = frame.ratio
    if not low <= negative.ratio <= high:
        yield _shape(negative, low, high, network)
    if negative.moving and negative.mime not in frame.types:
        yield say(
            f"{network}: ảnh động sẽ đứng yên ở mạng này; dùng ảnh tĩnh (JPEG, PNG), hoặc viết thông điệp riêng cho {network}",
            f"{network}: a moving picture would stand still there; use a still one (JPEG, PNG), or write a message for "
            f"{network} alone",
        )


def too_many_bytes(size: int, most: int, network: str) -> str:
    """Return the sentence that a picture is larger than a network takes."""
    shown, limit = f"{size / 1e6:.1f} MB", f"{most / 1e6:.1f} MB"
    return say(
        f"{network}: ảnh {shown}, tối đa {limit}; thu nhỏ ảnh rồi lưu lại",
        f"{network}: a picture of {shown}, at most {limit}; make it smaller and save it again",
    )


def _shape(negative: Negative, low: float, high: float, network: str) -> str:
    width, height = negative.width, negative.height
    wide = negative.ratio > high
    cut = f"{int(height * high)}×{height}" if wide else f"{width}×{int(width / low)}"
    vi, en = ("quá rộng", "too wide") if wide else ("quá cao", "too high")
    return say(
        f"{network}: ảnh {width}×{height} {vi} (rộng : cao = {negative.ratio:.2f}, nhận từ {low:.2f} đến {high:.2f}); "
        f"cắt còn {cut}",
        f"{network}: the picture of {width}×{height} is {en} (width : height = {negative.ratio:.2f}, taken from "
        f"{low:.2f} to {high:.2f}); cut it to {cut}",
    )
