"""Films on YouTube from the command line: a cover that is refused, and corrections whose answers are lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from PIL import Image

from scheduler import clock
from scheduler.ledger.database import Database
from scheduler.ledger.delivery import State
from scheduler.posting import in_public
from tests.cli.conftest import Loa
from tests.composing.films import film
from tests.fakes import YouTubeFake
from tests.fakes.server import Fault, running
from tests.fakes.youtube import CHANNEL
from tests.ledger.keeper import Keeper

KEY = "thu/tin-1@once/phim"
WRONG, RIGHT = "Gọi 114 khi phát hiện tội phạm.", "Gọi 113 khi phát hiện tội phạm."

Out = Callable[..., None]


@pytest.fixture
def fake() -> Iterator[YouTubeFake]:
    with running(fake := YouTubeFake()):
        yield fake


@pytest.fixture
def write(workspace: Path, fake: YouTubeFake, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Write the campaign with this text, due now."""
    monkeypatch.undo()  # the daemon needs a clock that goes on
    due = datetime.now(UTC).replace(microsecond=0)
    film(workspace / "a.mp4")
    Image.new("RGB", (1280, 720), "red").save(workspace / "bia.png")
    (workspace / "campaigns/channels.yaml").write_text(
        f"""\
channels:
  - id: phim
    network: youtube
    account: {CHANNEL}
    base_url: {fake.url}
    credentials: {{client_id: env:YT_ID, client_secret: env:YT_SECRET, refresh_token: env:YT_REFRESH}}
    options: {{hours_ahead: "0"}}
""",
        "utf-8",
    )

    def put(text: str) -> None:
        (workspace / "campaigns/thu.yaml").write_text(
            f"""\
campaign: thu
title: Thử
approval: none
channels: [phim]
cover: {{file: bia.png, alt: Bìa}}
messages:
  - id: tin-1
    title: Biết để tránh
    text: {text}
    video: {{file: a.mp4, alt: Phim}}
    when: {{on: "{due.isoformat()}"}}
""",
            "utf-8",
        )

    return put


@pytest.fixture
def public(
    loa: Loa, write: Callable[[str], None], fake: YouTubeFake, database: Database, monkeypatch: pytest.MonkeyPatch
) -> Out:
    """Let the film go out with a wrong text."""
    for name, value in {
        "LOA_DATABASE_URL": database.url,
        "LOA_USER": "Lan",
        "LOA_VAULT_KEY": Fernet.generate_key().decode(),
        "YT_ID": fake.client_id,
        "YT_SECRET": fake.client_secret,
        "YT_REFRESH": fake.first_refresh,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(in_public, "PAUSE", timedelta(0))
    write(WRONG)

    def go_out(ends_with: int = 0) -> None:
        with monkeypatch.context() as earlier:
            earlier.setattr(clock, "now", lambda: datetime.now(UTC) - timedelta(minutes=5))
            assert loa("apply")[0] == 0
        assert loa("run", "--until-idle")[0] == ends_with

    return go_out


def test_a_film_whose_cover_is_refused_is_public_and_a_person_is_told_until_it_was_mended(
    loa: Loa, public: Out, fake: YouTubeFake, ledger: Keeper
) -> None:
    fake.verified = False

    public(1)

    assert (ledger.state(KEY), len(fake.public), fake.requests["insert"]) == (State.PUBLISHED, 1, 1)
    code, said = loa("status")
    assert (code, "youtube.com/verify" in said, f"loa correct '{KEY}' --by-hand" in said) == (1, True, True)
    assert json.loads(loa("correct", KEY, "--json")[1]) == []  # Loa itself can mend nothing there
    assert "youtube.com/verify" in loa("status")[1]
    assert loa("correct", KEY, "--by-hand", "--why", "đặt bìa trong Studio")[0] == 0
    assert loa("status")[0] == 0


def test_a_film_with_its_cover_needs_nobody(loa: Loa, public: Out, fake: YouTubeFake) -> None:
    public()

    [id] = fake.there
    assert (bool(fake.films[id]["cover"]), loa("status")[0]) == (True, 0)


def test_a_correction_whose_answers_are_lost_is_told_until_it_is_settled(
    loa: Loa, public: Out, write: Callable[[str], None], fake: YouTubeFake, ledger: Keeper
) -> None:
    public()
    write(RIGHT)
    fake.corrections = [Fault("500_after", times=in_public.TRIES)]

    assert loa("correct", "thu/tin-1")[0] == 1

    assert fake.public[0].text == RIGHT  # and we do not know
    code, said = loa("status")
    assert (code, "không rõ bài đã được sửa hay chưa" in said) == (1, True)
    assert loa("correct", "thu/tin-1")[0] == 0
    assert (loa("status")[0], fake.requests["insert"], len(fake.public)) == (0, 1, 1)
    assert loa("plan", "--json")[0] == 0


def test_a_correction_that_is_heard_at_the_second_asking_is_done(
    loa: Loa, public: Out, write: Callable[[str], None], fake: YouTubeFake, ledger: Keeper
) -> None:
    public()
    write(RIGHT)
    fake.corrections = [Fault("lost")]

    assert loa("correct", "thu/tin-1")[0] == 0

    assert ([post.text for post in fake.public], loa("status")[0]) == ([RIGHT], 0)
