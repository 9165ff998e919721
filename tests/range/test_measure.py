"""A daemon measures what it has posted, while time goes by."""

from __future__ import annotations

from pathlib import Path

from tests.range.course import Course, course, wait_for

HOUR = 3600
NUMBERS = {"reactions": 12, "comments": 3, "shares": 5}
TOLD = {"mastodon": {"gone": 1}, "bluesky": NUMBERS, "wordpress": {"comments": 3}}


def measured(made: Course, age: str) -> dict[str, dict[str, int]]:
    """Return the numbers that the ledger has of an age, by network."""
    rows = made.query(f"SELECT channel, name, value FROM metric JOIN delivery ON id = delivery WHERE age = '{age}'")
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row["channel"].rpartition("-")[0], {})[row["name"]] = row["value"]
    return found


def test_an_hour_after_posting_the_numbers_are_in_the_ledger(tmp_path: Path) -> None:
    with course(tmp_path) as made:
        made.offset = tmp_path / "offset"
        made.offset.write_text("0")
        made.wish(1, seconds=3)
        daemon = made.start()
        made.wait_state(20, published=4)
        for account in made.accounts:
            account.ask("_reset" if account.network == "mastodon" else "_numbers", **NUMBERS)
        made.offset.write_text(str(HOUR + 60))
        wait_for(lambda: measured(made, "1h") == TOLD, 30, f"numbers after an hour: {measured(made, '1h')}")
        assert made.end(daemon) == 0
        assert made.states() == {"published": 4}
        assert "numbers" not in made.said() and "Traceback" not in made.said()
