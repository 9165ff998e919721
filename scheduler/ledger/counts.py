"""Where things stand: counts by state, rows for people, signs of life. Nothing here scans the whole ledger."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, func, literal_column, select, update

from scheduler.channels.contract import Account
from scheduler.clock import micros
from scheduler.ledger.delivery import State
from scheduler.ledger.moves import BEAT, COUNTER, DELIVERY, chunks, upsert
from scheduler.ledger.turn import CHANNEL, not_stopped, stops

_FOR_A_PERSON: Any = literal_column("state IN ('failed', 'missed')")


def by_state(connection: Connection) -> dict[str, int]:
    """Return the number of deliveries in each state (all states are named)."""
    statement = select(COUNTER.c.state, func.sum(COUNTER.c.n)).group_by(COUNTER.c.state)
    counted = {state: int(n) for state, n in connection.execute(statement)}
    return {state.value: counted.get(state.value, 0) for state in State}


def by_campaign(connection: Connection) -> dict[str, dict[str, int]]:
    """Return the number of deliveries of each campaign in each state."""
    statement = select(COUNTER.c.campaign, COUNTER.c.state, func.sum(COUNTER.c.n)).group_by(
        COUNTER.c.campaign, COUNTER.c.state
    )
    table: dict[str, dict[str, int]] = {}
    for campaign, state, n in connection.execute(statement.order_by(COUNTER.c.campaign)):
        if n:
            table.setdefault(campaign, {})[state] = int(n)
    return table


def by_message(connection: Connection, campaigns: Iterable[str]) -> dict[str, dict[str, dict[str, int]]]:
    """Return the number of deliveries of each message of these campaigns in each state: campaign, message, state."""
    table: dict[str, dict[str, dict[str, int]]] = {}
    for part in chunks(campaigns):
        statement = select(COUNTER.c.campaign, COUNTER.c.message, COUNTER.c.state, COUNTER.c.n)
        for campaign, message, state, n in connection.execute(statement.where(COUNTER.c.campaign.in_(part))):
            if n:
                table.setdefault(campaign, {}).setdefault(message, {})[state] = int(n)
    return table


def rows(
    connection: Connection,
    *,
    state: str | None = None,
    campaign: str | None = None,
    channel: str | None = None,
    held_for: str | None = None,
    limit: int | None = None,
) -> list[Row[Any]]:
    """Return deliveries in order of due."""
    statement = select(DELIVERY)
    for column, value in (
        (DELIVERY.c.state, state),
        (DELIVERY.c.campaign, campaign),
        (DELIVERY.c.channel, channel),
        (DELIVERY.c.held_for, held_for),
    ):
        if value is not None:
            statement = statement.where(column == value)
    return list(connection.execute(statement.order_by(DELIVERY.c.due_us, DELIVERY.c.id).limit(limit)))


def between(connection: Connection, start_us: int, end_us: int) -> list[Row[Any]]:
    """Return what is due in [start, end): where each belongs, its state, its post's fingerprint, its public address."""
    wanted = ("campaign", "message", "occurrence", "channel", "unit", "state", "due_us", "digest", "url", "error")
    statement = select(*(DELIVERY.c[name] for name in wanted))
    due = (DELIVERY.c.due_us >= start_us) & (DELIVERY.c.due_us < end_us)
    return list(connection.execute(statement.where(due).order_by(DELIVERY.c.due_us, DELIVERY.c.id)))


def coming(connection: Connection, limit: int) -> list[Row[Any]]:
    """Return what goes out next and is on no hold."""
    scheduled: Any = literal_column("state = 'scheduled'")
    statement = select(DELIVERY.c.key, DELIVERY.c.due_us, DELIVERY.c.channel).where(
        scheduled, *not_stopped(stops(connection))
    )
    return list(connection.execute(statement.order_by(DELIVERY.c.next_us, DELIVERY.c.id).limit(limit)))


