"""The report: channel by channel and in sum, as a person, a machine and Excel read it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from zoneinfo import ZoneInfo

import pytest

from scheduler.channels.contract import METRICS
from scheduler.clock import moment
from scheduler.ledger import turn
from scheduler.ledger.achieved import Part
from scheduler.ledger.delivery import Event, State
from scheduler.ledger.metrics import GONE, SILENT
from scheduler.reporting.report import COUNTS, NUMBERS, Report, report
from tests.ledger.keeper import HOUR, MINUTE, NOON, Keeper
from tests.ledger.test_metrics import keep, publish

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
UNITS = {"hue": "Huế", "ha-noi": "Hà Nội", "dong-anh": "Đông Anh"}
ASKED = {"campaign": None, "unit": None, "from": None, "until": None}


def reckon(ledger: Keeper, part: Part | None = None, units: Mapping[str, str] = UNITS) -> Report:
    with ledger.database.reading() as connection:
        return report(connection, part or Part(), now=moment(NOON), zone=HANOI, asked=ASKED, units=units)


@pytest.fixture
def told(ledger: Keeper) -> Report:
    """Two channels of Hà Nội and one of Huế, with something of everything."""
    first = publish(ledger, "thu/tin@1/a", unit="ha-noi")
    late = publish(ledger, "thu/tin@2/a", NOON + 5 * MINUTE, unit="ha-noi")
    gone = publish(ledger, "thu/tin@3/a", unit="ha-noi")
    ledger.write("thu/tin@4/a", State.MISSED, unit="ha-noi")
    ledger.write("thu/tin@5/a", State.HELD, unit="ha-noi")
    ledger.write("thu/tin@6/a", unit="ha-noi")
    silent = publish(ledger, "thu/tin@1/b", unit="ha-noi")
    taken_down = publish(ledger, "khac/tin@1/c", unit="hue")
    keep(ledger, first, "1h", NOON + HOUR, reactions=1, comments=0)
    keep(ledger, first, "24h", NOON + 24 * HOUR, reactions=1200, comments=0)
    keep(ledger, late, "1h", NOON + HOUR, reactions=5)
    keep(ledger, gone, "1h", NOON + HOUR, **{GONE: 1})
    keep(ledger, silent, "1h", NOON + HOUR, **{SILENT: 1})
    keep(ledger, taken_down, "1h", NOON + HOUR, shares=3)
    ledger.move(taken_down, State.PUBLISHED, Event.WITHDRAW, by="Lan", why="sai số liệu")
    return reckon(ledger)


def test_every_number_that_a_network_may_tell_has_a_name() -> None:
    assert set(NUMBERS) == set(METRICS)


def test_each_channel_has_its_line_in_the_order_of_units(told: Report) -> None:
    assert [(line.unit, line.channel) for line in told.lines] == [("ha-noi", "a"), ("ha-noi", "b"), ("hue", "c")]
    a, b, c = told.to_object()["channels"]
    assert {name: a[name] for name in COUNTS if a[name]} == {"published": 3, "late": 1, "missed": 1, "waiting": 2}
    assert (a["metrics"], a["ages"], a["measured"], a["gone"]) == (
        {"reactions": 1205, "comments": 0}, {"1h": 1, "24h": 1}, 2, 1,
    )  # fmt: skip
    assert (b["published"], b["metrics"], b["measured"]) == (1, {}, 0)
    assert (c["published"], c["withdrawn"], c["metrics"]) == (0, 1, {"shares": 3})


def test_the_sum_is_that_of_all_lines(told: Report) -> None:
    found = told.to_object()["sum"]
    assert {name: found[name] for name in COUNTS if found[name]} == {
        "published": 4, "late": 1, "missed": 1, "withdrawn": 1, "waiting": 2,
    }  # fmt: skip
    assert found["metrics"] == {"reactions": 1205, "comments": 0, "shares": 3}
    assert (found["ages"], found["measured"], found["gone"]) == ({"1h": 2, "24h": 1}, 3, 1)


def test_a_number_that_nobody_told_is_no_nought(told: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(told.to_csv().decode("utf-8-sig"))))
    assert [(row["kênh"], row["cảm xúc"], row["bình luận"]) for row in rows] == [
        ("a", "1205", "0"), ("b", "", ""), ("c", "", ""), ("", "1205", "0"),
    ]  # fmt: skip
    assert (rows[0]["đơn vị"], rows[0]["trễ"], rows[-1]["mã đơn vị"]) == ("Hà Nội", "1", "tổng")


def test_excel_sees_that_it_is_unicode(told: Report) -> None:
    assert told.to_csv().startswith(b"\xef\xbb\xbf")


def test_units_stand_as_in_a_vietnamese_list(ledger: Keeper) -> None:
    for n, unit in enumerate(["hue", "dong-anh", "ha-noi"]):
        publish(ledger, f"thu/tin@{n}/a", unit=unit)
    assert [line.unit for line in reckon(ledger).lines] == ["dong-anh", "ha-noi", "hue"]


def test_orders_are_told_in_order_of_time_with_the_holds_of_what_is_concerned(told: Report, ledger: Keeper) -> None:
    with ledger.database.writing() as connection:
        turn.hold(connection, "unit", "ha-noi", at_us=NOON - 1, by="", why="mã hết hạn")
        turn.hold(connection, "campaign", "nam-khac", at_us=NOON - 1, by="Lan", why="")
    held, withdrawn = reckon(ledger).to_object()["orders"]
    assert (held["order"], held["by"], held["scope"], held["values"]) == ("hold", "loa", "unit", ["ha-noi"])
    assert {name: withdrawn[name] for name in ("order", "by", "why", "unit", "deliveries")} == {
        "order": "withdraw", "by": "Lan", "why": "sai số liệu", "unit": "hue", "deliveries": 1,
    }  # fmt: skip
    assert withdrawn["at"] == "2027-06-26T12:00:00+07:00"


def test_a_report_of_nothing_is_empty(ledger: Keeper) -> None:
    with ledger.database.writing() as connection:
        turn.hold(connection, "all", "all", at_us=NOON, by="Lan", why="")
    found = reckon(ledger, Part(campaign="khong-co")).to_object()
    assert (found["channels"], found["orders"], found["approvals"]) == ([], [], [])
    assert found["sum"]["published"] == 0
