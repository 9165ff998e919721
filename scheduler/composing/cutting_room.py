"""The cutting room: knows each film of the workspace, measured and fingerprinted once, as it will go out.

The place, the time and the device are taken out of every film; its fingerprint is of what is left. A film is never held
whole: it is read piece by piece, and measured again only when its file has changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from scheduler.authoring.loader import picture_file
from scheduler.channels.contract import Video
from scheduler.channels.whole import write_pieces
from scheduler.composing.boxes import without
from scheduler.composing.footage import FilmError, Footage, read_footage, to_blank
from scheduler.text import nfc, say

RECIPE = 1  # another number for every change of what is blanked or measured


class CuttingRoom:
    """The films of one workspace."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self.folder = workspace / "var" / "films"
        self._known: dict[str, tuple[Footage, str] | FilmError] = {}
        self._stamps: dict[str, str] = {}

    def footage(self, name: str) -> Footage:
        """Return what is known of the film of this name; FilmError when it cannot be used."""
        return self._seen(name, fingerprint=False)[0]

    def video(self, name: str, alt: str) -> Video:
        """Return a film as it goes out; FilmError when it cannot."""
        footage, sha256 = self._seen(name, fingerprint=True)
        return Video(
            str(self._file(name)), sha256, footage.mime, footage.size, round(footage.seconds, 3),
            footage.width, footage.height, nfc(alt),
        )  # fmt: skip

    def _seen(self, name: str, *, fingerprint: bool) -> tuple[Footage, str]:
        known = self._known.get(name)
        if isinstance(known, FilmError):
            raise known
        if known is not None and (known[1] or not fingerprint):
            return known
        try:
            self._known[name] = known = self._look(name, known, fingerprint=fingerprint)
        except FilmError as error:
            self._known[name] = error
            raise
        return known

    def _look(self, name: str, known: tuple[Footage, str] | None, *, fingerprint: bool) -> tuple[Footage, str]:
        file = self._file(name)
        note = self._note(file)
        footage, sha256 = known or _noted(note)
        if footage is not None and (sha256 or not fingerprint):
            return footage, sha256
        footage = footage or read_footage(file)
        sha256 = _fingerprint(file) if fingerprint else ""
        with suppress(OSError):  # it is measured anew the next time, as is one that was cut off while it was written
            note.parent.mkdir(parents=True, exist_ok=True)
            note.write_text(json.dumps({"footage": asdict(footage), "sha256": sha256}), "utf-8")
        return footage, sha256

    def _file(self, name: str) -> Path:
        file = picture_file(self.workspace, name)
        if file is None:
            raise FilmError(say(f"{name}: không có tệp phim này", f"{name}: there is no such film"))
        return file

    def _note(self, file: Path) -> Path:
        """Return where is kept what was found out of this file, as long as it is the same."""
        try:
            stat = file.stat()
        except OSError as error:
            raise FilmError(f"{file.name}: {error.strerror}") from None
        said = json.dumps([RECIPE, str(file), stat.st_mtime_ns, stat.st_size])
        return self.folder / f"{hashlib.sha256(said.encode()).hexdigest()[:40]}.json"


class Viewing(CuttingRoom):
    """A cutting room that only looks: its films have no fingerprint; nothing that is sent or shown may come from it."""

    def video(self, name: str, alt: str) -> Video:
        footage = self.footage(name)
        return Video("", "", footage.mime, footage.size, footage.seconds, footage.width, footage.height, nfc(alt))


def _noted(note: Path) -> tuple[Footage | None, str]:
    try:
        held: dict[str, Any] = json.loads(note.read_text("utf-8"))
        return Footage(**held["footage"]), str(held["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return None, ""


def _fingerprint(file: Path) -> str:
    with _opened(file) as opened:
        found = hashlib.sha256()
        for piece in _as_sent(file, opened):
            found.update(piece)
        return found.hexdigest()


def keep(video: Video, kept: Path) -> bool:
    """Keep a copy of a film as it goes out; False, and no copy, when its file is another than it was."""
    source = Path(video.file)
    found = hashlib.sha256()

    def pieces() -> Iterator[bytes]:
        with _opened(source) as opened:
            for piece in _as_sent(source, opened):
                found.update(piece)
                yield piece

    return write_pieces(kept, pieces(), lambda: found.hexdigest() == video.sha256)


def _opened(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as error:
        raise FilmError(f"{file.name}: {error.strerror}") from None


def _as_sent(file: Path, opened: BinaryIO) -> Iterator[bytes]:
    yield from without(opened, to_blank(file, opened))
