"""The schemas for editors: what the reader takes they take, and a wrong key or a wrong kind of value is red."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from scheduler.authoring.schema import FILES, editor_line, schema, write_schemas
from scheduler.registers.source import open_source
from tests.authoring import test_loader

HOUSE = Path(__file__).resolve().parent.parent.parent
SHIPPED = sorted(
    file for folder in ("campaigns", "scheduler/starter", "tests/smallest") for file in (HOUSE / folder).rglob("*.yaml")
)
MARKED = re.compile(r"\A# yaml-language-server: \$schema=\.schema/(\w+)\.json\n")


class EditorLoader(yaml.SafeLoader):
    """Reads YAML as editors do (YAML 1.2): dates and times are text, numbers and true/false are not."""


EditorLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("null", r"~|null|", ["~", "n", ""]),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?[0-9]+\.[0-9]+", "-+0123456789"),
):
    EditorLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first))
EditorLoader.add_constructor("tag:yaml.org,2002:int", lambda _, node: int(node.value))


def _named(value: Any) -> Any:
    """Return the values with every key as text, as editors hold them."""
    if isinstance(value, dict):
        return {str(key): _named(entry) for key, entry in value.items()}
    return [_named(entry) for entry in value] if isinstance(value, list) else value


def red(kind: str, content: str) -> list[str]:
    """Return what an editor marks in a file."""
    values = _named(yaml.load(content, EditorLoader))
    return [error.message for error in Draft7Validator(schema(kind)).iter_errors(values)]


def kind_of(file: Path) -> str:
    return file.stem if file.stem in FILES else "campaign"


def about(lines: str) -> str:
    """Return a campaign of one message with these lines, and with what they lack."""
    given = [line.split(":")[0] for line in lines.splitlines()]
    rest = {"id": "id: t", "text": "text: x", "when": "when: {on: '2027-06-01 08:00'}"}
    if {"text", "template"} & set(given):
        del rest["text"]
    wanted = [*lines.splitlines(), *(line for key, line in rest.items() if key not in given)]
    return "campaign: c\nchannels: [b]\nmessages:\n  -\n" + "".join(f"    {line}\n" for line in wanted)


@pytest.mark.parametrize("file", [f for f in SHIPPED if "models" not in f.parts], ids=lambda file: file.name)
def test_what_we_ship_is_not_red(file: Path) -> None:
    assert (
        red(kind_of(file), file.read_text("utf-8").replace("$day", "2027-06-01").replace("$until", "2027-06-30")) == []
    )


@pytest.mark.parametrize(
    "file", [f for f in SHIPPED if not {"models", "smallest"} & set(f.parts)], ids=lambda file: file.name
)
def test_what_we_ship_tells_editors_its_schema(file: Path) -> None:
    marked = MARKED.match(file.read_text("utf-8"))
    assert marked is not None
    assert marked[1] == kind_of(file)


@pytest.mark.parametrize("sample", re.findall(r"^```yaml\n(campaign: .*?)^```", (HOUSE / "docs/huong-dan.md").read_text("utf-8"), re.M | re.S))  # fmt: skip
def test_the_samples_of_the_guide_are_not_red(sample: str) -> None:
    assert red("campaign", sample) == []


GOOD = [
    "channels: bang-tin",
    "channels: {label: city}",
    "channels: [bang-tin, {unit: ha-noi, below: true}]",
    "words: {masto: x, bsky: {template: a.j2, vars: {b: [1, 2]}}}",
    "title: 2027",
    "id: 113",
    "late_after: 30m\nspread: 1h\nclass: emergency\ntags: [a, b]\nwaive: {luat: đã hỏi}",
    'when: {every: day, at: "19:30"}',
    'when: {every: [t2, cn], at: ["7:30", 19h30], from: 2027-06-01, until: 30/6/2027}',
    'when: {before: 26/6, days: 5, at: 8h}',
    'when: {before: 26/6/2027, days: ["10", 0], at: "07:00"}',
    'when: {on: "2027-06-01T08:00:00+07:00"}',
    "images: [{file: a.png, alt: x}]",
    "template: a.j2\nvars: {b: x}",
]  # fmt: skip


@pytest.mark.parametrize("lines", GOOD)
def test_every_short_form_is_taken(lines: str, tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(about(lines), "utf-8")
    source = open_source(file)
    assert source.read(FILES["campaign"][0]) is not None, source.problems  # the reader takes it
    assert red("campaign", about(lines)) == []


def refused_by_the_reader() -> Iterator[str]:
    kinds = ("không có khoá này", "phải là", "không phải", "không đúng (chọn", "quá lớn", "quá nhỏ", "làm mã")
    beyond = ("2027-02-29", "0001-01-01", "31/6", "25:00", "tus", "masto")  # no such day, and not a matter of form
    [mark] = test_loader.test_a_mistake_in_a_message_is_one_sentence_with_its_line.pytestmark  # type: ignore[attr-defined]
    for lines, words in mark.args[1]:
        if any(kind in words for kind in kinds) and not any(part in lines for part in beyond):
            yield lines


@pytest.mark.parametrize("lines", list(refused_by_the_reader()))
def test_what_the_reader_refuses_for_its_keys_or_kinds_is_red(lines: str) -> None:
    assert red("campaign", about(lines)) != []


@pytest.mark.parametrize("lines", ["words: {masto: {txt: x}}", "txt: x", "channels: [[a]]", "text: [a]", "vars: a"])
def test_keys_and_kinds_are_red_within_what_may_be_short(lines: str) -> None:
    assert red("campaign", about(lines)) != []


HEADS = [
    "programme: ma-tuy-2030",
    "programme: [ma-tuy-2030, 138]",
    "basis: Kế hoạch 86/KH-UBND ngày 02/4/2025",
    "basis: {number: 86/KH-UBND, date: 2025-04-02, signer: A, issuer: B, title: 2027}",
    "basis: [Kế hoạch 1/KH, {document: Kế hoạch 2/KH}]",
    "head: {name: A, title: B}",
    'targets: [{name: A, value: 100, unit: "%", by: 2030}, {name: A, value: "2,5", unit: bài, by: 30/6/2027}]',
    "targets: [{name: A, value: 2.5, unit: bài, by: 2027-06-30}, {name: A, value: 1.200.000, unit: lượt, by: 2027}]",
]


@pytest.mark.parametrize("head", HEADS)
def test_every_form_of_what_a_campaign_stands_on_is_taken(head: str, tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(f"{head}\n{about('')}", "utf-8")
    source = open_source(file)
    assert source.read(FILES["campaign"][0]) is not None, source.problems  # the reader takes it
    assert red("campaign", file.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "head",
    [
        "programme: {id: a}",
        "basis: {numbr: 1/KH}",
        "basis: [[a]]",
        "head: A",
        "targets: [{name: A, value: ít nhất 2, unit: bài, by: 2030}]",
        "targets: [{name: A, value: 2, by: 2030}]",
        "targets: [{name: A, value: 2, unit: bài, by: cuối năm}]",
    ],
)
def test_a_wrong_form_of_what_a_campaign_stands_on_is_red(head: str, tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(f"{head}\n{about('')}", "utf-8")
    assert open_source(file).read(FILES["campaign"][0]) is None
    assert red("campaign", file.read_text("utf-8")) != []


@pytest.mark.parametrize(
    "entry",
    [
        "{id: a, network: feed, acount: a}",
        "{id: a, network: feed}",
        "{id: [a], network: feed, account: a}",
        "{id: a, network: feed, account: a, credentials: {x: secret}}",
        "{id: a, network: feed, account: a, pace: {per_day: 0}}",
        "{id: a, network: feed, account: a, pace: 5}",
        "a",
    ],
)
def test_a_wrong_channel_is_red(entry: str) -> None:
    assert red("channels", f"channels: [{entry}]") != []


def described(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    for name, value in node.get("properties", {}).items():
        yield f"{path}.{name}", value.get("description", "")
    for name, value in node.get("$defs", {}).items():
        yield from described(value, f"{path}/{name}")


@pytest.mark.parametrize("kind", FILES)
def test_every_key_is_described_in_vietnamese(kind: str) -> None:
    told = dict(described(schema(kind), kind))
    assert len(told) > 1
    assert [key for key, words in told.items() if words.isascii()] == []


def test_an_editor_finds_the_schema_from_any_folder(tmp_path: Path) -> None:
    campaigns = tmp_path / "campaigns"
    assert editor_line(campaigns, campaigns / "a.yaml").endswith("$schema=.schema/campaign.json")
    assert editor_line(campaigns, campaigns / "2027/a.yaml").endswith("$schema=../.schema/campaign.json")
    assert {file.name for file in write_schemas(campaigns)} == {f"{kind}.json" for kind in FILES}
