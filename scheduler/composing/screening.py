"""Which networks take a film: what was measured held against what each of them says it takes."""

from __future__ import annotations

import math
from collections.abc import Iterator

from scheduler.channels.contract import MP4, Video, VideoLimits
from scheduler.composing.footage import Footage
from scheduler.text import say


def untaken(footage: Footage, limits: VideoLimits | None, network: str) -> Iterator[str]:
    """Yield a sentence for everything about a film that a network would refuse: what it is, and what would be right.

    `limits` None: the network shows the message's pictures instead.
    """
    if limits is None:
        return
    if footage.size > limits.size:
        yield say(
            f"{network}: video {_mb(footage.size)}, tối đa {_mb(limits.size)}; xuất lại nhẹ hơn (720p, hoặc ngắn hơn), "
            f"hoặc viết thông điệp riêng cho {network}",
            f"{network}: a video of {_mb(footage.size)}, at most {_mb(limits.size)}; export it smaller (720p, or "
            f"shorter), or write a message for {network} alone",
        )
    if footage.mime not in limits.types:
        kinds = ", ".join("MP4" if kind == MP4 else "MOV" for kind in limits.types)
        yield say(f"{network}: chỉ nhận {kinds}; xuất lại", f"{network}: it takes {kinds} only; export it again")
    yield from _outside(network, footage.seconds, limits.seconds, ("dài", "giây", "cắt lại"), ("long", "s", "cut it"))
    yield from _outside(
        network,
        footage.fps or max(limits.fps[0], 1),
        limits.fps,
        ("có", "hình/giây", "xuất lại ở 30"),
        ("in pictures", "/s", "export at 30"),
    )
    yield from _outside(
        network, footage.ratio, limits.ratio,
        (f"{footage.width}×{footage.height}, rộng : cao =", "", "cắt khung lại"),
        (f"{footage.width}×{footage.height}, width : height", "", "crop it"),
    )  # fmt: skip
    longer = max(footage.width, footage.height)
    if longer > limits.side:
        yield say(
            f"{network}: video {footage.width}×{footage.height}, cạnh dài tối đa {limits.side} điểm ảnh; xuất lại nhỏ hơn",
            f"{network}: a video of {footage.width}×{footage.height}, its longer side at most {limits.side}; export smaller",
        )
    if footage.codec not in limits.codecs:
        yield _made(network, footage.codec, limits.codecs, ("hình nén kiểu", "pictures as"))
    if footage.sound and footage.sound not in limits.sounds:
        yield _made(network, footage.sound, limits.sounds, ("tiếng nén kiểu", "sound as"))
    if footage.bit_rate > limits.bit_rate:
        yield say(
            f"{network}: {footage.bit_rate / 1e6:.1f} Mbit/giây, tối đa {limits.bit_rate / 1e6:.0f}; xuất lại nhẹ hơn",
            f"{network}: {footage.bit_rate / 1e6:.1f} Mbit/s, at most {limits.bit_rate / 1e6:.0f}; export it smaller",
        )
    if limits.index_first and not footage.shows_at_once:
        yield say(
            f"{network}: phần mục lục (moov) nằm cuối tệp; xuất lại và chọn Fast Start / tối ưu cho web",
            f"{network}: the index (moov) stands at the end; export it with Fast Start (optimised for the web)",
        )


def measured(video: Video) -> str:
    """Return a film in a few figures: `1:05, 1080×1920, 12.5 MB`."""
    minutes, seconds = divmod(round(video.seconds), 60)
    return f"{minutes}:{seconds:02}, {video.width}×{video.height}, {_mb(video.size)}"


def no_way_to_show(network: str) -> str:
    """Return the sentence that a network takes no video, and there is nothing to show in its place."""
    return say(
        f"{network}: mạng này không nhận video mà thông điệp không có ảnh thay; thêm images (một khung hình của video), "
        f"hoặc bỏ kênh {network} khỏi thông điệp",
        f"{network}: this network takes no video and the message has no picture instead; add images (a still of the "
        f"video), or leave {network} out of this message",
    )


def _outside(
    network: str, value: float, taken: tuple[float, float], vi: tuple[str, str, str], en: tuple[str, str, str]
) -> Iterator[str]:
    low, high = taken
    if low <= value <= high:
        return
    shown = f"{value:.4g}"
    range_vi, range_en = (f"từ {low:g} đến {high:g}", f"{low:g} to {high:g}")
    if math.isinf(high):
        range_vi, range_en = f"từ {low:g} trở lên", f"at least {low:g}"
    yield say(
        f"{network}: video {vi[0]} {shown} {vi[1]}, nhận {range_vi}; {vi[2]}".replace(" ,", ","),
        f"{network}: the video is {shown} {en[1]} {en[0]}, it takes {range_en}; {en[2]}".replace("  ", " "),
    )


def _made(network: str, found: str, taken: tuple[str, ...], of: tuple[str, str]) -> str:
    known = ", ".join(taken)
    return say(
        f"{network}: {of[0]} {found}, chỉ nhận {known}; xuất lại sang MP4 (H.264, AAC)",
        f"{network}: {of[1]} {found}, it takes {known} only; export it as MP4 (H.264, AAC)",
    )


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f} MB".replace(".0 ", " ") if size >= 100_000 else f"{size / 1e3:.1f} KB".replace(".0 ", " ")
