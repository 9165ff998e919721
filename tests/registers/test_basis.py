"""The basis: documents as public bodies name them, read with their number and date."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import BaseModel

from scheduler.registers.basis import Bases, Basis


class Held(BaseModel):
    """What has a basis."""

    basis: Bases


def one(value: object) -> Basis:
    [basis] = Held.model_validate({"basis": value}).basis
    return basis


@pytest.mark.parametrize(
    ("written", "number", "day"),
    [
        ("Kế hoạch 86/KH-UBND ngày 02/4/2025", "86/KH-UBND", date(2025, 4, 2)),
        ("Quyết định số 93/2001/QĐ-TTg ngày 13 tháng 6 năm 2001 của Thủ tướng", "93/2001/QĐ-TTg", date(2001, 6, 13)),
        ("Chỉ thị 36-CT/TW ngày 16/8/2019 của Bộ Chính trị", "36-CT/TW", date(2019, 8, 16)),
        ("Luật Phòng, chống ma túy số 120/2025/QH15", "120/2025/QH15", None),
        ("Kế hoạch công tác năm 2027", "", None),
    ],
)
def test_a_text_alone_is_read_as_people_name_documents(written: str, number: str, day: date | None) -> None:
    basis = one(written)

    assert (basis.document, basis.number, basis.date) == (written, number, day)
    assert basis.named == written


def test_what_is_written_by_itself_wins_over_the_text() -> None:
    basis = one({"document": "Kế hoạch 86/KH-UBND", "number": "87/KH-UBND", "date": "3/4/2025"})

    assert (basis.number, basis.date, basis.named) == (
        "87/KH-UBND",
        date(2025, 4, 3),
        "Kế hoạch 86/KH-UBND ngày 03/4/2025",
    )


def test_a_document_is_named_with_its_day_and_its_signer() -> None:
    basis = one({"number": "358/KH-UBND", "date": "2025-12-23", "signer": "Trần Thị B, Phó Chủ tịch"})

    assert basis.named == "358/KH-UBND ngày 23/12/2025 (Trần Thị B, Phó Chủ tịch ký)"


@pytest.mark.parametrize(("number", "key"), [("93/2001/QÐ-TTg", "93/2001/qd-ttg"), ("Luật số 120/2025/qh15", "120/2025/qh15"), ("36-CT/TW", ""), ("086/KH-UBND", "86/kh-ubnd")])  # fmt: skip
def test_numbers_are_compared_as_the_register_of_laws_does(number: str, key: str) -> None:
    assert one({"number": number}).key == key


def test_several_documents_are_a_list() -> None:
    assert len(Held.model_validate({"basis": ["Kế hoạch 1/KH", {"number": "2/KH"}]}).basis) == 2
