"""A picture of one white dot, by which it is found out whether our pictures can be fetched before a post depends on it."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from scheduler.channels.contract import PNG, Picture
from scheduler.channels.public_name import media_key, public_name
from scheduler.channels.whole import write_whole
from scheduler.errors import SettingsError
from scheduler.text import say

DOT = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mP4//8/AAX+Av4zEpUUAAAAAElFTkSuQmCC")


def keep_probe(var: Path) -> Picture:
    """Return the probe as it lies among the kept pictures, put there when it is missing; SettingsError when it cannot be."""
    sha256 = hashlib.sha256(DOT).hexdigest()
    file = var / "media" / public_name(media_key(var), sha256, PNG)
    try:
        if not file.exists():
            write_whole(file, DOT)
    except OSError as error:
        words = say("không ghi được ảnh; xem lại quyền ghi", "pictures cannot be written; look at permissions")
        raise SettingsError(f"{file.parent}: {words} ({error.strerror})") from None
    return Picture(str(file), sha256, PNG, len(DOT), "")
