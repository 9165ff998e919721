"""Status: is all well, and if not, what is a person to do."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from scheduler.clock import micros, moment
from scheduler.ledger import counts, turn
from scheduler.ledger.delivery import State
from scheduler.text import say

SILENT = timedelta(seconds=30)  # three beats of work
SHOWN = 5
NAMED = 3  # keys named in one sentence


@dataclass(frozen=True)
class Trouble:
    """One thing that needs a person, and the command that settles it."""

    what: str
    remedy: str


@dataclass
class Status:
    """All that `loa status` shows."""

    at: datetime
    deliveries: dict[str, int]
    campaigns: dict[str, dict[str, int]]
    coming: list[dict[str, Any]]
    holds: list[dict[str, Any]]
    pauses: dict[str, str]
    daemon: dict[str, Any]
    troubles: list[Trouble] = field(default_factory=list)

    @property
    def well(self) -> bool:
        return not self.troubles

    def to_json(self) -> str:
        return json.dumps(
            {
                "well": self.well,
                "at": self.at.isoformat(),
                "deliveries": self.deliveries,
                "daemon": self.daemon,
                "campaigns": self.campaigns,
                "coming": self.coming,
                "holds": self.holds,
                "pauses": self.pauses,
                "troubles": [{"what": t.what, "remedy": t.remedy} for t in self.troubles],
            },
            ensure_ascii=False,
            indent=2,
        )


def status(connection: Connection, *, now: datetime, zone: ZoneInfo, holder: str | None) -> Status:
    """Return where the ledger stands. `holder`: who holds the daemon's lock now (None: nobody)."""
    held = turn.stops(connection)
    here = Status(
        at=now.astimezone(zone),
        deliveries=counts.by_state(connection),
        campaigns=counts.by_campaign(connection),
        coming=[
            {"key": r.key, "channel": r.channel, "due": _local(r.due_us, zone)}
            for r in counts.coming(connection, SHOWN)
        ],
        holds=[
            {"scope": s.scope, "value": s.value, "by": s.by or "loa", "why": s.why, "since": _local(s.at_us, zone)}
            for s in held
        ],
        pauses={c: str(_local(until, zone)) for c, until in turn.pauses(connection, micros(now)).items()},
        daemon=_daemon(connection, now, zone, holder),
    )
    here.troubles += _troubles(connection, here, held)
    return here


def _local(us: int | None, zone: ZoneInfo) -> str | None:
    return None if us is None else moment(us).astimezone(zone).isoformat()


def _daemon(connection: Connection, now: datetime, zone: ZoneInfo, holder: str | None) -> dict[str, Any]:
    beats = counts.beats(connection)
    work = beats.get("work")
    files = beats.get("files")
    silent = work is None or now - moment(work.at_us) > SILENT
    return {
        "running": holder is not None,
        "holder": holder,
        "last_work": _local(work.at_us, zone) if work is not None else None,
        "silent": holder is not None and silent,
        "files": files.detail if files is not None else "",
    }


def _troubles(connection: Connection, here: Status, held: list[turn.Stop]) -> list[Trouble]:
    found: list[Trouble] = []
    n = here.deliveries
    if here.daemon["silent"]:
        found.append(
            Trouble(
                say("loa run còn sống nhưng đã lâu không làm việc", "loa run lives but has not worked for a while"),
                say("xem nhật ký của nó, rồi khởi động lại loa run", "look at its log, then start loa run again"),
            )
        )
    if not here.daemon["running"] and (n[State.SCHEDULED] or n[State.SENDING]):
        found.append(
            Trouble(
                say(
                    f"{n['scheduled']} lần đăng đang chờ mà loa run không chạy",
                    f"{n['scheduled']} wait, but loa run is not running",
                ),
                "loa run",
            )
        )
    if here.daemon["files"]:
        found.append(
            Trouble(say("các tệp chiến dịch có lỗi, đang theo sổ cái cũ", "the campaign files are wrong"), "loa check")
        )
    for stop in held:
        if not stop.by:
            found.append(
                Trouble(
                    say(f"kênh {stop.value} bị giữ: {stop.why}", f"channel {stop.value} is held: {stop.why}"),
                    say(
                        f"sửa nguyên nhân, rồi: loa release --channel {stop.value}",
                        f"mend the cause, then: loa release --channel {stop.value}",
                    ),
                )
            )
    if n[State.UNCONFIRMED]:
        found += _unconfirmed(connection)
    if n[State.MISSED]:
        found.append(
            Trouble(
                say(
                    f"{n['missed']} lần đăng đã bỏ lỡ ({_named(connection, State.MISSED)})",
                    f"{n['missed']} missed ({_named(connection, State.MISSED)})",
                ),
                say(
                    "vẫn đăng: loa retry MÃ; thôi: loa cancel MÃ",
                    "send after all: loa retry KEY; let it be: loa cancel KEY",
                ),
            )
        )
    if n[State.FAILED]:
        found.append(
            Trouble(
                say(
                    f"{n['failed']} lần đăng thất bại ({_named(connection, State.FAILED)})",
                    f"{n['failed']} failed ({_named(connection, State.FAILED)})",
                ),
                say(
                    "xem lý do: loa deliveries --state failed; sửa bài rồi loa apply, hoặc loa retry MÃ",
                    "see why: loa deliveries --state failed; mend the text and loa apply, or loa retry KEY",
                ),
            )
        )
    if n[State.HELD]:
        waiting = sorted({row.campaign for row in counts.rows(connection, state="held", limit=2000)})
        names = ", ".join(waiting[:NAMED])
        found.append(
            Trouble(
                say(
                    f"{n['held']} lần đăng đang giữ, chờ người duyệt ({names})",
                    f"{n['held']} held for a person ({names})",
                ),
                f"loa approve {waiting[0]} --by TÊN",
            )
        )
    return found


def _unconfirmed(connection: Connection) -> list[Trouble]:
    rows = counts.oldest_unconfirmed(connection, 200)
    stuck = [row for row in rows if row.next_us is None]
    looking = [row for row in rows if row.next_us is not None]
    found = [
        Trouble(
            say(f"{row.key} chưa xác nhận: {row.error}", f"{row.key} is unconfirmed: {row.error}"),
            say(
                f"nhìn trên kênh; có bài: loa confirm {row.key} ĐỊA-CHỈ; không có: loa retry {row.key}",
                f"look at the channel; there: loa confirm {row.key} URL; not there: loa retry {row.key}",
            ),
        )
        for row in stuck[:SHOWN]
    ]
    if len(stuck) > SHOWN:
        more = len(stuck) - SHOWN
        found.append(Trouble(say(f"và {more} lần nữa", f"and {more} more"), "loa deliveries --state unconfirmed"))
    if looking:
        found.append(
            Trouble(
                say(
                    f"{len(looking)} lần đăng chưa xác nhận, đang đối chiếu",
                    f"{len(looking)} unconfirmed, being looked for",
                ),
                say("chờ loa run đối chiếu xong", "wait until loa run has looked"),
            )
        )
    return found


def _named(connection: Connection, state: State) -> str:
    keys = [row.key for row in counts.rows(connection, state=state.value, limit=NAMED + 1)]
    return ", ".join(keys[:NAMED]) + (" ..." if len(keys) > NAMED else "")
