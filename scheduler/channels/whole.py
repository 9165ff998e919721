"""A file that is written whole or not at all, whoever reads it and whenever the machine stops."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path


def write_whole(file: Path, content: str | bytes, *, mode: int = 0o644) -> None:
    """Write a file so that a reader, or a crash, sees the old one or the new one and nothing between. OSError: it cannot be."""
    write_pieces(file, [content if isinstance(content, bytes) else content.encode()], mode=mode)


def write_pieces(
    file: Path, pieces: Iterable[bytes], good: Callable[[], bool] = lambda: True, *, mode: int = 0o644
) -> bool:
    """The same piece by piece, for what is too large to be held; not `good` after the last, and nothing is written."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as stream:
            for piece in pieces:
                stream.write(piece)
            stream.flush()
            os.fsync(stream.fileno())
        if not good():
            Path(name).unlink()
            return False
        Path(name).chmod(mode)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return True
