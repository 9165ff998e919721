"""The units that we ship: Hà Nội with all its wards and communes, and the pilot's five."""

from __future__ import annotations

import unicodedata
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from scheduler.registers.units import Units
from scheduler.registers.units_file import read_units

FILE = Path(__file__).resolve().parents[2] / "campaigns" / "units.yaml"
FIRST_DAY = date(2025, 7, 1)


@pytest.fixture(scope="module")
def units() -> Units:
    found, problems = read_units(FILE, Path("campaigns/units.yaml"))
    assert problems == []
    return found


def test_there_are_51_wards_and_75_communes(units: Units) -> None:
    wards, communes = units.group("tat-ca-phuong", FIRST_DAY), units.group("tat-ca-xa", FIRST_DAY)

    assert (len(wards), len(communes), len(units.group("phuong-xa", FIRST_DAY))) == (51, 75, 126)
    assert all(unit.name.startswith("Phường ") for unit in wards)
    assert all(unit.name.startswith("Xã ") for unit in communes)
    assert units.below("ha-noi") == units.members("phuong-xa") | {"ha-noi"}


def test_nothing_stands_twice_and_every_entry_has_its_code(units: Units) -> None:
    for what in ("id", "name", "code"):
        counted = Counter(getattr(unit, what) for unit in units.entries)
        assert len(counted) == 127 and "" not in counted, what
    assert {len(unit.code) for unit in units.entries if unit.id != "ha-noi"} == {5}
    assert all(unicodedata.is_normalized("NFC", unit.name) for unit in units.entries)


def test_the_former_ha_dong_is_five_wards(units: Units) -> None:
    five = [unit.name.removeprefix("Phường ") for unit in units.group("ha-dong-cu")]

    assert five == ["Dương Nội", "Hà Đông", "Kiến Hưng", "Phú Lương", "Yên Nghĩa"]


def test_the_wards_exist_from_the_first_day_only(units: Units) -> None:
    assert [unit.id for unit in units.valid_on(date(2025, 6, 30))] == ["ha-noi"]
    assert len(units.valid_on(FIRST_DAY)) == 127


@pytest.mark.parametrize("group", ["tat-ca-phuong", "tat-ca-xa"])
def test_the_file_is_sorted_as_a_vietnamese_list(units: Units, group: str) -> None:
    members = units.members(group)

    assert [unit.id for unit in units.group(group)] == [unit.id for unit in units.entries if unit.id in members]
    assert len(members) > 50


def test_what_the_office_must_fill_in_is_not_invented(units: Units) -> None:
    assert not any(unit.duty_phone or unit.head.name or unit.collection_points for unit in units.entries)
    assert all(unit.source and unit.checked_on for unit in units.entries)
