"""The place and the time are taken out of a film, and not a byte of its pictures is touched."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from scheduler.composing.boxes import AT_ONCE, Blank, Damaged, blanks, boxes, starts_with_index, without
from tests.composing.films import PLACE, SMALL, film, of_a_phone


def as_sent(file: Path) -> bytes:
    with file.open("rb") as opened:
        return b"".join(without(opened, blanks(opened, file.stat().st_size)))


@pytest.mark.parametrize("tracked", [False, True])
def test_a_phones_film_says_its_place_no_more(tmp_path: Path, tracked: bool) -> None:
    file = of_a_phone(tmp_path / "phone.mov", tracked=tracked)
    assert file.read_bytes().count(PLACE) == (7 if tracked else 3)
    sent = as_sent(file)
    assert PLACE not in sent and b"2026" not in sent
    assert len(sent) == file.stat().st_size


def test_not_a_byte_of_the_pictures_is_touched(tmp_path: Path) -> None:
    file = of_a_phone(tmp_path / "phone.mov", tracked=True)
    pictures = SMALL.read_bytes().partition(b"mdat")[2]
    assert pictures in as_sent(file)


def test_what_is_left_is_a_film_of_the_same_measures(tmp_path: Path) -> None:
    from scheduler.composing.footage import read_footage

    file = of_a_phone(tmp_path / "phone.mov", tracked=True)
    (tmp_path / "sent.mov").write_bytes(as_sent(file))
    assert read_footage(tmp_path / "sent.mov") == read_footage(file)


def test_the_moment_of_a_film_is_not_told(tmp_path: Path) -> None:
    dated = bytearray(SMALL.read_bytes())
    at = dated.index(b"mvhd") + 8
    dated[at : at + 8] = b"\xe1\xe2\xe3\xe4\xe5\xe6\xe7\xe8"
    (tmp_path / "dated.mp4").write_bytes(dated)
    assert b"\xe1\xe2\xe3\xe4" not in as_sent(tmp_path / "dated.mp4")


def test_a_part_that_lies_across_two_pieces_is_blanked_whole() -> None:
    file = io.BytesIO(b"x" * (2 * AT_ONCE + 10))
    sent = b"".join(without(file, [Blank(3, 4, b"free"), Blank(AT_ONCE - 5, 10), Blank(AT_ONCE + 100, AT_ONCE - 95)]))
    assert sent[:9] == b"xxxfreexx"
    assert sent[AT_ONCE - 6 : AT_ONCE + 6] == b"x" + bytes(10) + b"x"
    assert sent[AT_ONCE + 99 : AT_ONCE + 101] == b"x\0" and sent.endswith(b"\0xxxxx")
    assert len(sent) == 2 * AT_ONCE + 10


def test_the_index_stands_first_or_last(tmp_path: Path) -> None:
    for file, first in ((SMALL, True), (of_a_phone(tmp_path / "phone.mov"), False)):
        with file.open("rb") as opened:
            assert starts_with_index(opened, file.stat().st_size) == first


def test_a_film_that_breaks_off_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(Damaged):
        list(boxes(io.BytesIO(SMALL.read_bytes()[:9000]), 0, 9000))


def test_a_large_hole_is_read_piece_by_piece(tmp_path: Path) -> None:
    file = film(tmp_path / "long.mp4", padded_to=3 * AT_ONCE)
    with file.open("rb") as opened:
        pieces = list(without(opened, blanks(opened, file.stat().st_size)))
    assert [len(piece) for piece in pieces] == [AT_ONCE] * 3
