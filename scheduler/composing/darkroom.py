"""The darkroom: makes of an author's picture the one that each network takes, once, and keeps it where it is sent from.

Whatever the network, place and device are taken out of every picture. What fits otherwise keeps its pixels; the rest is
developed. The preview, the plan, the approval and the post all have the picture that comes out of here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import astuple, replace
from pathlib import Path

from scheduler.authoring.loader import picture_file
from scheduler.channels.contract import SUFFIXES, Limits, Picture
from scheduler.channels.whole import write_whole
from scheduler.composing.develop import RECIPE, develop
from scheduler.composing.frame import Frame, frame_of, misframed, too_many_bytes
from scheduler.composing.metadata import without_metadata
from scheduler.composing.negative import Negative, PictureError, read_negative
from scheduler.composing.render import RenderError
from scheduler.errors import SettingsError
from scheduler.text import nfc, say


class Darkroom:
    """Makes the pictures of one workspace. Nothing is made twice, and nothing at the time of sending."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self.folder = workspace / "var" / "pictures"
        self._negatives: dict[str, Negative | RenderError] = {}
        self._made: dict[tuple[str, Frame | None], Picture] = {}

    def negative(self, name: str) -> Negative:
        """Return what is known of the picture of this name; RenderError (PictureError) when it cannot be used."""
        if name not in self._negatives:
            try:
                self._negatives[name] = self._read(name)
            except RenderError as error:
                self._negatives[name] = error
        found = self._negatives[name]
        if isinstance(found, RenderError):
            raise found
        return found

    def _read(self, name: str) -> Negative:
        file = picture_file(self.workspace, name)
        if file is None:
            raise RenderError(say(f"{name}: không có tệp ảnh này", f"{name}: there is no such picture"))
        return read_negative(file)

    def needed(self, name: str, frame: Frame) -> Frame | None:
        """Return the frame for which a picture has to be developed; None: its pixels stay, for all such frames alike."""
        try:
            negative = self.negative(name)
        except RenderError:  # said when it is to be made
            return None
        return None if frame.takes(negative) else frame

    def picture(self, name: str, alt: str, frame: Frame) -> Picture:
        """Return a picture as it goes out. PictureError: it cannot be made; SettingsError: it cannot be kept."""
        return replace(self._out(self.negative(name), self.needed(name, frame)), alt=nfc(alt))

    def card(self, picture: Picture, frame: Frame) -> Picture:
        """Return a card as it goes out: as it was drawn, unless the network does not take it like that."""
        if not picture.file or picture.mime in frame.types:
            return picture
        made = self._out(read_negative(Path(picture.file)), frame)
        return replace(made, alt=picture.alt, said=picture.said)

    def _out(self, negative: Negative, frame: Frame | None) -> Picture:
        known = self._made.get((negative.sha256, frame))
        if known is None:
            known = self._made[negative.sha256, frame] = self._make(negative, frame)
        return known

    def _make(self, negative: Negative, frame: Frame | None) -> Picture:
        if frame is None and negative.clean:
            return Picture(str(negative.file), negative.sha256, negative.mime, negative.size, "")
        file = self._kept(negative, frame)
        content = file.read_bytes()
        mime = next(mime for mime, suffix in SUFFIXES.items() if suffix == file.suffix)
        return Picture(str(file), hashlib.sha256(content).hexdigest(), mime, len(content), "")

    def _kept(self, negative: Negative, frame: Frame | None) -> Path:
        """Return the file that was made by this recipe, made now if it is new: an approval is bound to its bytes."""
        name = recipe(negative, frame)
        for suffix in SUFFIXES.values():
            if (made := self.folder.resolve() / f"{name}{suffix}").is_file():
                return made
        content, mime = _printed(negative, frame)
        made = self.folder.resolve() / f"{name}{SUFFIXES[mime]}"
        try:
            write_whole(made, content)
        except OSError as error:
            words = say(
                "không ghi được ảnh; xem lại quyền ghi và chỗ trống",
                "pictures cannot be written; look at permissions and space",
            )
            raise SettingsError(f"{made.parent}: {words} ({error.strerror})") from None
        return made


class ContactSheet(Darkroom):
    """A darkroom that only looks at what there is: nothing is made or written.

    Its pictures have words and no bytes; nothing that is sent, fingerprinted or shown may come from it.
    """

    def _make(self, negative: Negative, frame: Frame | None) -> Picture:
        return Picture("", "", negative.mime, 0, "")


def recipe(negative: Negative, frame: Frame | None) -> str:
    """Return the name under which a picture is kept: the same for the same bytes and the same frame."""
    said = json.dumps([RECIPE, negative.sha256, frame and astuple(frame)])
    return hashlib.sha256(said.encode()).hexdigest()[:40]


def unusable(negative: Negative, network: str, limits: Limits) -> Iterator[str]:
    """Yield a sentence for all that keeps a picture from a network; PictureError when that can only be tried out.

    `limits`: with what the server told us, which may be less than what its network usually takes.
    """
    frame = frame_of(network)
    yield from misframed(negative, frame, network)
    if frame.takes(negative):
        size = negative.size
    elif negative.moving or frame.size <= limits.image_bytes:
        return
    else:
        size = len(_printed(negative, frame)[0])
    if size > limits.image_bytes:
        yield too_many_bytes(size, limits.image_bytes, network)


def _printed(negative: Negative, frame: Frame | None) -> tuple[bytes, str]:
    try:
        content = negative.file.read_bytes()
    except OSError as error:
        raise PictureError(f"{negative.file.name}: {error.strerror}") from None
    if hashlib.sha256(content).hexdigest() != negative.sha256:
        words = f"{negative.file.name}: ảnh vừa bị đổi; chạy lại lệnh này"
        raise PictureError(say(words, f"{negative.file.name}: the picture was changed just now; run this again"))
    return develop(content, negative, frame) if frame else (without_metadata(content, negative.mime), negative.mime)
