"""What is written as YAML is read back to the letter, and looks as an author would have written it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.authoring.cells import tidy
from scheduler.authoring.write_yaml import campaign_yaml
from scheduler.registers.source import open_source

AWKWARD = [
    "a: b", "#HaNoi", "- a", "* b", "&x", "*y", "!tag", "| x", "> x", "'a'", '"a"', "@a", "%a", "`a`", "a #b", "{a}", "[a]",
    "a, b", "~", "null", "true", "113", "0769", "1.5", "19:30", "2027-06-01", "  thụt", "a\n\n  b\n c", "---", "...", "?", "=1+1",
    "+84", "a\\b", "a\tb", ": ", "a:", "\\n", "😀 👨‍👩‍👧", "on", "a\n--- b", "a\n# b", "-", "y", "a\n\tb", " ", "\n", "a\n", "\na",
]  # fmt: skip


def read_back(content: str, tmp_path: Path) -> Any:
    file = tmp_path / "c.yaml"
    file.write_text(content, "utf-8")
    source = open_source(file)
    assert source.problems == [], content
    return source.values


def last_line_end(text: str) -> str:
    """A block ends with a line end that is no part of the post."""
    return text.removesuffix("\n")


@pytest.mark.parametrize("text", AWKWARD)
def test_awkward_words_are_read_back(text: str, tmp_path: Path) -> None:
    head = {"campaign": "c", "title": text, "vars": {"a": [text, {"b": text}]}, "channels": ["a", {"unit": text}]}
    values = read_back(
        campaign_yaml(head, [([text], {"id": "t", "text": text, "when": {"on": text}})], [text]), tmp_path
    )
    assert values["title"] == text
    assert last_line_end(values["messages"][0]["text"]) == last_line_end(text)
    assert values["messages"][0]["when"] == {"on": text}
    assert values["vars"] == {"a": [text, {"b": text}]}
    assert values["channels"] == ["a", {"unit": text}]


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(min_size=1))
def test_any_text_of_a_cell_is_read_back(tmp_path: Path, text: str) -> None:
    text = tidy(text)
    if text.strip():
        values = read_back(campaign_yaml({"campaign": "c"}, [([], {"id": "t", "title": text, "text": text})]), tmp_path)
        assert last_line_end(values["messages"][0]["text"]) == text
        assert values["messages"][0]["title"] == text


def test_it_looks_as_an_author_would_have_written_it() -> None:
    message = {
        "id": "tin-1", "title": "", "when": {"on": "2027-06-26 08:00"}, "text": "Một dòng.\n\nHai dòng: #HaNoi",
        "images": [{"file": "images/a.png", "alt": "Áp phích: 113"}],
    }  # fmt: skip
    head = {"campaign": "thu", "title": "Thử nghiệm", "channels": ["a", {"unit": "ha-noi", "below": True}]}
    assert campaign_yaml(head, [(["Kế hoạch!A5:F5"], message)], ["# yaml-language-server: $schema=x.json"]) == dedent(
        """\
        # yaml-language-server: $schema=x.json
        campaign: thu
        title: Thử nghiệm
        channels: [a, {unit: ha-noi, below: true}]
        messages:
          # Kế hoạch!A5:F5
          - id: tin-1
            when: {on: "2027-06-26 08:00"}
            text: |
              Một dòng.

              Hai dòng: #HaNoi
            images: [{file: images/a.png, alt: "Áp phích: 113"}]
        """
    )
