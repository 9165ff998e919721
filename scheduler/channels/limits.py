"""What one network takes: of words, pictures and films, counted as that network counts."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

JPEG, PNG, GIF = "image/jpeg", "image/png", "image/gif"
MP4, MOV = "video/mp4", "video/quicktime"
SUFFIXES = {JPEG: ".jpg", PNG: ".png", GIF: ".gif", MP4: ".mp4", MOV: ".mov"}


@dataclass(frozen=True)
class VideoLimits:
    """What one network takes of a video: bytes, seconds (least, most), pixels of the longer side, width / height.

    `codecs` and `sounds` by the names of people (H.264, AAC), `fps` pictures a second (least, most), `bit_rate` bits a
    second, all files alike. `index_first`: its index must stand before its pictures.
    """

    size: int
    seconds: tuple[float, float] = (0, math.inf)
    types: tuple[str, ...] = (MP4, MOV)
    side: int = 4096
    ratio: tuple[float, float] = (0, math.inf)
    codecs: tuple[str, ...] = ("H.264", "H.265")
    sounds: tuple[str, ...] = ("AAC",)
    fps: tuple[float, float] = (0, math.inf)
    bit_rate: float = math.inf
    index_first: bool = False
    cover: tuple[int, int] | None = (
        None  # width and height (pixels) of a picture shown before it is played; None: none is
    )


@dataclass(frozen=True)
class Limits:
    """What one network takes. `text` and `caption` are counted by `count`; sizes are bytes, `alt` code points.

    A picture that is of another type, larger or wider is converted while a post is composed; one whose shape is not
    taken is refused.
    """

    text: int
    count: Callable[[str], int] = len
    counted: str = "ký tự"
    caption: int | None = None  # the limit of the text when there are pictures, where it is another
    images: int = 0
    image_bytes: int = 10_000_000
    image_types: tuple[str, ...] = (JPEG, PNG, GIF)  # GIF: it moves there; where it would stand still, it is left out
    image_side: int = 4096  # pixels; the network itself shows nothing wider or higher
    image_ratio: tuple[float, float] = (0, math.inf)  # the least and the largest width / height
    video: VideoLimits | None = None  # None: no video; a message's pictures are shown there instead
    alt: int = 1500
    needs_media: bool = False  # no post without a picture or a video
    tags: int | None = None  # hashtags in one post
    links: int | None = None  # different addresses in one post
    cover: bool = False  # the network shows a picture before a post with pictures, or words alone, is opened
    never: str = ""  # characters that neither the text nor the title may hold
    title: bool = False  # the network shows a title of its own
    title_most: int | None = None  # code points of that title, where there is a bound
    spans: int = 0  # stretches of a text shown in bold, as a link with words and so on; 0: it shows plain words only
    marked_tags: bool = True  # a hashtag with Vietnamese marks stays what it is
    card: tuple[int, int] = (1200, 630)  # width and height (pixels) in which a card is shown whole
