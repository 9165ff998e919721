"""Status: is all well, and if not, what is a person to do."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from scheduler.clock import EPOCH, micros, moment
from scheduler.ledger import counts, mourning, turn, vault, workers
from scheduler.reporting.trouble import Trouble, troubles

SILENT = timedelta(seconds=30)  # three beats of work
UPLOADS_FRESH = timedelta(minutes=2)  # a slow network may take long for what is written at once
SHOWN = 5


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
    mourning: dict[str, Any]
    tokens: list[dict[str, Any]]
    uploads: list[dict[str, Any]] = field(default_factory=list)  # under way: key, bytes sent and in all
    troubles: list[Trouble] = field(default_factory=list)

    @property
    def next_due(self) -> datetime | None:
        return datetime.fromisoformat(self.coming[0]["due"]) if self.coming else None

    @property
    def last_work(self) -> datetime | None:
        return datetime.fromisoformat(self.daemon["last_work"]) if self.daemon["last_work"] else None

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
                "mourning": self.mourning,
                "tokens": self.tokens,
                "uploads": self.uploads,
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
            if s.scope != mourning.HELD_FOR
        ],
        pauses={c: str(_local(until, zone)) for c, until in turn.pauses(connection, micros(now)).items()},
        daemon=_daemon(connection, now, zone, holder),
        mourning=_mourning(connection, now, zone),
        tokens=[
            {
                "channel": row.channel,
                "renewed": _local(row.renewed_us, zone),
                "expires": _local(row.expires_us, zone),
                "ends": _local(row.ends_us, zone),
                "lost": bool(row.lost),
            }
            for row in vault.tokens(connection)
        ],
    )
    here.uploads = _uploads(connection, now, holder)
    here.troubles += troubles(
        connection, now=here.at, deliveries=here.deliveries, campaigns=here.campaigns, daemon=here.daemon, held=held
    )
    return here


def _mourning(connection: Connection, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    every, over = mourning.count_held(connection, micros(now))
    periods = [
        {"from": _local(p.since_us, zone), "until": _local(p.until_us, zone), "basis": p.basis}
        for p in mourning.open_periods(connection, micros(now))
    ]
    return {"periods": periods, "held": every, "to_decide": over}


def _uploads(connection: Connection, now: datetime, holder: str | None) -> list[dict[str, Any]]:
    told = counts.beats(connection).get("uploads")
    fresh = told is not None and holder is not None and now - moment(told.at_us) < UPLOADS_FRESH
    return list(json.loads(told.detail)) if told is not None and fresh else []


def _local(us: int | None, zone: ZoneInfo) -> str | None:
    return None if us is None else moment(us).astimezone(zone).isoformat()


def _unserved(told: Any, now: datetime) -> list[str]:
    """Return the channels that no worker takes, as the one that plans has just seen it."""
    fresh = told is not None and told.detail and now - moment(told.at_us) < SILENT
    return list(json.loads(told.detail)) if fresh else []


def _daemon(connection: Connection, now: datetime, zone: ZoneInfo, holder: str | None) -> dict[str, Any]:
    beats = counts.beats(connection)
    sharing = [row for row in workers.living(connection) if row.age_us < micros(EPOCH + SILENT)]
    holder = "; ".join(row.name for row in sharing) or holder
    work = beats.get("work")
    files = beats.get("files")
    silent = work is None or now - moment(work.at_us) > SILENT
    return {
        "running": holder is not None,
        "holder": holder,
        "last_work": _local(work.at_us, zone) if work is not None else None,
        "silent": holder is not None and silent,
        "files": files.detail if files is not None else "",
        "workers": [{"name": row.name, "queues": row.queues, "since": _local(row.since_us, zone)} for row in sharing],
        "unserved": _unserved(beats.get("unserved"), now),
    }
