"""`loa units`: the tree, who has no channel, the groups; on any day; for people and for machines."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from scheduler import clock
from scheduler.cli.main import app
from scheduler.errors import CampaignError, LoaError, NotFoundInLedger, SettingsError

UNITS = """\
units:
  - {id: ha-noi, name: Thành phố Hà Nội, kind: city}
  - {id: lang, name: Phường Láng, kind: ward, parent: ha-noi, code: 00187, valid_from: 2025-07-01}
  - {id: ba-dinh, name: Phường Ba Đình, kind: ward, parent: ha-noi, valid_from: 2025-07-01}
  - {id: to-1, name: Tổ 1, parent: ba-dinh, valid_from: 2025-07-01}
  - {id: quan, name: Quận Đống Đa, kind: district, parent: ha-noi, valid_to: 2025-07-01, successors: [lang]}
groups:
  phuong: {name: Mọi phường, kind: ward, below: ha-noi}
"""
CHANNELS = """\
channels:
  - {id: a, network: feed, account: a, unit: ha-noi}
  - {id: b, network: feed, account: b, unit: ba-dinh}
"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(clock, "now", lambda: datetime(2027, 1, 1, tzinfo=UTC))
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "campaigns/units.yaml").write_text(UNITS, encoding="utf-8")
    (tmp_path / "campaigns/channels.yaml").write_text(CHANNELS, encoding="utf-8")
    return tmp_path


def loa(workspace: Path, *words: str) -> str:
    result = CliRunner().invoke(app, ["-w", str(workspace), "units", *words])
    if isinstance(result.exception, LoaError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def listed(workspace: Path, *words: str) -> Any:
    return json.loads(loa(workspace, *words, "--json"))


def test_the_tree_is_sorted_and_counts_channels(workspace: Path) -> None:
    rows = listed(workspace)["units"]

    assert [(row["id"], row["depth"], row["channels"], row["channels_below"]) for row in rows] == [
        ("ha-noi", 0, ["a"], 1),
        ("ba-dinh", 1, ["b"], 0),
        ("to-1", 2, [], 0),
        ("lang", 1, [], 0),
    ]


def test_people_see_who_has_no_channel(workspace: Path) -> None:
    said = loa(workspace)

    assert "4 đơn vị: 2 có kênh, 2 chưa có kênh (dấu –)" in said
    assert "1 đơn vị khác không có hiệu lực ngày 2027-01-01" in said
    assert "phuong: Mọi phường (2 đơn vị, 1 chưa có kênh)" in said
    [row] = [line for line in said.splitlines() if "Phường Láng" in line]
    assert row.split() == ["–", "Phường", "Láng", "lang", "phường", "00187", "0", "từ", "2025-07-01"]


def test_another_day_has_other_units(workspace: Path) -> None:
    found = listed(workspace, "--on", "30/6/2025")

    assert (found["on"], [row["id"] for row in found["units"]]) == ("2025-06-30", ["ha-noi", "quan"])


def test_one_group_is_its_members(workspace: Path) -> None:
    found = listed(workspace, "--group", "phuong")

    assert [row["id"] for row in found["units"]] == ["ba-dinh", "lang"]
    assert found["groups"] == [
        {"id": "phuong", "name": "Mọi phường", "units": ["ba-dinh", "lang"], "without_channel": ["lang"]}
    ]


def test_what_is_not_there_is_said_so(workspace: Path) -> None:
    with pytest.raises(NotFoundInLedger, match='không có nhóm "phuon"; ý bạn là "phuong"'):
        loa(workspace, "--group", "phuon")
    with pytest.raises(SettingsError, match='--on: "31/2/2026" không phải ngày có thật'):
        loa(workspace, "--on", "31/2/2026")
    (workspace / "campaigns/units.yaml").write_text("units: [{id: a}]\n")
    with pytest.raises(CampaignError, match="thiếu khoá này"):
        loa(workspace)
    (workspace / "campaigns/units.yaml").unlink()
    with pytest.raises(SettingsError, match=r"chưa có campaigns/units\.yaml"):
        loa(workspace)
