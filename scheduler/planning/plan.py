"""A plan: what the campaigns want against what the ledger holds. Making one changes nothing.

What is public, or was asked for, is never touched. A plan is read message by message, so a large one needs no memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from scheduler import clock
from scheduler.authoring.campaign import Campaign, Message
from scheduler.authoring.channels_file import ChannelEntry
from scheduler.authoring.loader import Authored, Book
from scheduler.authoring.recurrence import Occurrence
from scheduler.authoring.timetable import bounds, timetable
from scheduler.channels.contract import Post
from scheduler.composing.compose import Composed, Composer
from scheduler.composing.negative import PictureError
from scheduler.composing.render import RenderError
from scheduler.errors import PlanRefused
from scheduler.ledger import plans
from scheduler.ledger.delivery import SETTLED, WAITING, State
from scheduler.ledger.plans import Wanted
from scheduler.planning.forecast import Forecast
from scheduler.planning.quiet_hours import waived
from scheduler.settings import Settings
from scheduler.text import say


@dataclass
class MessagePlan:
    """What a plan does for one message."""

    campaign: str
    message: str
    replica_of: str = ""  # the model, where it is a replica in a unit
    unit: str = ""
    create: list[Wanted] = field(default_factory=list)
    change: list[tuple[Row[Any], Wanted]] = field(default_factory=list)
    rebound: list[tuple[Row[Any], Wanted]] = field(default_factory=list)  # failed or missed: only its bounds are others
    approval: list[tuple[Row[Any], Wanted]] = field(default_factory=list)  # only who must say yes is another
    cancel: list[Row[Any]] = field(default_factory=list)
    already_public: list[tuple[Row[Any], Wanted]] = field(default_factory=list)  # the text is another, but it was said
    same: int = 0
    posts: dict[str, Post] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        return not (self.create or self.change or self.cancel or self.approval or self.rebound)


@dataclass
class Totals:
    """What a whole plan would do, in numbers, and out of how many that wait."""

    create: int = 0
    change: int = 0
    cancel: int = 0
    same: int = 0
    waiting: int = 0

    def add(self, part: MessagePlan) -> None:
        self.create += len(part.create)
        self.change += len(part.change) + len(part.approval) + len(part.rebound)
        self.cancel += len(part.cancel)
        self.same += part.same

    def refuse_if_unsafe(self) -> None:
        """Raise PlanRefused when more than a third of what waits would be cancelled."""
        if self.cancel * 3 > self.waiting:
            raise PlanRefused(
                say(
                    f"kế hoạch sẽ huỷ {self.cancel} trong {self.waiting} lần đăng đang chờ (hơn một phần ba). "
                    "Xem lại các tệp (có tệp nào bị xoá nhầm không?); nếu đúng ý: loa apply --allow-cancel",
                    f"the plan would cancel {self.cancel} of {self.waiting} waiting deliveries (more than a third). "
                    "Look at the files again (was one deleted by mistake?); if it is meant: loa apply --allow-cancel",
                )
            )


@dataclass
class Planner:
    """Makes plans for one book. `only_without_approval`: leave campaigns alone that ask for an approval;
    `only`: leave all campaigns alone but this one (and its replicas), so that the time does not grow with the ledger."""

    book: Book
    settings: Settings
    composer: Composer
    now: datetime
    only_without_approval: bool = False
    only: str | None = None
    forecast: Forecast | None = None
    _spoken_last: tuple[tuple[str, str], dict[tuple[str, str], str]] = (("", ""), {})

    @property
    def messages(self) -> list[tuple[Authored, Message]]:
        """The messages to be planned, in order of the files; then those of replicas, unit by unit of one message."""
        found = [
            (authored, message)
            for authored in self.book.campaigns
            if not (self.only_without_approval and authored.campaign.approval == "required")
            and self.only in (None, authored.campaign.campaign, authored.replica_of)
            for message in authored.campaign.messages
        ]
        order: dict[tuple[str, str], int] = {}
        for authored, message in found:
            order.setdefault((authored.replica_of, message.id if authored.replica_of else ""), len(order))
        return sorted(found, key=lambda am: order[am[0].replica_of, am[1].id if am[0].replica_of else ""])

    def parts(self, connection: Connection, days: int | None = None) -> Iterator[MessagePlan]:
        """Yield the plan message by message: what the files want, then what they want no more."""
        self._spoken_last = ("", ""), {}  # what was asked for may be more by now
        campaigns = {a.campaign.campaign for a in self.book.campaigns}
        written = {(a.campaign.campaign, m.id) for a in self.book.campaigns for m in a.campaign.messages}
        for authored, message in self.messages:
            yield self._plan_message(connection, authored, message, days)
        ours = {a.campaign.campaign for a, _ in self.messages}
        unwanted: list[tuple[tuple[str, str], str, str]] = []
        for campaign, message_id, _ in plans.waiting_messages(connection):
            # a file that cannot be read may be that of any campaign whose name we do not see
            gone = campaign not in campaigns and self.book.unread <= self.book.undecided
            asked = self.only in (None, campaign) or campaign.startswith(f"{self.only}.")
            mine = campaign in ours or (gone and not self.only_without_approval and asked)
            if (campaign, message_id) not in written and mine and campaign not in self.book.unread:
                unwanted.append((self._origin(campaign), campaign, message_id))
        for origin, campaign, message_id in sorted(unwanted, key=lambda u: (u[0][0], u[2] if u[0][0] else "")):
            rows = plans.planned(connection, campaign, message_id)
            cancel = [row for row in rows.values() if row.state in WAITING]
            yield MessagePlan(campaign, message_id, *origin, cancel=cancel)

    def _origin(self, campaign: str) -> tuple[str, str]:
        """Return the model and the unit of a replica that the files may name no more; empty texts when it is none."""
        model, _, unit = campaign.rpartition(".")
        return (model, unit) if model and unit in self.book.units.by_id else ("", "")

    def totals(self, connection: Connection, days: int | None = None) -> Totals:
        """Return the numbers of the whole plan."""
        totals = Totals(waiting=sum(n for _, _, n in plans.waiting_messages(connection)))
        for part in self.parts(connection, days):
            totals.add(part)
        return totals

    def wanted(
        self, authored: Authored, message: Message, days: int | None = None, since: datetime | None = None
    ) -> Iterator[tuple[Wanted, Post]]:
        """Yield the deliveries that the files want for a message, with their posts; `since`: also those that are over."""
        campaign = authored.campaign
        late = message.late_after or campaign.late_after
        channels = authored.channels_of(message, self.book)
        kind = message.kind or campaign.kind
        at_once = message.when.at_once
        spread = None if at_once else message.spread or campaign.spread
        start = since or (self.now if at_once else self.now - late - (spread or timedelta(0)))
        first_us, end_us = (
            None if b is None else clock.micros(b) for b in bounds(campaign, message, self.settings.zone)
        )
        tags = " ".join(dict.fromkeys((*message.tags, *campaign.tags)))
        for occurrence in timetable(campaign, message, self.settings.zone, start, self._end(days), self.book.days):
            due_us = clock.micros(occurrence.due)
            patience_us = clock.micros(clock.EPOCH + late)
            late_us = due_us + patience_us
            offsets = _offsets(channels, _within(spread, due_us, end_us))
            for composed in self._composed(campaign, message, occurrence, channels):
                for entry in composed.channels:
                    offset = offsets.get(entry.id, 0)
                    key = f"{campaign.campaign}/{message.id}@{occurrence.name}/{entry.id}"
                    yield (
                        Wanted(
                            key, campaign.campaign, message.id, occurrence.name, entry.id, entry.unit, kind,
                            due_us + offset, late_us + offset, composed.digest,
                            campaign.approval == "required", tags, first_us, end_us, patience_us if at_once else None,
                        ),
                        composed.post,
                    )  # fmt: skip

    def _composed(
        self, campaign: Campaign, message: Message, occurrence: Occurrence, channels: Sequence[ChannelEntry]
    ) -> Iterator[Composed]:
        """Yield the posts of a message at one time; none while it waits for a theme that is not given out yet.

        PlanRefused: a picture turns out to be unusable only now that it is made; a check does not decode them.
        """
        try:
            yield from self.composer.compose(campaign, message, occurrence, channels)
        except PictureError as error:
            raise PlanRefused(f"{campaign.campaign}/{message.id}: {error}") from None
        except RenderError as error:
            if not (error.unannounced and (message.waits_for_theme or campaign.waits_for_theme)):
                raise

    def _end(self, days: int | None) -> datetime:
        """Return how far this plan sees."""
        return self.now + (self.settings.horizon if days is None else min(self.settings.horizon, timedelta(days=days)))

    def _plan_message(
        self, connection: Connection, authored: Authored, message: Message, days: int | None
    ) -> MessagePlan:
        part = MessagePlan(authored.campaign.campaign, message.id, authored.replica_of, authored.unit)
        held = plans.planned(connection, part.campaign, part.message)
        now_us = clock.micros(self.now)
        end_us = None if days is None else clock.micros(self._end(days))
        by_rule = message.when.on is None
        wanted_keys: set[str] = set()
        at_any_hour = waived(authored.campaign, message)
        spoken = self._spoken(connection, authored, message)
        for wanted, post in self.wanted(authored, message, days):
            wanted_keys.add(wanted.key)
            if self.forecast is not None:
                self.forecast.add(wanted, at_any_hour=at_any_hour)
            row = held.get(wanted.key)
            if end_us is not None and min(wanted.due_us, row.due_us if row else wanted.due_us) >= end_us:
                continue  # `on` is wanted wherever it lies
            if row is None:
                too_late = wanted.due_us < now_us if by_rule else wanted.late_us < now_us
                said = spoken.get((wanted.occurrence, wanted.channel), wanted.campaign) != wanted.campaign
                if said:
                    part.same += 1  # the channel has said it, as another unit's or as the model's own
                elif not too_late:
                    part.create.append(wanted)
                    part.posts[wanted.digest] = post
            elif self._compare(part, row, wanted, now_us):
                part.posts[wanted.digest] = post
        self._find_unwanted(part, held, wanted_keys, authored, message, days)
        self._settle_approvals(connection, part)
        return part

    def _spoken(self, connection: Connection, authored: Authored, message: Message) -> dict[tuple[str, str], str]:
        """Return where a message of a model was asked for under any name: a channel that changes units says it once."""
        model = authored.replica_of or (authored.campaign.campaign if authored.campaign.model else "")
        if not model:
            return {}
        if self._spoken_last[0] != (model, message.id):  # the replicas of a message are planned one after the other
            self._spoken_last = (model, message.id), plans.spoken(connection, model, message.id)
        return self._spoken_last[1]

    def _compare(self, part: MessagePlan, row: Row[Any], wanted: Wanted, now_us: int) -> bool:
        state = State(row.state)
        wanted = _keeping_now(wanted, row)
        if wanted.due_us == row.due_us and wanted.late_us < now_us:
            wanted = replace(wanted, late_us=row.late_us)  # a person may have ordered it after all
        other = (row.due_us, row.digest) != (wanted.due_us, wanted.digest)
        known = (row.not_before_us, row.not_after_us, row.at_once_us, row.tags)
        rebound = known != (wanted.not_before_us, wanted.not_after_us, wanted.at_once_us, wanted.tags)
        detail = rebound or (row.late_us, row.unit, row.kind) != (wanted.late_us, wanted.unit, wanted.kind)
        if state in SETTLED:
            part.same += 1
            if row.digest != wanted.digest:
                part.already_public.append((row, wanted))
                return True
            return False
        in_time = wanted.late_us >= now_us
        cancelled_by_person = state is State.CANCELLED and row.error != "plan"
        revive = state is State.CANCELLED or (state in (State.FAILED, State.MISSED) and other)
        if (state in WAITING and (other or detail)) or (revive and in_time and not cancelled_by_person):
            part.change.append((row, wanted))
            return True
        if state in WAITING:
            part.approval.append((row, wanted))
        elif state in (State.FAILED, State.MISSED) and rebound:
            part.rebound.append((row, wanted))
        else:
            part.same += 1
        return False

    def _find_unwanted(
        self,
        part: MessagePlan,
        held: dict[str, Row[Any]],
        wanted: set[str],
        authored: Authored,
        message: Message,
        days: int | None,
    ) -> None:
        late = message.late_after or authored.campaign.late_after
        start, end = clock.micros(self.now - late), clock.micros(self._end(days))
        channels = {entry.id for entry in authored.channels_of(message, self.book)}
        for key, row in held.items():
            out_of_sight = not start <= row.due_us < end and row.channel in channels  # neither wanted nor unwanted
            not_shown = days is not None and row.due_us >= end
            if key not in wanted and row.state in WAITING and not out_of_sight and not not_shown:
                part.cancel.append(row)

    def _settle_approvals(self, connection: Connection, part: MessagePlan) -> None:
        """Keep of `approval` only those rows whose state must follow: to be held, or free of an old demand."""
        if not part.approval:
            return
        needy = [wanted for _, wanted in part.approval if wanted.needs_approval]
        yes = plans.approved(connection, (w.fingerprint for w in needy))
        moves = [(row, wanted) for row, wanted in part.approval if _must_move(row, wanted, yes)]
        part.same += len(part.approval) - len(moves)
        part.approval = moves


def _keeping_now(wanted: Wanted, row: Row[Any]) -> Wanted:
    """Return what is wanted with the time that `on: now` got when it was first applied.

    It gets a new one only where it is to be said anew: another text after it failed or was missed, or written again after
    a plan had cancelled it.
    """
    if wanted.at_once_us is None or row.at_once_us is None or row.state == State.CANCELLED:
        return wanted
    if row.state in (State.FAILED, State.MISSED) and row.digest != wanted.digest:
        return wanted
    late_us = row.late_us - row.at_once_us + wanted.at_once_us
    return replace(wanted, due_us=row.due_us, late_us=late_us)


def _within(spread: timedelta | None, due_us: int, end_us: int | None) -> timedelta | None:
    """Return how long a message may be laid out, so that its last channel speaks before it expires."""
    return spread if spread is None or end_us is None else min(spread, timedelta(microseconds=max(0, end_us - due_us)))


def _offsets(channels: Sequence[ChannelEntry], spread: timedelta | None) -> dict[str, int]:
    """Return by how much (microseconds) each channel speaks later, evenly over `spread`, in the order of the files."""
    if spread is None or len(channels) < 2:
        return {}
    whole = clock.micros(clock.EPOCH + spread)
    return {entry.id: whole * i // len(channels) // 1_000_000 * 1_000_000 for i, entry in enumerate(channels)}


def _must_move(row: Row[Any], wanted: Wanted, yes: set[str]) -> bool:
    hold = wanted.needs_approval and wanted.fingerprint not in yes
    return bool("approval" not in row.held_for) if hold else bool("approval" in row.held_for)
