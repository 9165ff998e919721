"""The calendar: what is due on which day, from the files and the ledger together."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from scheduler.authoring.loader import read_book
from scheduler.composing.compose import Composer
from scheduler.ledger import counts, plans
from scheduler.ledger.delivery import Event
from scheduler.planning.calendar import IN_FILES, Calendar, Entry, Span, by_day, letters, state_words, weeks
from tests.planning.desk import HANOI, Desk, campaign, message

JUNE = Span.of_month(2027, 6)


def entries(desk: Desk, span: Span = JUNE, *, ledger: bool = True, **asked: object) -> list[Entry]:
    composer = Composer(desk.folder, HANOI)
    with desk.database.reading() as connection:
        begin, end = (int(m.timestamp()) * 1_000_000 for m in span.moments(HANOI))
        rows = counts.between(connection, begin, end) if ledger else None
        return Calendar(
            read_book(desk.folder), composer, HANOI, desk.now.astimezone(UTC), span, rows,
            lambda digest: plans.body_of(connection, digest), **asked,  # type: ignore[arg-type]
        ).entries()  # fmt: skip


def test_what_only_the_files_know_is_there_without_state(desk: Desk) -> None:
    desk.write("thu", campaign(message(text="Dòng đầu")))

    [entry] = entries(desk)

    assert (entry.key, entry.first_line) == ("thu/tin-1@once", "Dòng đầu")
    assert entry.due == datetime(2027, 6, 26, 8, tzinfo=HANOI)
    assert entry.channels == {"a": IN_FILES, "b": IN_FILES}


def test_the_first_line_is_the_title_else_the_first_words_else_the_id() -> None:
    due = datetime(2027, 6, 1, tzinfo=HANOI)

    assert Entry("c", "m", "once", due, "Tên", "chữ").first_line == "Tên"
    assert Entry("c", "m", "once", due, "", "\n  Một \nHai").first_line == "Một"
    assert Entry("c", "m", "once", due).first_line == "m"


def test_the_ledger_gives_each_channel_its_state(desk: Desk) -> None:
    desk.write("thu", campaign())
    desk.apply()
    desk.lead("thu/tin-1@once/a", Event.CLAIM, Event.AWAIT)

    [entry] = entries(desk)

    assert entry.channels == {"a": "unconfirmed", "b": "scheduled"}
    assert list(entry.states) == ["unconfirmed", "scheduled"]
    assert entry.state == "unconfirmed"


def test_what_stands_in_the_ledger_only_is_shown_with_its_words(desk: Desk) -> None:
    desk.write("thu", campaign(message(text="Đã nói")))
    desk.apply()
    desk.publish("thu/tin-1@once/a")
    desk.remove("thu")

    [entry] = entries(desk)

    assert (entry.text, entry.channels) == ("Đã nói", {"a": "published", "b": "scheduled"})


def test_what_a_plan_cancelled_is_gone(desk: Desk) -> None:
    desk.write("thu", campaign())
    desk.apply()
    desk.write("thu", campaign(message(id="khac")))
    desk.apply()

    assert [entry.message for entry in entries(desk)] == ["khac"]


def test_a_rule_does_not_invent_a_past_that_the_ledger_does_not_know(desk: Desk) -> None:
    desk.write("thu", campaign(message(when='{every: day, at: "08:00", from: 2027-06-01, until: 2027-06-30}')))
    desk.later(days=9)  # 10 June, 09:00

    assert [entry.due.day for entry in entries(desk)] == list(range(11, 31))
    assert len(entries(desk, ledger=False)) == 30


def test_the_day_is_that_of_the_office_and_the_span_ends_at_its_midnight(desk: Desk) -> None:
    times = ("2027-05-31 23:59", "2027-06-01 00:00", "2027-06-30 23:59", "2027-07-01 00:00")
    desk.write("thu", campaign(*(message(f"t{i}", when=f'{{on: "{at}"}}') for i, at in enumerate(times))))

    assert [entry.message for entry in entries(desk, ledger=False)] == ["t1", "t2"]


def test_only_what_is_asked_for_is_there(desk: Desk) -> None:
    desk.write("thu", campaign())
    desk.write("hai", campaign(name="hai", channels="[c]"))

    assert [e.campaign for e in entries(desk, campaign="hai")] == ["hai"]
    [entry] = entries(desk, channels=frozenset(["b"]))
    assert entry.channels == {"b": IN_FILES}


def test_a_template_that_fails_does_not_hide_the_day(desk: Desk) -> None:
    desk.write("thu", campaign().replace("text: 'Xin chào'", "template: khong-co.j2"))

    [entry] = entries(desk)

    assert "khong-co.j2" in entry.first_line


def test_a_card_is_not_drawn_for_the_calendar(desk: Desk) -> None:
    desk.write("thu", campaign(message(more="card: {headline: A}")))

    assert len(entries(desk)) == 1
    assert not (desk.folder / "var" / "cards").exists()


def test_each_time_of_a_rotation_shows_the_text_of_its_turn(desk: Desk) -> None:
    rule = "{every: day, at: '08:00', from: 2027-06-10, until: 2027-06-12}"
    desk.write("thu", campaign(f"  - {{id: tin, texts: [Một, Hai, Ba], when: {rule}}}\n"))

    assert [entry.first_line for entry in entries(desk)] in (
        ["Một", "Hai", "Ba"],
        ["Hai", "Ba", "Một"],
        ["Ba", "Một", "Hai"],
    )


def test_weeks_begin_on_monday() -> None:
    june = weeks(2027, 6)

    assert june[0] == [None, *(date(2027, 6, day) for day in range(1, 7))]
    assert june[-1][2:] == [date(2027, 6, 30), None, None, None, None]


@pytest.mark.parametrize(
    ("span", "months"),
    [
        (JUNE, [(2027, 6)]),
        (Span.of_month(2027, 12), [(2027, 12)]),
        (Span.of_year(2028), [(2028, month) for month in range(1, 13)]),
    ],
)
def test_a_span_knows_its_months(span: Span, months: list[tuple[int, int]]) -> None:
    assert span.months == months


def test_every_campaign_has_a_letter_of_its_own() -> None:
    due = datetime(2027, 6, 1, tzinfo=HANOI)
    named = letters(Entry(f"c{i:02}", "m", "once", due) for i in range(60))

    assert (named["c00"], named["c25"], named["c26"]) == ("A", "Z", "A1")
    assert len(set(named.values())) == 60


def test_states_are_counted_only_where_they_differ() -> None:
    assert state_words({"published": 3}) == "đã đăng"
    assert state_words({"held": 1, "published": 3}) == "1 đang giữ, 3 đã đăng"
    assert state_words({IN_FILES: 2}) == "chưa ghi vào sổ"


def test_entries_are_found_by_their_day() -> None:
    late = Entry("c", "m", "once", datetime(2027, 6, 1, 23, 30, tzinfo=HANOI))

    assert by_day([late]) == {date(2027, 6, 1): [late]}
