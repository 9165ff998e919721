"""What of a broken campaign can still be checked, so that its author sees every mistake at once and not one a day.

What is wrong is noted and replaced by a stand-in that no author can write; later checks pass over stand-ins.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from pydantic import ValidationError

from scheduler.authoring.campaign import Campaign
from scheduler.registers.source import Path_, Source, nearest_key

STAND_IN = "\0"  # for a file, a channel, a text: no author can write it, the reader refuses it
NAMELESS = "0.0.0."  # begins the stand-in of an id
ROUNDS = 5  # a mended value may show a mistake that the first had hidden


def stands_in(text: str | None) -> bool:
    """Whether this text replaces one that could not be read."""
    return text is not None and (text == STAND_IN or text.startswith(NAMELESS))


def salvage(source: Source) -> tuple[Campaign, frozenset[int]] | None:
    """Return what is left of a campaign whose problems are noted, and the messages of which only parts are sure.

    None: nothing of it can be checked. Problems that the first ones had hidden are noted on the way.
    """
    values = deepcopy(source.values)
    if not isinstance(values, dict):
        return None
    unsure: set[int] = set()
    for turn in range(ROUNDS):
        try:
            return Campaign.model_validate(values), frozenset(unsure)
        except ValidationError as error:
            details = error.errors(include_url=False)
        if turn:  # the first were noted when the file was read
            source.note(Campaign, details)
        unknown = [d for d in details if d["type"] == "extra_forbidden"]
        for detail in unknown:
            _rename(values, tuple(detail["loc"]), nearest_key(Campaign, detail))
        for detail in details:
            path = tuple(detail["loc"])
            if detail not in unknown and not (detail["type"] == "missing" and _holds(values, path)):
                _mend(values, path, unsure)
    return None


def _rename(values: Any, path: Path_, meant: str) -> None:
    """Read an unknown key as the one that was meant, or leave it out."""
    values = _around(values, path)
    value = values.pop(path[-1])
    if meant:
        values.setdefault(meant, value)


def _holds(values: Any, path: Path_) -> bool:
    """Whether a missing key was put in since, or what it was missing in is gone itself."""
    try:
        return path[-1] in _around(values, path)
    except (KeyError, IndexError):
        return True


def _around(values: Any, path: Path_) -> Any:
    """Return the pairs in which the last part of a path stands; a single entry may stand for a list of one."""
    for part in path[:-1]:
        if isinstance(part, str) or isinstance(values, list):
            values = values[part]
    return values


def _mend(values: dict[str, Any], path: Path_, unsure: set[int]) -> None:
    match path:
        case ("campaign", *_):
            values["campaign"] = NAMELESS + "0"
        case ("messages",):
            values["messages"] = [_message(0)]
            unsure.add(0)
        case ("messages", int(i), *rest):
            _mend_message(values["messages"], i, tuple(rest), unsure)
        case _:
            _mend_piece(values, path)


def _mend_message(messages: list[Any], i: int, path: Path_, unsure: set[int]) -> None:
    message = messages[i]
    if not isinstance(message, dict):
        messages[i] = _message(i)
        unsure.add(i)
        return
    match path:
        case ():
            message.pop("template", None)
            message.pop("vars", None)
            _end_turns(message)
            message["text"] = STAND_IN
        case ("id", *_):
            message["id"] = f"{NAMELESS}{i}"
            return
        case ("when", *_):
            message["when"] = _message(i)["when"]
            _end_turns(message)
        case ("text" | "template" as key, *_):
            message[key] = STAND_IN
        case ("vars", *_):
            message.pop("vars", None)
        case ("texts" | "rotation" | "distance", *_):
            _end_turns(message)
        case ("images", int(j), *_):
            message["images"][j] = {"file": STAND_IN, "alt": STAND_IN}
            return
        case _:
            _mend_piece(message, path)
            return
    unsure.add(i)


def _end_turns(message: dict[str, Any]) -> None:
    """Put a text in the place of texts that take turns, which a single time cannot bear."""
    given = [message.pop(key) for key in ("texts", "rotation", "distance") if key in message]
    if given:
        message["text"] = STAND_IN


def _mend_piece(values: dict[str, Any], path: Path_) -> None:
    match path:
        case ("channels", int(j), *_) if isinstance(values["channels"], list):
            values["channels"][j] = STAND_IN
        case ("words", str(name), _, *_) | ("words", str(name)) if isinstance(values["words"], dict):
            values["words"].pop(name, None)
        case (str(key), *_):
            values.pop(key, None)
        case _:
            values.clear()


def _message(i: int) -> dict[str, Any]:
    return {"id": f"{NAMELESS}{i}", "text": STAND_IN, "when": {"on": "2199-12-31 00:00"}}
