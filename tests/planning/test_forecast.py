"""The forecast: when each channel will have spoken by its own pace, and how `spread` lays a message out."""

from __future__ import annotations

from datetime import timedelta

from scheduler.authoring.channels_file import BudgetEntry, ChannelEntry
from scheduler.ledger.plans import Wanted
from scheduler.planning.forecast import DAY_US, Forecast, Outlook
from tests.ledger.keeper import HOUR, MINUTE, NOON, wanted
from tests.planning.desk import Desk, campaign, message


def outlook(pace: dict[str, object], *due: int, late: int = 2 * HOUR) -> Outlook:
    entry = ChannelEntry.model_validate({"id": "a", "network": "feed", "account": "a", "pace": pace})
    forecast = Forecast({"a": entry})
    for n, due_us in enumerate(due):
        forecast.add(_wanted(n, due_us, due_us + late))
    return forecast.outlook()


def _wanted(n: int, due_us: int, late_us: int) -> Wanted:
    return wanted(f"thu/tin-{n}@once/a", due_us=due_us, late_us=late_us)


def test_without_a_pace_the_last_speaks_when_it_is_due() -> None:
    assert outlook({}, NOON, NOON) == Outlook(NOON, {})


def test_a_gap_makes_them_wait_for_each_other() -> None:
    assert outlook({"min_gap": "5m"}, NOON, NOON, NOON).last_us == NOON + 10 * MINUTE


def test_a_daily_number_moves_the_next_to_the_next_day() -> None:
    assert outlook({"per_day": "2"}, NOON, NOON, NOON, late=3 * DAY_US).last_us == NOON + DAY_US


def test_what_would_come_too_late_is_named() -> None:
    assert outlook({"min_gap": "1h"}, NOON, NOON, NOON, NOON).too_late == {"a": ["thu/tin-3@once/a"]}


def test_channels_of_one_app_wait_for_each_other() -> None:
    entries = {id: ChannelEntry(id=id, network="feed", account=id, app="loa") for id in "abc"}
    budget = BudgetEntry(app="loa", most=2, within=timedelta(minutes=5))
    forecast = Forecast(entries, [budget])
    for n, channel in enumerate("abc"):
        forecast.add(wanted(f"thu/tin-{n}@once/{channel}", due_us=NOON, late_us=NOON + HOUR))
    assert forecast.outlook() == Outlook(NOON + 5 * MINUTE, {})


def test_what_a_budget_lets_through_too_late_is_named_by_channel() -> None:
    entries = {id: ChannelEntry(id=id, network="feed", account=id) for id in "ab"}
    forecast = Forecast(entries, [BudgetEntry(network="feed", most=1, within=timedelta(hours=3))])
    for channel in "ab":
        forecast.add(wanted(f"thu/tin@once/{channel}", due_us=NOON, late_us=NOON + HOUR))
    assert forecast.outlook() == Outlook(NOON, {"b": ["thu/tin@once/b"]})


def test_spread_lays_a_message_out_over_its_channels(desk: Desk) -> None:
    desk.write("thu", campaign(message(more="spread: 20m")))
    desk.apply()
    first, second = (desk.keeper.row(f"thu/tin-1@once/{channel}").due_us for channel in "ab")
    assert second - first == 10 * MINUTE


def test_a_spread_message_is_planned_once(desk: Desk) -> None:
    desk.write("thu", campaign(message(when='{every: [mon, tue], at: "08:00"}', more="spread: 20m")))
    assert desk.apply()[0] > 0
    desk.later(days=7, minutes=-50)  # 08:10 of a Tuesday: between the first channel's time and the second's
    created, changed, cancelled = desk.apply()
    assert (changed, cancelled) == (0, 0)
    assert created > 0
