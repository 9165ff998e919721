"""`loa days`: what a person and a machine read of the register of days."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scheduler.cli import main as command
from tests.authoring.desk import CHANNELS

DAYS = """\
days:
  - {id: tet, name: Mùng 1 Tết, lunar: 1/1, confidence: high, source: Phong tục}
  - {id: mua-phao, name: Cao điểm, from: 1/11, to: 15/1 âm}
  - {id: thang-pcmt, name: Tháng hành động, month: 6, themes: {2027: {city: Chung một quyết tâm}}}
holidays:
  - {id: quoc-khanh, name: Quốc khánh, date: 2/9}
mourning:
  - {from: 2027-05-24, until: 2027-05-25, basis: Thông báo 1}
caps: {per_channel_per_day: 3}
"""

Loa = Callable[..., tuple[int, str]]


@pytest.fixture
def loa(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Loa:
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "campaigns/channels.yaml").write_text(CHANNELS, "utf-8")

    def run(days: str | None, *words: str) -> tuple[int, str]:
        if days is not None:
            (tmp_path / "campaigns/days.yaml").write_text(days, "utf-8")
        monkeypatch.setattr(sys, "argv", ["loa", "-w", str(tmp_path), "days", *words])
        with pytest.raises(SystemExit) as ended:
            command.main()
        return int(ended.value.code or 0), capsys.readouterr().out

    return run


def test_a_person_reads_dates_with_the_moon_and_the_themes(loa: Loa) -> None:
    code, said = loa(DAYS, "--year", "2027")

    assert code == 0
    assert "06/02/2027 thứ Bảy" in said and "Chung một quyết tâm" in said
    assert "01/11/2026 - 20/02/2027" in said and "01/11/2027 - 09/02/2028" in said  # both reach into the year
    assert "Quốc khánh" in said and "yên tĩnh 22:00-06:00" in said and "24/05/2027 - 25/05/2027" in said


def test_a_machine_reads_the_same(loa: Loa) -> None:
    code, said = loa(DAYS, "--year", "2027", "--json")
    read = json.loads(said)

    assert code == 0
    assert [day["id"] for day in read["days"]] == ["mua-phao", "tet", "thang-pcmt", "mua-phao"]
    assert read["days"][1] == {
        "id": "tet", "name": "Mùng 1 Tết", "from": "2027-02-06", "to": "2027-02-06", "lunar": "1/1", "confidence": "high",
        "source": "Phong tục", "checked_on": None, "checked_by": "", "themes": {},
    }  # fmt: skip
    assert read["days"][2]["themes"] == {"nation": "", "city": "Chung một quyết tâm"}
    assert read["holidays"][0]["from"] == "2027-09-02"
    assert read["quiet_hours"] == {"ordinary": "22:00-06:00", "priority": "23:00-05:00", "emergency": None}
    assert read["caps"] == {"per_channel_per_day": 3}


def test_without_the_register_the_missing_file_is_named(loa: Loa) -> None:
    assert loa(None) == (0, "chưa có campaigns/days.yaml\n")


def test_a_wrong_register_is_not_shown_but_mended(loa: Loa) -> None:
    code, said = loa("days: [{id: a, name: A, date: 31/6}]\n")

    assert code == 2
    assert "days.yaml:1: lỗi: days.0.date" in said
