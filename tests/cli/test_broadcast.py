"""`loa approve` says yes to articles and to broadcasts apart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from scheduler.ledger.database import Database
from tests.cli.conftest import Loa

CHANNELS = """\
channels:
  - {id: oa, network: zalo, account: "1", credentials: {app_id: env:A, app_secret: env:A}}
  - {id: gui, network: zalo_broadcast, account: "1", options: {of: oa}}
"""
CAMPAIGN = """\
campaign: c
channels: [oa, gui]
messages:
  - {id: tin, text: Xin chào, images: [{file: a.png, alt: x}], when: {on: "2026-12-01 08:00"}}
"""


@pytest.fixture
def planned(loa: Loa, workspace: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> Loa:
    monkeypatch.setenv("LOA_DATABASE_URL", database.url)
    (workspace / "campaigns/channels.yaml").write_text(CHANNELS, "utf-8")
    (workspace / "campaigns/c.yaml").write_text(CAMPAIGN, "utf-8")
    Image.new("RGB", (8, 8)).save(workspace / "a.png")
    assert loa("apply")[0] == 0
    return loa


def states(loa: Loa) -> dict[str, str]:
    return {row["channel"]: row["state"] for row in json.loads(loa("deliveries", "--json")[1])}


def test_who_approves_articles_has_not_approved_their_broadcasts(planned: Loa) -> None:
    code, said = planned("approve", "c", "--by", "Minh")

    assert code == 0 and "loa approve c --broadcast" in said
    assert states(planned) == {"oa": "scheduled", "gui": "held"}


def test_broadcasts_are_approved_by_themselves(planned: Loa) -> None:
    code, said = planned("approve", "c", "--broadcast", "--by", "Minh")

    assert code == 0 and "GỬI TỚI NGƯỜI QUAN TÂM" in said and "Xin chào" in said
    assert states(planned) == {"oa": "held", "gui": "scheduled"}


def test_when_only_the_others_wait_it_says_how_they_are_approved(planned: Loa) -> None:
    planned("approve", "c", "--by", "Minh")

    code, said = planned("approve", "c", "--by", "Minh")

    assert code == 2 and "loa approve c --broadcast" in said


def test_a_broadcast_asks_its_channel_for_the_consent(planned: Loa, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A", "x")
    code, said = planned("login", "gui")

    assert code == 2 and "loa login oa" in said
