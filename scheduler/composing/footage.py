"""An author's film as it lies in the workspace: how long, how large, how it is made; measured without reading it whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from scheduler.channels.contract import MOV, MP4
from scheduler.composing.boxes import Blank, Damaged, InPieces, blanks, starts_with_index
from scheduler.composing.negative import PictureError
from scheduler.text import say

NAMES = {"AVC": "H.264", "HEVC": "H.265"}  # as people know them


class FilmError(PictureError):
    """A film that cannot be posted; it stops a plan as a picture does."""


@dataclass(frozen=True)
class Footage:
    """What is known of a film. Pixels as it is shown, `bit_rate` in bits a second, `sound` '' when it is silent.

    `shows_at_once`: its index stands first, so that it is shown while it still loads.
    """

    mime: str
    size: int
    seconds: float
    width: int
    height: int
    codec: str
    sound: str
    fps: float
    bit_rate: int
    shows_at_once: bool

    @property
    def ratio(self) -> float:
        return self.width / self.height


def read_footage(file: Path) -> Footage:
    """Measure a film; FilmError says what is wrong with its file."""
    from pymediainfo import MediaInfo  # here: it loads a library, and most offices have no film

    try:
        with file.open("rb") as opened:
            size = opened.seek(0, 2)
            to_blank(file, opened)
            at_once = starts_with_index(opened, size)
        found = MediaInfo.parse(file, parse_speed=0)
    except (Damaged, OSError, RuntimeError, ValueError) as error:
        raise damaged(file.name) from error
    general, pictures, sound = (next(iter(tracks), None) for tracks in _tracks(found))
    if general is None or pictures is None or not (pictures.width and pictures.height and general.duration):
        raise damaged(file.name)
    width, height = int(pictures.width), int(pictures.height)
    if round(_number(pictures.rotation)) % 180:
        width, height = height, width
    seconds = _number(general.duration) / 1000
    return Footage(
        MOV if str(general.codec_id or "").startswith("qt") else MP4,
        size, seconds, width, height, _name(pictures), _name(sound), _number(pictures.frame_rate),
        round(size * 8 / seconds), at_once,
    )  # fmt: skip


def _tracks(found: Any) -> tuple[list[Any], list[Any], list[Any]]:
    return found.general_tracks, found.video_tracks, found.audio_tracks


def _name(track: Any) -> str:
    written = str(track.format or "?") if track is not None else ""
    return NAMES.get(written, written)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0


def to_blank(file: Path, opened: BinaryIO) -> list[Blank]:
    """Return what of a film must not go out (place, time, device); FilmError when that cannot be told."""
    try:
        return blanks(opened, opened.seek(0, 2))
    except InPieces:
        raise FilmError(
            say(
                f"{file.name}: phim ghi theo từng đoạn (fragmented) nên không gỡ được nơi quay; xuất lại sang MP4 thường",
                f"{file.name}: written in fragments, so the place cannot be taken out; export it as a plain MP4",
            )
        ) from None
    except (Damaged, RecursionError) as error:
        raise damaged(file.name) from error


def damaged(name: str) -> FilmError:
    return FilmError(
        say(
            f"{name}: tệp phim bị hỏng hoặc chưa chép xong; mở thử bằng máy, chép lại hoặc xuất lại sang MP4",
            f"{name}: the film is damaged or was not copied whole; try to play it, copy it again or export it as MP4",
        )
    )
