"""Channels as people name them in a plan: by id, account, label, network, unit, or `tất cả`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from scheduler.authoring.loader import Book
from scheduler.text import fold, nearest, say

ALL = ("tat ca", "tat ca cac kenh", "moi kenh", "cac kenh", "toan bo", "all")
NETWORK_NAMES = {
    "bang tin": "feed", "website": "wordpress", "web": "wordpress", "trang tin": "wordpress", "cong thong tin": "wordpress",
    "trang tin dien tu": "wordpress", "cong thong tin dien tu": "wordpress", "fanpage": "facebook", "fb": "facebook",
    "trang facebook": "facebook", "fanpage facebook": "facebook", "zalo oa": "zalo", "ig": "instagram", "twitter": "x",
    "thu dien tu": "email", "mail": "email", "kenh telegram": "telegram",
}  # fmt: skip
BELOW = re.compile(r"\s+(?:va|cung)\s+(?:cac\s+)?(?:don vi\s+)?(?:truc thuoc|cap duoi|ben duoi)$")

Selector = str | dict[str, str | bool]  # as it stands in YAML


@dataclass
class Places:
    """Finds channels and units by what people call them."""

    book: Book

    def __post_init__(self) -> None:
        self._by_name: dict[str, list[str]] = {}
        entries = self.book.channels.values()
        kinds = (
            [(entry.id, entry.id) for entry in entries],
            [(entry.account, entry.id) for entry in entries],
            [(label, entry.id) for entry in entries for label in entry.labels],
            [(entry.network, entry.id) for entry in entries],
            [(name, e.id) for name, network in NETWORK_NAMES.items() for e in entries if e.network == network],
        )
        for kind in kinds:  # a name that is an id means that channel, even if it is a label, too
            found: dict[str, list[str]] = {}
            for name, id in kind:
                found.setdefault(_plain(name), []).append(id)
            for name, ids in found.items():
                self._by_name.setdefault(name, list(dict.fromkeys(ids)))
        self._units = {
            _plain(name): unit.id for unit in self.book.units.by_id.values() for name in (unit.id, unit.name)
        }

    def is_channel(self, text: str) -> bool:
        """Tell whether a text names channels."""
        return _plain(text) in self._by_name

    def channels(self, text: str) -> list[str]:
        """Return the ids that a cell names, in the order of channels.yaml; ValueError with all that is unknown."""
        if _plain(text) in ALL:
            return list(self.book.channels)
        found: set[str] = set()
        unknown = []
        for part in self._parts(text):
            if _plain(part) in ALL:
                found |= set(self.book.channels)
            elif ids := self._by_name.get(_plain(part)):
                found |= set(ids)
            else:
                unknown.append(part)
        if unknown:
            raise ValueError("; ".join(self._nobody(part) for part in unknown))
        return [id for id in self.book.channels if id in found]

    def unit(self, text: str) -> dict[str, str | bool]:
        """Return the selector of a unit; ValueError when there is none of this name."""
        plain = _plain(text)
        below = BELOW.search(plain)
        name = plain[: below.start()] if below else plain
        if name not in self._units:
            near = nearest(name, self._units)
            hint = _hint(self.book.units.by_id[self._units[near]].name if near else "")
            raise ValueError(
                say(f'không có đơn vị "{text}" trong units.yaml{hint}', f'no unit "{text}" in units.yaml{hint}')
            )
        return {"unit": self._units[name], **({"below": True} if below else {})}

    def _parts(self, text: str) -> Iterable[str]:
        """Yield what is named one by one; a name that holds a comma or a blank is tried as a whole first."""
        for row in re.split(r"[\n;]+", text):
            row = row.strip(" -•+,.")
            if not row:
                continue
            if _plain(row) in self._by_name:
                yield row
            else:
                yield from filter(None, (part.strip(" -•.") for part in re.split(r"[,+&/]|\bvà\b|\bva\b", row)))

    def _nobody(self, name: str) -> str:
        near = nearest(_plain(name), self._by_name)
        hint = _hint(", ".join(self._by_name[near]) if near else "")
        listed = ", ".join(list(self.book.channels)[:8])
        return say(
            f'không có kênh "{name}" trong channels.yaml{hint} (các kênh: {listed})',
            f'no channel "{name}" in channels.yaml{hint} (channels: {listed})',
        )


def _hint(meant: str) -> str:
    """Return a question for what was meant, as it may be written: what people's words are compared by is no name."""
    return say(f'; ý bạn là "{meant}"?', f'; did you mean "{meant}"?') if meant else ""


def _plain(text: str) -> str:
    return " ".join(fold(text).split()).strip(" .:@")
