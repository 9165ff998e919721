"""Pictures as people really have them: a phone's photo that knows where it was taken, a logo without a ground."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms, ImageDraw

HANOI = (21.0, 1.0, 42.0), (105.0, 51.0, 15.0)
PLACE = b"geheim-21.0285"  # written wherever a phone may write something


def exif(turn: int = 1) -> Image.Exif:
    """Return what a phone writes of itself and of the place."""
    written = Image.Exif()
    written[0x010F], written[0x0112] = "Phone", turn
    gps = written.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", HANOI[0], "E", HANOI[1]
    gps[27] = b"ASCII\0\0\0" + PLACE
    return written


def scene(width: int = 320, height: int = 240) -> Image.Image:
    """Return something to be seen: grain as of a photo, and red in the upper left corner."""
    drawn = Image.effect_noise((width, height), 60).convert("RGB")
    ImageDraw.Draw(drawn).rectangle((0, 0, width // 4, height // 4), "red")
    return drawn


def photo(file: Path, size: tuple[int, int] = (320, 240), turn: int = 1, **how: Any) -> Path:
    """Write a photo as a phone does, with its place in every block that may hold one, and a film behind its end."""
    written = io.BytesIO()
    scene(*size).save(written, "JPEG", **{"exif": exif(turn), "comment": PLACE, "xmp": PLACE, "quality": 92, **how})
    file.write_bytes(written.getvalue() + PLACE)
    return file


def logo(file: Path, size: int = 64) -> Path:
    """Write a red disc on nothing, half of it see-through."""
    drawn = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    ImageDraw.Draw(drawn).ellipse((4, 4, size - 5, size - 5), (218, 37, 29, 255))
    ImageDraw.Draw(drawn).rectangle((size // 2, size // 2 - 4, size // 2 + 8, size // 2 + 4), (0, 0, 0, 128))
    drawn.save(file)
    return file


def film(file: Path, frames: int = 3) -> Path:
    """Write a moving GIF."""
    pictures = [Image.new("RGB", (40, 30), (80 * n, 0, 0)) for n in range(frames)]
    pictures[0].save(file, "GIF", save_all=True, append_images=pictures[1:], loop=0, comment=PLACE)
    return file


def swapped() -> bytes:
    """Return the profile of a screen whose red is green and whose green is red."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = profile.index(b"rXYZ"), profile.index(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile).replace("sRGB".encode("utf-16-be"), "Loa!".encode("utf-16-be"))
