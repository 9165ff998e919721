"""What the planner makes of bounds, rotations, themes and the register of days; and what a plan forecasts of the night."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scheduler import clock
from scheduler.authoring.campaign import Campaign
from scheduler.authoring.channels_file import ChannelEntry
from scheduler.authoring.timetable import bounds
from scheduler.ledger.delivery import State
from scheduler.planning.forecast import Forecast
from scheduler.registers.days import Days, QuietHours
from tests.ledger.keeper import HOUR, wanted
from tests.planning.desk import HANOI, Desk, campaign, message

DAILY = '{every: day, at: "08:00", from: 2027-06-10, until: 2027-06-14}'


def due(desk: Desk, key: str) -> str:
    return f"{clock.moment(desk.keeper.row(key).due_us).astimezone(HANOI):%d/%m %H:%M}"


def late(desk: Desk, key: str) -> str:
    return f"{clock.moment(desk.keeper.row(key).late_us).astimezone(HANOI):%d/%m %H:%M:%S.%f}"


def test_nothing_is_planned_before_the_embargo_or_from_the_expiry_on(desk: Desk) -> None:
    more = 'embargo: "2027-06-11 08:00", expires: "2027-06-13 08:00"'
    desk.write("thu", campaign(message(when=DAILY, more=more), channels="[a]"))

    desk.apply()

    assert list(desk.states()) == ["tin-1@2027-06-11/a", "tin-1@2027-06-12/a"]


def test_a_message_says_its_own_bounds_where_it_has_some(desk: Desk) -> None:
    messages = message(when=DAILY), message("tin-2", when=DAILY, more='expires: "2027-06-12 00:00"')
    text = campaign(*messages, channels="[a]").replace("messages:", 'expires: "2027-06-11 00:00"\nmessages:')
    desk.write("thu", text)

    desk.apply()

    assert list(desk.states()) == ["tin-1@2027-06-10/a", "tin-2@2027-06-10/a", "tin-2@2027-06-11/a"]


def test_late_after_ends_just_before_the_expiry(desk: Desk) -> None:
    desk.write("thu", campaign(message(more='expires: "2027-06-26 08:30"'), channels="[a]"))

    desk.apply()

    assert late(desk, "thu/tin-1@once/a") == "26/06 08:29:59.999999"


def test_a_spread_is_laid_out_before_the_expiry(desk: Desk) -> None:
    desk.write("thu", campaign(message(more='spread: 2h, expires: "2027-06-26 08:30"')))

    desk.apply()

    assert [due(desk, f"thu/tin-1@once/{channel}") for channel in "ab"] == ["26/06 08:00", "26/06 08:15"]


def test_an_expiry_added_later_cancels_what_lies_behind_it(desk: Desk) -> None:
    desk.write("thu", campaign(message(when=DAILY), channels="[a]"))
    desk.apply()
    desk.write("thu", campaign(message(when=DAILY, more='expires: "2027-06-12 00:00"'), channels="[a]"))

    assert desk.apply() == (0, 2, 3)  # those before it learn of their bound
    assert list(desk.states().values()).count(State.CANCELLED) == 3


@pytest.mark.parametrize(
    ("written", "moment"),
    [("2027-06-11 08:00", datetime(2027, 6, 11, 1, tzinfo=UTC)), ("2027-06-11T08:00:00Z", datetime(2027, 6, 11, 8, tzinfo=UTC))],
)  # fmt: skip
def test_bounds_are_local_unless_they_say_else(written: str, moment: datetime) -> None:
    found = Campaign.model_validate(
        {
            "campaign": "c",
            "messages": [{"id": "a", "text": "x", "when": {"on": "2027-06-10 08:00"}, "expires": written}],
        }
    )

    assert bounds(found, found.messages[0], HANOI) == (None, moment)


def rotating(more: str = "", when: str = "") -> str:
    rule = when or '{every: day, at: "08:00", from: 2027-06-10, until: 2027-06-14}'
    return campaign(f"  - {{id: tin-1, texts: [Một, Hai, Ba, Bốn], when: {rule}{more}}}\n", channels="[a]")


def test_each_occurrence_is_planned_with_its_text_and_stays_so(desk: Desk) -> None:
    desk.write("thu", rotating())
    desk.apply()
    said = [desk.text(f"thu/tin-1@2027-06-{day}/a") for day in range(10, 15)]
    desk.later(days=11)

    assert [word in body for word, body in zip(["Một", "Hai", "Ba", "Bốn", "Một"], said, strict=True)] == [True] * 5
    assert desk.apply() == (0, 0, 0)


def test_an_exception_cancels_its_day_and_changes_nothing_else(desk: Desk) -> None:
    desk.write("thu", rotating(", distance: 2"))
    desk.apply()
    when = '{every: day, at: "08:00", from: 2027-06-10, until: 2027-06-14, except: 2027-06-11}'
    desk.write("thu", rotating(", distance: 2", when))

    assert desk.apply() == (0, 0, 1)


def test_what_waits_for_a_theme_is_planned_once_it_is_given_out(desk: Desk) -> None:
    day = "days: [{id: thang-pcmt, name: Tháng hành động, month: 6, themes: {2027: {nation: %s}}}]\n"
    (desk.folder / "templates/t.j2").write_text("Chủ đề: {{ theme('thang-pcmt') }}", "utf-8")
    desk.write("days", day % "''")
    head = campaign("  - {id: tin-1, template: t.j2, when: {on: '2027-06-26 08:00'}}\n", message("tin-2"))
    desk.write("thu", head.replace("messages:", "waits_for_theme: true\nmessages:"))

    assert desk.apply()[0] == 2
    desk.write("days", day % "Vì cộng đồng")
    assert desk.apply()[0] == 2
    assert "Vì cộng đồng" in desk.text("thu/tin-1@once/a")


def test_a_named_day_is_planned_by_the_register(desk: Desk) -> None:
    desk.write("days", "days: [{id: tet, name: Tết, lunar: 1/1}]\n")
    desk.write("thu", campaign(message(when="{before: tet, days: [7], at: '08:00'}"), channels="[a]"))

    desk.apply()

    assert list(desk.states()) == ["tin-1@2028-01-19/a"]


def night(pace: dict[str, object], *due_us: int, kind: str = "ordinary", at_any_hour: bool = False) -> list[str]:
    entry = ChannelEntry.model_validate({"id": "a", "network": "feed", "account": "a", "pace": pace})
    forecast = Forecast({"a": entry}, days=Days(present=True, quiet_hours=QuietHours()), zone=HANOI)
    for n, us in enumerate(due_us):
        forecast.add(wanted(f"c/m{n}@once/a", due_us=us, late_us=us + 5 * HOUR, kind=kind), at_any_hour=at_any_hour)
    return forecast.outlook().in_quiet_hours.get("a", [])


EVENING = clock.micros(datetime(2027, 6, 1, 21, 30, tzinfo=HANOI))


def test_a_pace_that_pushes_into_the_night_is_foreseen() -> None:
    assert night({"min_gap": "20m"}, EVENING, EVENING, EVENING) == ["c/m2@once/a"]


def test_a_spread_that_reaches_into_the_night_is_foreseen() -> None:
    assert night({}, EVENING, EVENING + HOUR) == ["c/m1@once/a"]


def test_who_may_speak_at_night_is_not_foreseen() -> None:
    assert night({}, EVENING + HOUR, kind="emergency") == []
    assert night({}, EVENING + HOUR, at_any_hour=True) == []


def test_a_waived_message_spread_into_the_night_is_not_foreseen(desk: Desk) -> None:
    desk.write("days", "days: []\n")
    on = '{on: "2027-06-26 21:50"}'
    desk.write(
        "thu",
        campaign(
            message(when=on, more="spread: 1h"),
            message("tin-2", when=on, more="spread: 1h, waive: {quiet-hours: lệnh}"),
        ),
    )
    forecast = Forecast(desk.planner().book.channels, days=desk.planner().book.days, zone=HANOI)

    with desk.database.reading() as connection:
        list(desk.planner(forecast=forecast).parts(connection))

    assert forecast.outlook().in_quiet_hours == {"b": ["thu/tin-1@once/b"]}
