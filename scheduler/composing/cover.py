"""A cover: the picture that is shown before a post is opened, or its film is played; which one, where, and how it fits."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.authoring.campaign import Image, Message
from scheduler.channels.registry import NETWORKS
from scheduler.composing.negative import Negative
from scheduler.text import say

SMALLEST = 0.5  # of the width in which a network shows it; a smaller one looks blurred
OFF_SHAPE = 0.02  # of width / height, which nobody sees


def shows_video(message: Message, network: str) -> bool:
    """Tell whether a network gets the video of a message: then it gets none of its pictures."""
    return message.video is not None and network in NETWORKS and NETWORKS[network].limits.video is not None


def cover_on(message: Message, network: str) -> Image | None:
    """Return the picture that a network shows before a message is opened; None: it shows none."""
    if shows_video(message, network):
        return message.any_cover if _of_film(network) is not None else None
    return message.shown_cover if network in NETWORKS and NETWORKS[network].limits.cover else None


def ill_fitting(message: Message, negative: Negative, network: str) -> Iterator[str]:
    """Yield a sentence for all that would look poor of a cover before a film: bars at its sides, too few pixels."""
    size = _of_film(network) if shows_video(message, network) else None
    if size is None:
        return
    (wide, high), width, height = size, negative.width, negative.height
    if abs(negative.ratio * high / wide - 1) > OFF_SHAPE:
        cut = f"{height * wide // high}×{height}" if negative.ratio * high > wide else f"{width}×{width * high // wide}"
        yield say(
            f"{network}: ảnh bìa {width}×{height} không đúng khuôn {wide}×{high}, mạng sẽ thêm viền đen; cắt còn {cut}",
            f"{network}: the cover of {width}×{height} has not the shape of {wide}×{high}, it is shown with black bars; "
            f"cut it to {cut}",
        )
    if width < wide * SMALLEST:
        yield say(
            f"{network}: ảnh bìa chỉ rộng {width} điểm ảnh, sẽ mờ; dùng ảnh {wide}×{high}",
            f"{network}: the cover is only {width} pixels wide and will look blurred; use one of {wide}×{high}",
        )


def _of_film(network: str) -> tuple[int, int] | None:
    """Return width and height (pixels) of the cover that a network shows before a film; None: it shows none."""
    limits = NETWORKS[network].limits.video
    return None if limits is None else limits.cover
