"""Who answers for a campaign: the head that it names, else the head of the one unit above all its channels."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from scheduler.authoring.loader import Authored, Book
from scheduler.registers.units import Head, Unit, Units


def accountable(authored: Authored, book: Book, day: date) -> Head | None:
    """Return who answers for a campaign on a (local) day; None when neither the campaign nor units.yaml says.

    For a replica the head of its unit comes first: whom the model names answers for the model.
    """
    unit = answering_unit(authored, book, day)
    heads = [authored.campaign.head, unit.head if unit is not None else None]
    if authored.replica_of:
        heads.reverse()
    return next((head for head in heads if head is not None and (head.name or head.title)), None)


def answering_unit(authored: Authored, book: Book, day: date) -> Unit | None:
    """Return the lowest unit that is, or stands above, the unit of each of a campaign's channels; None without one."""
    lists = (authored.channels_of(message, book) for message in authored.campaign.messages)
    distinct = {id(channels): channels for channels in lists}  # a thousand messages have the channels of their campaign
    named = dict.fromkeys(entry.unit for channels in distinct.values() for entry in channels)
    chains = [list(_upwards(id, book.units, day)) for id in named if id in book.units.by_id]
    shared = set.intersection(*(set(chain) for chain in chains)) if chains else set()
    lowest = next((id for id in chains[0] if id in shared), None) if chains else None
    return None if lowest is None else _entry(lowest, book.units, day)


def _upwards(id: str | None, units: Units, day: date) -> Iterator[str]:
    """Yield a unit and those above it, from below to above."""
    seen: set[str] = set()
    while id is not None and id not in seen and (unit := _entry(id, units, day)) is not None:
        seen.add(id)
        yield id
        id = unit.parent


def _entry(id: str, units: Units, day: date) -> Unit | None:
    return units.on(id, day) or units.by_id.get(id)
