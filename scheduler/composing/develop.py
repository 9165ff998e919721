"""Develops a picture: upright, in the colours of screens, on white, small enough; the same bytes every time."""

from __future__ import annotations

import io

from PIL import Image, ImageCms

from scheduler.channels.contract import JPEG, PNG
from scheduler.composing.frame import Frame
from scheduler.composing.metadata import without_metadata
from scheduler.composing.negative import Negative, PictureError, is_srgb, opened
from scheduler.text import say

RECIPE = 1  # another number for every change that makes other pictures: approvals are bound to their bytes
QUALITIES = (90, 85, 80, 75, 70)  # of JPEG, tried in this order
SMALLER = 0.8  # of its size; when no quality is low enough
SMALLEST = 200  # pixels; below, a picture says nothing any more
REDUCING_GAP = 3.0  # a large JPEG is decoded at about three times what is needed, not whole

UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def develop(content: bytes, negative: Negative, frame: Frame) -> tuple[bytes, str]:
    """Return the bytes of a picture as it fits a frame, with their type; PictureError when it cannot be made to fit."""
    try:
        with opened(content) as picture:
            made = _upright(_srgb(_small(picture, negative, frame.side)), negative.turn)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PictureError(
            say(
                f"{negative.file.name}: không đọc được ảnh này; mở ra rồi lưu lại",
                f"{negative.file.name}: this picture cannot be read; open it and save it anew",
            )
        ) from error
    if negative.graphic and PNG in frame.types:
        drawn = _encoded(made, PNG, compress_level=6)
        if len(drawn) <= frame.size:
            return drawn, PNG
    return _photo(made, negative, frame.size), JPEG


def _small(picture: Image.Image, negative: Negative, side: int) -> Image.Image:
    """Return the picture no wider and no higher than `side`, on white, in its own colours."""
    profile = picture.info.get("icc_profile")
    if negative.mime != JPEG:
        picture = _on_white(picture)
    picture.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=REDUCING_GAP)
    picture.load()
    picture.info = {"icc_profile": profile}
    return picture


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):  # 16 bits of grey
        return picture.point(lambda value: value * (1 / 256)).convert("L").convert("RGB")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    above = picture.convert("RGBA")
    white = Image.new("RGB", above.size, "white")
    white.paste(above, mask=above.getchannel("A"))
    return white


def _srgb(picture: Image.Image) -> Image.Image:
    if not is_srgb(picture):
        profile = ImageCms.ImageCmsProfile(io.BytesIO(picture.info["icc_profile"]))
        try:
            converted = ImageCms.profileToProfile(picture, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except ImageCms.PyCMSError:  # a profile for other colours than the picture has
            converted = None
        if converted is not None:
            return converted
    return picture if picture.mode in ("RGB", "L") else picture.convert("RGB")


def _upright(picture: Image.Image, turn: int) -> Image.Image:
    return picture.transpose(UPRIGHT[turn]) if turn in UPRIGHT else picture


def _photo(picture: Image.Image, negative: Negative, most: int) -> bytes:
    """Return the picture as JPEG within so many bytes: less and less of quality, then of size."""
    while True:
        for quality in QUALITIES:
            # 4:4:4, or the edges of red letters fray
            taken = _encoded(picture, JPEG, quality=quality, subsampling=0, optimize=True)
            if len(taken) <= most:
                return taken
        if max(picture.size) < SMALLEST:
            break
        width, height = (max(1, round(side * SMALLER)) for side in picture.size)
        picture = picture.resize((width, height), Image.Resampling.LANCZOS)
    raise PictureError(
        say(
            f"{negative.file.name}: không thu nhỏ được dưới {most / 1e6:.1f} MB; dùng ảnh khác",
            f"{negative.file.name}: it cannot be made smaller than {most / 1e6:.1f} MB; use another picture",
        )
    )


def _encoded(picture: Image.Image, mime: str, **how: int) -> bytes:
    written = io.BytesIO()
    try:
        picture.save(written, "PNG" if mime == PNG else "JPEG", **how)
    except OSError:  # Pillow keeps too little room for an optimized JPEG that is mostly noise
        written = io.BytesIO()
        picture.save(written, "JPEG", **{**how, "optimize": False})
    return without_metadata(written.getvalue(), mime)
