"""Texts that take turns: none too soon again, the same on whatever day they are planned, few changed by an exception."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.authoring.campaign import Campaign
from scheduler.authoring.rotation import Rotation
from scheduler.authoring.timetable import timetable
from tests.authoring.desk import Desk

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
BEGIN = datetime(2027, 6, 1, tzinfo=HANOI)


@st.composite
def rotations(draw: st.DrawFn) -> tuple[Rotation, list[int]]:
    """A rotation, and the places of its occurrences: some are missing."""
    texts = draw(st.integers(1, 8))
    distance = draw(st.integers(0, texts - 1))
    missing = draw(st.sets(st.integers(0, 60)))
    return Rotation(texts, distance), [place for place in range(61) if place not in missing]


@given(rotations())
def test_the_distance_is_always_kept(case: tuple[Rotation, list[int]]) -> None:
    rotation, places = case

    said = list(rotation.turns(places))

    for at, text in enumerate(said):
        assert text not in said[max(0, at - rotation.distance) : at]


@given(st.integers(1, 8), st.sets(st.integers(0, 60)))
def test_none_comes_again_before_all_were_said(texts: int, missing: set[int]) -> None:
    places = [place for place in range(61) if place not in missing]

    said = list(Rotation(texts, texts - 1).turns(places))

    for at in range(len(said) - texts + 1):
        assert len(set(said[at : at + texts])) == texts


def test_without_exceptions_they_go_round_in_order() -> None:
    assert list(Rotation(3, 2).turns(range(7))) == [0, 1, 2, 0, 1, 2, 0]


@given(st.integers(3, 8), st.integers(0, 50))
def test_spare_texts_take_up_one_exception_and_nothing_else_changes(texts: int, missing: int) -> None:
    rotation = Rotation(texts, texts - 2)  # one to spare
    before = dict(zip(range(51), rotation.turns(range(51)), strict=True))
    places = [place for place in range(51) if place != missing]

    after = dict(zip(places, rotation.turns(places), strict=True))

    assert {place for place in places if before[place] != after[place]} == set()


@given(rotations(), st.integers(0, 60))
def test_an_exception_changes_nothing_before_it(case: tuple[Rotation, list[int]], missing: int) -> None:
    rotation, places = case
    before = dict(zip(places, rotation.turns(places), strict=True))
    fewer = [place for place in places if place != missing]

    after = dict(zip(fewer, rotation.turns(fewer), strict=True))

    assert all(before[place] == after[place] for place in fewer if place < missing)


def turns(
    start: datetime, end: datetime, *texts: str, more: dict[str, Any] | None = None, **when: Any
) -> dict[str, str]:
    rule = {"every": ["mon", "wed", "fri"], "at": ["07:00", "19:30"], "from": "2027-06-01", **when}
    message = {"id": "a", "texts": list(texts), "when": rule, **(more or {})}
    campaign = Campaign.model_validate({"campaign": "c", "messages": [message]})
    found = timetable(campaign, campaign.messages[0], HANOI, start, end)
    return {o.name: texts[o.turn] for o in found if o.turn is not None}


@settings(max_examples=30)
@given(st.integers(0, 200), st.integers(1, 60))
def test_the_day_of_planning_does_not_matter(skipped: int, length: int) -> None:
    start = BEGIN + timedelta(days=skipped)
    whole = turns(BEGIN, BEGIN + timedelta(days=300), *"abcde")

    seen = turns(start, start + timedelta(days=length), *"abcde")

    assert seen.items() <= whole.items()
    assert list(seen) == [
        n for n in whole if start.date() <= date.fromisoformat(n[:10]) < (start + timedelta(days=length)).date()
    ]


def test_an_exception_with_a_distance_leaves_what_is_planned_alone() -> None:
    end = BEGIN + timedelta(days=90)
    before = turns(BEGIN, end, *"abcde", more={"distance": 2})

    after = turns(BEGIN, end, *"abcde", more={"distance": 2}, **{"except": "2027-06-14"})

    assert before.items() - after.items() == {("2027-06-14T0700", "a"), ("2027-06-14T1930", "b")}
    assert after.items() <= before.items()


def test_each_occurrence_says_its_text(desk: Desk) -> None:
    desk.write("templates/a.j2", "Mẹo {{ so }}.")
    assert (
        desk.says(
            """\
            campaign: c
            channels: [bang-tin]
            messages:
              - id: meo
                when: {every: day, at: "08:00", from: 2027-05-02, until: 2027-05-04}
                rotation:
                  - {id: mot, template: a.j2, vars: {so: "1"}}
                  - {id: hai, text: Mẹo hai., words: {feed: Mẹo hai cho bảng tin.}}
            """
        )
        == []
    )
    book, composer = desk.book(), desk.composer
    campaign = book.campaigns[0].campaign
    [message] = campaign.messages
    channels = book.campaigns[0].channels_of(message, book)

    end = desk.at + timedelta(days=30)
    posts = [
        composed.post.text
        for occurrence in timetable(campaign, message, HANOI, desk.at, end)
        for composed in composer.compose(campaign, message, occurrence, channels)
    ]

    assert posts == ["Mẹo 1.", "Mẹo hai cho bảng tin.", "Mẹo 1."]


WHEN = "when: {every: day, at: '08:00', from: 2027-05-02, until: 2027-06-02}"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (f"{WHEN}\ntexts: [a, b, c]\ndistance: 3", "distance: 3 cần ít nhất 4 bài, đang có 3; thêm bài, hoặc distance: 2"),
        (f"{WHEN}\ntexts: [a, b]\ndistance: 0", '"0" quá nhỏ; phải từ 1'),
        (f"{WHEN}\ntexts: []", "danh sách trống"),
        (f"{WHEN}\ntexts: [a]\nrotation: [{{id: b, text: x}}]", "chỉ một trong hai: texts hoặc rotation"),
        (f"{WHEN}\ntexts: [a]\ntext: b", "viết trong từng mục của rotation"),
        (f"{WHEN}\nrotation: [{{id: b, text: x}}, {{id: b, text: y}}]", "rotation có hai mục cùng id"),
        (f"{WHEN}\nrotation: [{{id: b, txt: x}}]", 'messages.0.rotation.0.txt: không có khoá này; ý bạn là "text"?'),
        (f"{WHEN}\nrotation: [{{id: b}}]", "cần text hoặc template"),
        (f"{WHEN}\ntext: x\ndistance: 2", "distance chỉ đi với texts hoặc rotation"),
        ("when: {every: day, at: '08:00'}\ntexts: [a, b]", "luân phiên đếm lượt từ ngày nào? thêm from"),
        ('when: {on: "2027-06-01 08:00"}\ntexts: [a, b]', "on chỉ đăng một lần nên không luân phiên được"),
        (f"{WHEN}\nrotation: [{{id: b, template: gone.j2}}]", "messages.0.rotation.0.template: không có templates/gone.j2"),
        (f"{WHEN}\nchannels: [bsky]\ntexts: [a, {'b' * 301}]", "messages.0.texts.1.text: bluesky: dài 301"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_rotation_is_one_sentence(desk: Desk, lines: str, words: str) -> None:
    head = "campaign: c\nchannels: [bang-tin]\nmessages:\n  -\n    id: tin\n"

    said = desk.says(head + "".join(f"    {line}\n" for line in lines.splitlines()))

    assert len(said) == 1, said
    assert words in said[0]


def test_two_turns_without_an_id_are_two_sentences(desk: Desk) -> None:
    head = "campaign: c\nchannels: [bang-tin]\nmessages:\n  -\n    id: tin\n"

    said = desk.says(f"{head}    {WHEN}\n    rotation: [{{text: x}}, {{text: y}}]\n")

    assert [line.partition("messages.")[2] for line in said] == ["0.rotation.0.id: thiếu khoá này", "0.rotation.1.id: thiếu khoá này"]  # fmt: skip
