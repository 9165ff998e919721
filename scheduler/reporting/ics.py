"""The calendar as an iCalendar file (RFC 5545): what every office calendar can read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from icalendar import Calendar, Event

from scheduler.ledger.delivery import State
from scheduler.planning.calendar import IN_FILES, Entry, state_words
from scheduler.text import say

LASTS = timedelta(minutes=15)  # a post is an instant; shorter, and calendars show nothing
STATUS = {State.HELD: "TENTATIVE", IN_FILES: "TENTATIVE", State.CANCELLED: "CANCELLED", State.WITHDRAWN: "CANCELLED"}


def ics(entries: Sequence[Entry], name: str, now: datetime) -> bytes:
    """Return one event for each message and time; the same entry has the same UID in every file ever written."""
    calendar = Calendar()
    calendar.add("prodid", "-//Loa//loa calendar//VI")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    for entry in entries:
        calendar.add_component(_event(entry, now))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(entry: Entry, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"{entry.key}@loa")
    event.add("dtstamp", now)
    event.add("dtstart", entry.due)
    event.add("duration", LASTS)
    event.add("summary", entry.first_line)
    event.add("description", _description(entry))
    event.add("categories", [entry.campaign_title or entry.campaign])
    event.add("status", STATUS.get(entry.state, "CONFIRMED"))
    event.add("transp", "TRANSPARENT")  # nobody is busy while Loa speaks
    if entry.urls:
        event.add("url", entry.urls[0])
    return event


def _description(entry: Entry) -> str:
    channels = ", ".join(entry.channels)
    told = say(
        f"Kênh ({len(entry.channels)}): {channels}\nTrạng thái: {state_words(entry.states)}\nMã: {entry.key}",
        f"Channels ({len(entry.channels)}): {channels}\nState: {state_words(entry.states)}\nKey: {entry.key}",
    )
    return f"{entry.text.rstrip()}\n\n{told}"
