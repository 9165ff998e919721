"""A YAML file read as text: limits, lines, and words for whatever the parser or pydantic finds wrong."""

from __future__ import annotations

import time
import unicodedata
from pathlib import Path

import pytest

from scheduler.registers.source import Source, open_source
from tests.authoring.desk import Desk

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


def opened(folder: Path, content: str | bytes) -> Source:
    file = folder / "a.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_source(file, Path("a.yaml"))


def refused(folder: Path, content: str | bytes) -> str:
    source = opened(folder, content)
    assert source.values is None
    [problem] = source.problems
    return str(problem)


@pytest.mark.parametrize(
    "content",
    [BOMB, "[" * 100_000, "{a: " * 5000, "- " * 1900 + "a", "[" * 30 + "]" * 30],
    ids=["bomb", "open", "pairs", "dashes", "closed"],
)
def test_a_file_built_to_harm_is_refused_at_once(tmp_path: Path, content: str) -> None:
    began = time.process_time()

    words = refused(tmp_path, content)

    assert "từ chối đọc" in words
    assert time.process_time() - began < 2


def test_a_huge_file_is_not_even_read(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    with file.open("wb") as opened:
        opened.truncate(50_000_000)

    assert "quá lớn (50 MB" in str(open_source(file).problems[0])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "a.yaml:1: tệp trống"),
        (b"# x\n", "a.yaml:1: tệp trống"),
        (b"a: \xe0\n", "không phải UTF-8"),
        ("a: à".encode("utf-16"), "không phải UTF-8"),
        (b"a: b\n\tc: d\n", "a.yaml:2: YAML sai ở đây: có phím Tab"),
        (b"a: b\nc: d\0e\n", "a.yaml:2: YAML sai ở đây: có ký tự điều khiển"),
        (b"a: Ma tuy: biet de tranh\n", 'có dấu ": "'),
        (b'a: "b\n', "thiếu dấu ngoặc kép đóng"),
        (b"a: @b\n", "phải đặt trong ngoặc kép"),
        (b"a: *b\n", '"*b" là bí danh chưa có'),
        (b"a: &x [*x]\n", '"*x" là bí danh chưa có'),
        (b'a: "b" c\n', "đặt cả câu trong một cặp ngoặc kép"),
        (b"a: [b\n", "YAML sai ở đây"),
        (b"a:\n  - b\n c: d\n", "a.yaml:3: YAML sai ở đây: thụt đầu dòng"),
        (b"? [a]\n: b\n", "khoá phải là chữ"),
        (b"a: b\n---\nc: d\n", "a.yaml:2: --- chia tệp làm hai"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_why(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in refused(tmp_path, content)


def test_the_parsers_english_is_never_shown(tmp_path: Path) -> None:
    broken = ["a: [b\n", "a: }\n", "a: {b: c\n", "a: - b\n", "%YAML 9\n---\na: b\n", "a: &\n", "a: ?\n", 'a: "\\q"\n']

    words = " ".join(refused(tmp_path, content) for content in broken)

    assert not {"expected", "found", "while", "allowed", "not"} & set(words.split())


def test_scalars_stay_what_was_written(tmp_path: Path) -> None:
    source = opened(tmp_path, "text: 113\nat: 19:30\nid: 0156\nyes: on\nday: 2027-06-01\nnone: ~\nquoted: '~'\n")

    assert source.values == {
        "text": "113", "at": "19:30", "id": "0156", "yes": "on", "day": "2027-06-01", "none": None, "quoted": "~",
    }  # fmt: skip


def test_bom_line_ends_and_composed_letters_are_made_plain(tmp_path: Path) -> None:
    source = opened(
        tmp_path, b"\xef\xbb\xbf" + unicodedata.normalize("NFD", "a: Hà Nội\r\nb: |\r\n  x\r\n  y\r\n").encode()
    )

    assert source.values == {"a": "Hà Nội", "b": "x\ny\n"}
    assert source.line(("b",)) == 2


def test_an_alias_is_followed_and_its_mistakes_stand_where_it_is_used(tmp_path: Path) -> None:
    source = opened(tmp_path, "a: &x {k: v}\nb: *x\n")

    assert source.values == {"a": {"k": "v"}, "b": {"k": "v"}}
    assert source.line(("b", "k")) == 2


def test_a_key_written_twice_names_the_first_line(tmp_path: Path) -> None:
    source = opened(tmp_path, "a: 1\nb: 2\na: 3\n")

    assert [str(p) for p in source.problems] == ["a.yaml:3: a: khoá này đã viết ở dòng 1"]
    assert source.values == {"a": "1", "b": "2"}


def test_a_control_character_in_quotes_is_a_problem(tmp_path: Path) -> None:
    source = opened(tmp_path, 'a: "b\\0c"\n')

    assert "ký tự điều khiển" in str(source.problems[0])


def test_a_hashtag_lost_to_a_comment_is_a_warning(tmp_path: Path) -> None:
    source = opened(tmp_path, 'a: Chung tay #HaNoi\nb: "x #HaNoi"\nc: d  # lời ghi\n')

    [problem] = source.problems
    assert problem.warning
    assert str(problem).startswith('a.yaml:1: a: "#HaNoi" bị coi là ghi chú')


@pytest.mark.parametrize("content", ["- a\n- b\n", "abc\n", "5\n"])
def test_a_campaign_that_is_no_pairs_is_said_so(desk: Desk, content: str) -> None:
    [words] = desk.says(content)

    assert words.startswith("c.yaml:1: phải là các cặp khoá: giá trị")


def test_an_unreadable_file_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    assert "không đọc được" in str(open_source(tmp_path / "gone.yaml").problems[0])


def test_one_entry_that_stands_for_a_list_of_one_keeps_its_lines(tmp_path: Path) -> None:
    source = opened(tmp_path, "a:\n  b: 1\n  c: 2\nd: [5, 6]\n")

    assert [source.line(path) for path in (("a", 0, "c"), ("a", 0, "x"), ("d", 7), ("x", 0, "a"), ())] == [
        3,
        1,
        4,
        1,
        1,
    ]
