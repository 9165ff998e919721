"""The log for machines: one JSON object a line, with the delivery by name."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scheduler.channels.contract import Receipt
from scheduler.cli import run
from scheduler.cli.json_lines import JsonLines
from scheduler.ledger.delivery import Event, State
from scheduler.ledger.turn import Outcome
from tests.cli.conftest import Loa
from tests.ledger.keeper import KEY, Keeper

URL = "https://mang.example.vn/@loa/1"


def line(record: logging.LogRecord) -> dict[str, Any]:
    said = JsonLines(ZoneInfo("Asia/Ho_Chi_Minh")).format(record)
    assert "\n" not in said
    found: dict[str, Any] = json.loads(said)
    return found


@pytest.mark.parametrize(
    ("event", "more", "expected"),
    [
        (Event.CONFIRM, {"url": URL}, {"state": "published", "url": URL, "level": "info"}),
        (Event.AWAIT, {"why": "timeout"}, {"state": "unconfirmed", "why": "timeout", "level": "warning"}),
        (Event.FAIL, {"why": "422 too long"}, {"state": "failed", "why": "422 too long", "level": "warning"}),
        (Event.RETRY, {"why": "refused"}, {"state": "scheduled", "why": "refused", "level": "warning"}),
    ],
)
@pytest.mark.parametrize("locale", ["vi", "en"])
def test_what_became_of_a_delivery_is_said_by_name(
    ledger: Keeper,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    locale: str,
    event: Event,
    more: dict[str, str],
    expected: dict[str, str],
) -> None:
    monkeypatch.setenv("LOA_LOCALE", locale)
    id = ledger.write()
    with caplog.at_level(logging.INFO, "loa"):
        run._tell(ledger.row(), Outcome(id, "thu", "tin", "a", 1, event, **more))  # type: ignore[arg-type]
    said = line(caplog.records[-1])
    assert {name: said[name] for name in expected} == expected
    assert (said["key"], said["channel"], said["event"]) == (KEY, "a", expected["state"])
    assert said["time"].endswith("+07:00")


def test_what_was_found_is_published(ledger: Keeper, caplog: pytest.LogCaptureFixture) -> None:
    ledger.write(state=State.UNCONFIRMED)
    with caplog.at_level(logging.INFO, "loa"):
        run._tell_found(ledger.row(), Receipt("1", URL))
    said = line(caplog.records[-1])
    assert (said["state"], said["url"], said["key"]) == ("published", URL, KEY)


def test_any_other_line_is_its_message() -> None:
    said = line(logging.LogRecord("loa", logging.ERROR, "", 1, "sổ cái: %s", ("một\nhai",), None))
    assert (said["message"], said["level"]) == ("sổ cái: một\nhai", "error")
    assert "key" not in said


def test_a_fault_of_ours_comes_with_its_trace() -> None:
    try:
        raise ValueError("hỏng")
    except ValueError:
        said = line(logging.LogRecord("loa", logging.ERROR, "", 1, "plan", (), sys.exc_info()))
    assert "ValueError: hỏng" in said["trace"]


def test_a_log_of_another_kind_is_refused(loa: Loa, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_LOG", "xml")
    code, said = loa("status")
    assert code == 2
    assert "LOA_LOG" in said
