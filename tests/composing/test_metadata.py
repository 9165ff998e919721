"""Metadata: place, device and remarks leave a file, every pixel stays."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from scheduler.channels.contract import GIF, JPEG, PNG
from scheduler.composing.metadata import Damaged, without_metadata
from tests.composing.photos import PLACE, exif, film, photo, scene


def jpeg(folder: Path) -> bytes:
    return photo(folder / "a.jpg").read_bytes()


def progressive(folder: Path) -> bytes:
    return photo(folder / "a.jpg", progressive=True, restart_marker_rows=1, optimize=True).read_bytes()


def grey(folder: Path) -> bytes:
    scene().convert("L").save(folder / "a.jpg", exif=exif(), comment=PLACE)
    return (folder / "a.jpg").read_bytes()


def png(folder: Path) -> bytes:
    said = PngImagePlugin.PngInfo()
    said.add_text("Comment", PLACE.decode())
    said.add_text("Long", PLACE.decode() * 9, zip=True)
    said.add_itxt("XML:com.adobe.xmp", PLACE.decode())
    scene().save(folder / "a.png", pnginfo=said, exif=exif())
    return (folder / "a.png").read_bytes() + PLACE


def gif(folder: Path) -> bytes:
    return film(folder / "a.gif").read_bytes() + PLACE


KINDS = pytest.mark.parametrize(
    ("make", "mime"), [(jpeg, JPEG), (progressive, JPEG), (grey, JPEG), (png, PNG), (gif, GIF)]
)


def seen(content: bytes) -> list[bytes]:
    with Image.open(io.BytesIO(content)) as picture:
        frames = []
        for n in range(getattr(picture, "n_frames", 1)):
            picture.seek(n)
            frames.append(picture.convert("RGB").tobytes())
        return frames


@KINDS
def test_what_is_not_picture_goes_and_every_pixel_stays(
    make: Callable[[Path], bytes], mime: str, tmp_path: Path
) -> None:
    content = make(tmp_path)

    plain = without_metadata(content, mime)

    assert PLACE in content
    assert PLACE not in plain
    assert b"Exif" not in plain and b"eXIf" not in plain and b"xmp" not in plain
    assert seen(plain) == seen(content)
    assert without_metadata(plain, mime) == plain


@KINDS
def test_a_file_that_breaks_off_anywhere_is_damaged(make: Callable[[Path], bytes], mime: str, tmp_path: Path) -> None:
    plain = without_metadata(make(tmp_path), mime)

    for end in (*range(40), len(plain) // 3, len(plain) // 2, len(plain) - 2, len(plain) - 1):
        with pytest.raises(Damaged):
            without_metadata(plain[:end], mime)


def test_a_changed_byte_of_a_png_is_found(tmp_path: Path) -> None:
    content = bytearray(png(tmp_path))
    content[len(content) // 2] ^= 1

    with pytest.raises(Damaged):
        without_metadata(bytes(content), PNG)


def test_the_small_preview_in_the_head_of_a_jpeg_goes(tmp_path: Path) -> None:
    scene().save(tmp_path / "a.jpg")
    content = (tmp_path / "a.jpg").read_bytes()
    head = content.index(b"JFIF\0") + 12
    preview = PLACE.ljust(3 * 5)[: 3 * 5]
    grown = (int.from_bytes(content[4:6]) + len(preview)).to_bytes(2)
    carrying = content[:4] + grown + content[6:head] + bytes([5, 1]) + preview + content[head + 2 :]

    assert without_metadata(carrying, JPEG) == content


def test_a_moving_picture_goes_on_repeating_itself(tmp_path: Path) -> None:
    plain = without_metadata(gif(tmp_path), GIF)

    with Image.open(io.BytesIO(plain)) as picture:
        assert (picture.info["loop"], getattr(picture, "n_frames", 1)) == (0, 3)
