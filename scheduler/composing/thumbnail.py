"""A picture, or a short film, small enough to travel inside a page."""

from __future__ import annotations

import base64
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps

from scheduler.channels.contract import Picture, Video

LARGEST_FILM = 3_000_000  # bytes; a page with more than that nobody mails
WIDEST = 640  # pixels; twice what a post shows


@lru_cache(maxsize=200)
def data_url(picture: Picture) -> str:
    """Return a picture as a `data:` address, scaled down; '' when its file cannot be read any more."""
    try:
        with Image.open(picture.file) as opened:
            small = ImageOps.exif_transpose(opened).convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return ""
    small.thumbnail((WIDEST, 2 * WIDEST))
    plain = Image.new("RGB", small.size, "white")
    plain.paste(small, mask=small)
    written = BytesIO()
    plain.save(written, "JPEG", quality=86, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(written.getvalue()).decode("ascii")


def film_url(video: Video) -> str:
    """Return a short film as a `data:` address; '' when it is too large for a page, or cannot be read any more."""
    if video.size > LARGEST_FILM:
        return ""
    try:
        content = Path(video.file).read_bytes()
    except OSError:
        return ""
    return f"data:{video.mime};base64," + base64.b64encode(content).decode("ascii")
