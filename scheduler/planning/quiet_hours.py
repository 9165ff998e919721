"""Quiet hours: an ordinary message does not wake anybody, unless its author says why; an emergency always may."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from scheduler.authoring.campaign import Campaign, Message
from scheduler.authoring.recurrence import Occurrence
from scheduler.composing.finding import Finding
from scheduler.registers.days import Days
from scheduler.text import say

RULE = "quiet-hours"  # by this name an author waives it


def waived(campaign: Campaign, message: Message) -> bool:
    """Tell whether the author has said why this message may be said in quiet hours."""
    return RULE in message.waive or RULE in campaign.waive


def disturbances(
    campaign: Campaign, message: Message, found: Iterable[Occurrence], days: Days, zone: ZoneInfo
) -> list[Finding]:
    """Return a finding for each time of day at which a message would be said in the quiet hours of its class."""
    kind = message.kind or campaign.kind
    hours = days.hours(kind)
    if hours is None:
        return []
    times = dict.fromkeys(occurrence.due.astimezone(zone).time() for occurrence in found)
    return [
        Finding(
            RULE,
            say(
                f"{at:%H:%M} là giờ yên tĩnh của tin {_NAMES[kind]} ({hours}); giờ gần nhất: {hours.nearest(at):%H:%M}. "
                f"Nếu phải đăng giờ này, thêm waive: {{{RULE}: lý do}}",
                f"{at:%H:%M} lies in the quiet hours of {kind} messages ({hours}); the nearest good time: "
                f"{hours.nearest(at):%H:%M}. If it must be then, add waive: {{{RULE}: why}}",
            ),
        )
        for at in times
        if hours.hold(at)
    ]


_NAMES = {"ordinary": "thường", "priority": "ưu tiên", "emergency": "khẩn cấp"}