def oldest_unconfirmed(connection: Connection, limit: int) -> list[Row[Any]]:
    """Return unconfirmed deliveries, oldest attempt first."""
    unconfirmed: Any = literal_column("state = 'unconfirmed'")
    statement = select(DELIVERY.c.key, DELIVERY.c.started_us, DELIVERY.c.next_us, DELIVERY.c.error).where(unconfirmed)
    return list(connection.execute(statement.order_by(DELIVERY.c.started_us).limit(limit)))


def some_keys(connection: Connection, state: State, limit: int) -> list[str]:
    """Return some keys of deliveries that failed or were missed, by the time they were due."""
    statement = select(DELIVERY.c.key).where(DELIVERY.c.state == literal_column(f"'{state.value}'"), _FOR_A_PERSON)
    return list(connection.execute(statement.order_by(DELIVERY.c.due_us).limit(limit)).scalars())


def held_for_restore(connection: Connection) -> dict[str, int]:
    """Return how many deliveries a restored ledger holds, by channel."""
    restored: Any = literal_column("held_for = 'restore'")
    statement = select(DELIVERY.c.channel, func.count()).where(restored, DELIVERY.c.state == State.HELD.value)
    found = connection.execute(statement.group_by(DELIVERY.c.channel).order_by(DELIVERY.c.channel))
    return {channel: int(n) for channel, n in found}


def waits_for_approval(connection: Connection, campaign: str) -> bool:
    """Tell whether anything of a campaign waits for an approval."""
    statement = select(DELIVERY.c.id).where(
        DELIVERY.c.campaign == campaign, DELIVERY.c.state == State.HELD.value, DELIVERY.c.held_for == "approval"
    )
    return connection.execute(statement.limit(1)).first() is not None


def count_waiting(connection: Connection, campaign: str) -> int:
    """Return how many deliveries of a campaign wait for an approval."""
    statement = select(func.count()).where(
        DELIVERY.c.campaign == campaign, DELIVERY.c.state == State.HELD.value, DELIVERY.c.held_for == "approval"
    )
    return int(connection.execute(statement).scalar() or 0)


def beats(connection: Connection) -> dict[str, Row[Any]]:
    """Return the signs of life by name: at_us, n, detail."""
    return {row.name: row for row in connection.execute(select(BEAT.c.name, BEAT.c.at_us, BEAT.c.n, BEAT.c.detail))}


def pulse(connection: Connection) -> int:
    """Return a number that grows whenever somebody else wrote into the ledger."""
    return connection.execute(select(BEAT.c.n).where(BEAT.c.name == "changed")).scalar() or 0


def learn(connection: Connection, accounts: Mapping[str, Account], *, at_us: int) -> None:
    """Keep what networks told us of channels."""
    rows = [
        {
            "channel": channel,
            "account": account.name,
            "limits": json.dumps(dict(account.limits)),
            "checked_us": at_us,
            "expires_us": None if account.expires is None else micros(account.expires),
        }
        for channel, account in sorted(accounts.items())
    ]
    upsert(connection, CHANNEL, ["channel"], rows)


def learnt(connection: Connection) -> dict[str, dict[str, int]]:
    """Return the limits that networks told us, by channel."""
    rows = connection.execute(select(CHANNEL.c.channel, CHANNEL.c.limits))
    return {row.channel: json.loads(row.limits or "{}") for row in rows}


def expiring(connection: Connection, before_us: int) -> dict[str, int]:
    """Return when the tokens of channels run out, by channel, where a network said so and it is soon or past."""
    statement = select(CHANNEL.c.channel, CHANNEL.c.expires_us).where(CHANNEL.c.expires_us < before_us)
    return {row.channel: int(row.expires_us) for row in connection.execute(statement.order_by(CHANNEL.c.expires_us))}


def forget_tokens(connection: Connection, *, but: Collection[str]) -> None:
    """Forget when tokens run out, except those of the channels that there still are."""
    gone = set(connection.execute(select(CHANNEL.c.channel).where(CHANNEL.c.expires_us.is_not(None))).scalars()) - {
        *but
    }
    if gone:
        connection.execute(update(CHANNEL).where(CHANNEL.c.channel.in_(gone)).values(expires_us=None))
