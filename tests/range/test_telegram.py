"""The promise on Telegram where a chat of the staff lets us look: nobody is asked any more, and nothing is said twice."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.fakes.telegram import STAFF
from tests.range.course import Course, Expected, course
from tests.range.faults import MAIN, OTHERS, Fault, meet

LOOKING = {"staging": str(STAFF), "probe": str(STAFF), "settle": "9"}
ALL = [*MAIN, *OTHERS]


def looked_for(fault: Fault) -> Fault:
    """What a person had to tell, a look tells."""
    ends = {network: end for network, end in fault.ends.items() if end != "unconfirmed"}
    return replace(fault, ends=ends, public=())


@pytest.mark.slow
def test_every_fault_ends_as_it_must(tmp_path: Path) -> None:
    tallies = meet(tmp_path, ALL, networks=["telegram"], options=LOOKING)
    assert len(tallies) == len(ALL)
    for fault in ALL:
        for tally in tallies:
            if tally.scenario == fault.title:
                looked_for(fault).check(tally)


def test_a_daemon_killed_in_mid_sending_says_nothing_twice(tmp_path: Path) -> None:
    with course(tmp_path, count=2, networks=["telegram"], options=LOOKING) as made:
        made.wish(1, seconds=3, campaign="truoc")
        made.until_idle()
        made.kill_in_mid_sending(6, 5)
        for tally in made.tally("kill -9"):
            tally.all_public()


def formatted(made: Course, words: str, due: datetime) -> None:
    message = (
        f"{{id: m0, formatted: true, text: {json.dumps(words, ensure_ascii=False)}, when: {{on: '{due.isoformat()}'}}}}"
    )
    lines = ["campaign: dam", "channels: [telegram-0]", "approval: none", "messages:", f"  - {message}"]
    (made.workspace / "campaigns/dam.yaml").write_text("\n".join(lines) + "\n")


def test_what_is_set_out_is_found_after_a_lost_answer_and_corrected(tmp_path: Path) -> None:
    with course(tmp_path, networks=["telegram"], options=LOOKING) as made:
        [channel] = made.accounts
        made.wish(1, seconds=2, campaign="truoc")
        made.until_idle()
        due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=3)
        formatted(made, '<b>Tin dam/m0:</b> 🚭 A &amp; B <a href="https://hanoi.gov.vn/x">đọc thêm</a>', due)
        made.loa("apply")
        channel.fault("lost")
        made.expected.append(Expected("dam/m0@once/telegram-0", "dam", "m0", channel, due))
        made.until_idle()
        for tally in made.tally("set out, and the answer lost"):
            tally.all_public()
        shown = channel.public()[-1]
        bold = {"type": "bold", "offset": 0, "length": 11}
        link = {"type": "text_link", "offset": 21, "length": 8, "url": "https://hanoi.gov.vn/x"}
        assert (shown["text"], shown["entities"]) == ("Tin dam/m0: 🚭 A & B đọc thêm", [bold, link])

        formatted(made, "<i>Tin dam/m0:</i> 🚭 A &amp; B", due)
        made.loa("correct", "dam/m0", "--why", "no link")
        shown = channel.public()[-1]
        assert (shown["text"], shown["entities"]) == ("Tin dam/m0: 🚭 A & B", [bold | {"type": "italic"}])
