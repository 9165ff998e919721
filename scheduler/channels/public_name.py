"""The names under which pictures can be fetched: nobody guesses one, and who has one learns no other.

They are made of a picture's fingerprint with a key of this house, so the same picture always has the same name.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

from scheduler.channels.contract import SUFFIXES
from scheduler.channels.whole import write_whole
from scheduler.errors import SettingsError
from scheduler.text import say

KEY_FILE = "media.key"  # beside the pictures, not among them: a folder that is copied to a store must not have it
KEY_BYTES = 32
PUBLIC_NAME = re.compile(rf"[0-9a-f]{{40}}({'|'.join(map(re.escape, SUFFIXES.values()))})")


def public_name(key: bytes, sha256: str, mime: str) -> str:
    """Return the name of a picture's file: 40 hexadecimal digits (160 bits), and what its type calls for."""
    return hmac.new(key, sha256.encode(), hashlib.sha256).hexdigest()[:40] + SUFFIXES.get(mime, "")


def media_key(var: Path) -> bytes:
    """Return the key of this house, made when there is none; SettingsError when it cannot be read or written."""
    file = var / KEY_FILE
    try:
        if not file.exists():
            _make(file)
        key = bytes.fromhex(file.read_text("ascii"))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or say("nội dung không đúng", "its content is wrong")
        words = say("không đọc được; xem lại quyền đọc", "cannot be read; look at its permissions")
        raise SettingsError(f"{file}: {words} ({why})") from None
    if len(key) < KEY_BYTES:
        words = say(
            "khoá bị cụt; khôi phục từ bản sao lưu, hoặc xoá tệp", "the key is cut off; put it back, or delete it"
        )
        raise SettingsError(f"{file}: {words}")
    return key


def _make(file: Path) -> None:
    draft = file.with_name(f"{KEY_FILE}.{secrets.token_hex(4)}")
    write_whole(draft, secrets.token_bytes(KEY_BYTES).hex(), mode=0o600)
    with suppress(FileExistsError):  # somebody else was faster: theirs holds
        os.link(draft, file)
    draft.unlink()
