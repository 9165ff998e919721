"""An author's picture as it lies in the workspace: its size, turn and colours, read from its file without decoding it."""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import ExifTags, Image, ImageCms

from scheduler.authoring.loader import PICTURES, type_of
from scheduler.channels.contract import GIF, JPEG, PNG
from scheduler.composing.metadata import Damaged, without_metadata
from scheduler.composing.render import RenderError
from scheduler.text import say

LARGEST_FILE = 200_000_000  # bytes
MOST_PIXELS = 50_000_000  # of what has to be decoded whole; a JPEG is decoded smaller at once
PLAIN_MODES = ("RGB", "L", "P", "1")  # what every viewer shows alike
SIDEWAYS = (5, 6, 7, 8)  # EXIF: the picture is to be turned by a quarter


class PictureError(RenderError):
    """A picture that cannot be made into one that can be posted."""


@dataclass(frozen=True)
class Negative:
    """What is known of an author's picture. Width and height (pixels) are as it is seen; `size` is in bytes.

    `size`: without what is not picture (place, device, previews). `clean`: there is nothing of that kind in it.
    `turn`: EXIF's, 1 is upright. `odd`: its colours, transparency or type are not shown alike everywhere.
    """

    file: Path
    sha256: str
    mime: str
    width: int
    height: int
    size: int
    clean: bool
    turn: int = 1
    odd: bool = False
    moving: bool = False

    @property
    def graphic(self) -> bool:
        """Whether it is kept without loss where a network takes that: a drawing, not a photo."""
        return self.mime != JPEG

    @property
    def ratio(self) -> float:
        return self.width / self.height


def read_negative(file: Path) -> Negative:
    """Read what is known of a picture without decoding it; PictureError says what is wrong with its file."""
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise PictureError(_too_large(file.name))
        content = file.read_bytes()
        with opened(content) as picture:
            mime = type_of(picture) or ""
            moving = mime != JPEG and bool(getattr(picture, "is_animated", False))
            plain = without_metadata(content, mime) if mime in (JPEG, PNG, GIF) else content
            negative = _measured(file, content, plain, picture, mime, moving=moving)
    except (Damaged, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PictureError(
            say(
                f"{file.name}: tệp ảnh bị hỏng hoặc chưa chép xong; chép lại, hoặc mở ra rồi lưu lại",
                f"{file.name}: the picture is damaged or was not copied whole; copy it again, or open and save it anew",
            )
        ) from error
    if mime != JPEG and not moving and negative.width * negative.height > MOST_PIXELS:
        raise PictureError(_too_large(file.name, f"{negative.width}×{negative.height}"))
    return negative


@contextmanager
def opened(content: bytes) -> Iterator[Image.Image]:
    """Open a picture; one from a phone may well be larger than what Pillow warns of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with Image.open(io.BytesIO(content), formats=list(PICTURES)) as picture:
            yield picture


def _measured(file: Path, content: bytes, plain: bytes, picture: Image.Image, mime: str, *, moving: bool) -> Negative:
    turn = 1 if moving else _turn(picture)
    width, height = picture.size[::-1] if turn in SIDEWAYS else picture.size
    return Negative(
        file, hashlib.sha256(content).hexdigest(), mime, width, height, len(plain), plain == content, turn,
        odd=not moving and _is_odd(picture, mime), moving=moving,
    )  # fmt: skip


def _turn(picture: Image.Image) -> int:
    if picture.format == "PNG" and "exif" not in picture.info:
        return 1  # asked for it, Pillow would decode the whole picture to look behind it
    turn = picture.getexif().get(ExifTags.Base.Orientation, 1)
    return turn if turn in range(1, 9) else 1


def _is_odd(picture: Image.Image, mime: str) -> bool:
    transparent = "transparency" in picture.info
    return mime not in (JPEG, PNG, GIF) or picture.mode not in PLAIN_MODES or transparent or not is_srgb(picture)


def is_srgb(picture: Image.Image) -> bool:
    """Tell whether a picture's colours are the usual ones of screens; without a profile they are taken to be."""
    profile = picture.info.get("icc_profile")
    if not profile:
        return True
    try:
        described = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    except (ImageCms.PyCMSError, OSError, ValueError):
        return True  # nobody else can make anything of it either
    return "srgb" in described.lower()


def _too_large(name: str, measured: str = "") -> str:
    shown = f" ({measured})" if measured else ""
    return say(
        f"{name}: ảnh quá lớn{shown}; thu nhỏ còn khoảng 4000 điểm ảnh mỗi chiều rồi lưu dạng JPEG",
        f"{name}: the picture is too large{shown}; make it about 4000 pixels wide and save it as JPEG",
    )
