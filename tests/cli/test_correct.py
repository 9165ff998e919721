"""`loa correct`: what is public gets the words of its campaign, where it stands, and whoever orders it stands for them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler import clock
from scheduler.cli.main import main
from scheduler.ledger import orders, plans
from scheduler.ledger.database import Database
from scheduler.ledger.delivery import State
from tests.ledger.keeper import Keeper

WRONG, RIGHT = "Gọi 114 khi phát hiện tội phạm.", "Gọi 113 khi phát hiện tội phạm."
KEY = "thu/tin-1@once/bang-tin"
CHANNELS = """\
channels:
  - {id: bang-tin, network: feed, account: bang-tin}
"""

Loa = Callable[..., tuple[int, str]]


@pytest.fixture
def due() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def write(tmp_path: Path, due: datetime) -> Callable[[str], None]:
    """Write the campaign with this text."""
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "campaigns/channels.yaml").write_text(CHANNELS, encoding="utf-8")

    def put(text: str, more: str = "") -> None:
        words = f"""\
campaign: thu
title: Thử
approval: none
channels: [bang-tin]
messages:
  - id: tin-1
    text: {text}
    when: {{on: "{due.isoformat()}"}}
{more}"""
        (tmp_path / "campaigns/thu.yaml").write_text(words, encoding="utf-8")

    return put


@pytest.fixture
def loa(tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Loa:
    monkeypatch.setenv("LOA_DATABASE_URL", database.url)
    monkeypatch.setenv("LOA_USER", "Lan")

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["loa", "-w", str(tmp_path), *words])
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        said = capfd.readouterr()
        return int(end.value.code or 0), said.out + said.err

    return run


@pytest.fixture
def public(loa: Loa, write: Callable[[str], None], due: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loa]:
    """The command, after a wrong text went out."""
    write(WRONG)
    with monkeypatch.context() as earlier:
        earlier.setattr(clock, "now", lambda: due - timedelta(minutes=5))
        assert loa("apply")[0] == 0
    assert loa("run", "--until-idle")[0] == 0
    yield loa


def shown(tmp_path: Path) -> str:
    return (tmp_path / "var/feed/bang-tin/index.html").read_text("utf-8")


def test_the_words_of_the_file_become_public_and_the_ledger_knows_by_whom(
    public: Loa, write: Callable[[str], None], tmp_path: Path, ledger: Keeper
) -> None:
    url = ledger.row(KEY).url
    write(RIGHT)

    code, said = public("correct", "thu/tin-1", "--why", "sai số")

    assert (code, f"- {WRONG}" in said, f"+ {RIGHT}" in said) == (0, True, True)
    assert (RIGHT in shown(tmp_path), WRONG in shown(tmp_path)) == (True, False)
    row, last = ledger.row(KEY), ledger.events(KEY)[-1]
    assert (row.state, row.url, last.event, last.by, last.why) == (State.PUBLISHED, url, "correct", "Lan", "sai số")
    with ledger.database.reading() as connection:
        assert RIGHT in plans.body_of(connection, row.digest)
        assert plans.approved(connection, [plans.fingerprint(KEY, row.due_us, row.digest)])
    assert "0" in public("plan", "--json")[1]
    assert json.loads(public("correct", KEY, "--json")[1]) == []


def test_what_is_public_already_as_the_file_says_is_left_alone(public: Loa, ledger: Keeper) -> None:
    before = len(ledger.events(KEY))

    code, said = public("correct", "thu/tin-1")

    assert (code, "đã đúng như tệp chiến dịch" in said, len(ledger.events(KEY))) == (0, True, before)


def test_a_picture_cannot_be_slipped_in(public: Loa, write: Callable[..., None], tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (400, 300), "red").save(tmp_path / "a.png")
    write(RIGHT, '    images: [{file: a.png, alt: "Áp phích"}]\n')

    code, said = public("correct", "thu/tin-1")

    assert (code, "chỉ sửa được chữ" in said, WRONG in shown(tmp_path)) == (3, True, True)


def test_words_that_the_check_refuses_are_never_put_out(
    public: Loa, write: Callable[[str], None], tmp_path: Path
) -> None:
    write(f'"{RIGHT} {"x" * 100_001}"')

    assert public("correct", "thu/tin-1")[0] == 2
    assert WRONG in shown(tmp_path)


def test_a_correction_that_was_not_confirmed_is_told_until_it_is(
    public: Loa, write: Callable[[str], None], ledger: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(RIGHT)
    with monkeypatch.context() as power:

        def cut(*given: object, **more: object) -> None:
            raise KeyboardInterrupt

        power.setattr(orders, "corrected", cut)
        assert public("correct", "thu/tin-1")[0] != 0

    code, said = public("status")
    assert (code, "không rõ bài đã được sửa hay chưa" in said) == (1, True)
    write(WRONG)  # the author thinks better of it: what is public is not known to be that
    assert public("correct", KEY)[0] == 0
    assert (WRONG in shown(tmp_path), public("status")[0]) == (True, 0)


def test_what_a_person_has_corrected_by_hand_is_written_down(
    public: Loa, write: Callable[[str], None], ledger: Keeper, tmp_path: Path
) -> None:
    write(RIGHT)

    assert public("correct", KEY, "--by-hand", "--why", "sửa trên trang")[0] == 0

    with ledger.database.reading() as connection:
        assert RIGHT in plans.body_of(connection, ledger.row(KEY).digest)
    assert WRONG in shown(tmp_path)  # Loa itself has asked for nothing


def test_what_is_not_public_cannot_be_corrected(public: Loa, write: Callable[[str], None], ledger: Keeper) -> None:
    public("withdraw", KEY)
    write(RIGHT)

    assert public("correct", KEY)[0] == 2
    assert public("correct", "thu/tin-1")[0] == 0
    assert ledger.state(KEY) is State.WITHDRAWN


def test_a_correction_sets_out_what_it_says(public: Loa, write: Callable[..., None], tmp_path: Path) -> None:
    write("<b>Gọi 113</b> khi phát hiện tội phạm.", "    formatted: true\n")

    code, said = public("correct", "thu/tin-1")

    assert (code, "+ <b>Gọi 113</b> khi phát hiện tội phạm." in said) == (0, True)
    assert "<b>Gọi 113</b> khi phát hiện" in shown(tmp_path)
    write("Gọi 113 khi phát hiện tội phạm.")
    assert public("correct", "thu/tin-1")[0] == 0
    assert "<b>" not in shown(tmp_path)
