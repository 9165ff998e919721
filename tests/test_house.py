"""The house is in order: the map is whole, what is derived is fresh, what we ship checks clean."""

from __future__ import annotations

import ast
import json
import re
import shutil
import sys
import tomllib
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

import scheduler
from docs.derived import derived
from scheduler import clock
from scheduler.channels.registry import NETWORKS
from scheduler.cli import main as command
from scheduler.ledger.delivery import IN_VIETNAMESE, State
from tests.composing.films import film

HOUSE = Path(__file__).resolve().parent.parent
WRITTEN = datetime(2026, 11, 24, tzinfo=UTC)  # when the shipped campaigns were; later they may be past
COMMANDS = {*command._COMMANDS, *command._GROUPS}
GUIDE = (HOUSE / "docs" / "huong-dan.md").read_text("utf-8")
PAGES = [HOUSE / "README.md", HOUSE / "CHANGELOG.md", *sorted((HOUSE / "docs").rglob("*.md"))]

Loa = Callable[..., tuple[int, str]]


@pytest.fixture
def loa(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Loa:
    """Run a command in this process at the time when the shipped campaigns were written; give its code and words."""
    monkeypatch.setattr(clock, "now", lambda: WRITTEN)

    def run(*words: str | Path) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["loa", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            command.main()
        return int(ended.value.code or 0), capsys.readouterr().out

    return run


def python_files() -> list[Path]:
    folders = ("scheduler", "tests", "docs", "bench")
    return [file for folder in folders for file in sorted((HOUSE / folder).rglob("*.py"))]


@pytest.mark.parametrize("file", python_files(), ids=lambda file: str(file.relative_to(HOUSE)))
def test_the_first_line_of_a_file_says_what_it_is(file: Path) -> None:
    source = file.read_text("utf-8")
    if source.strip():
        first = (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]
        assert first and source.startswith(('"""', "#!")), f"{file.name}: no docstring in its first line"
        assert first[-1] in ".:?", f"{file.name}: {first!r} is no sentence"


def test_the_map_names_every_chapter() -> None:
    chapters = {c.stem for c in (HOUSE / "scheduler").iterdir() if c.suffix == ".py" or (c / "__init__.py").exists()}
    chapters |= {"starter"}
    named = set(re.findall(r"^    (\w+)/? ", scheduler.__doc__ or "", re.MULTILINE))
    assert named == {chapter for chapter in chapters if not chapter.startswith("__")}


def test_the_map_is_in_the_order_that_imports_keep() -> None:
    layers = (HOUSE / ".importlinter").read_text("utf-8").split("layers =\n")[1].split("exhaustive_ignores")[0]
    lowest_first = [name for line in reversed(layers.split("\n")) for name in line.replace(":", " ").split()]
    named = re.findall(r"^    (\w+)/? ", scheduler.__doc__ or "", re.MULTILINE)
    kept = [name for name in named if name in ("registers", "authoring", "channels", "composing", "ledger", "planning",
                                               "posting", "cli")]  # fmt: skip
    assert kept == [name for name in lowest_first if name in kept]


@pytest.mark.parametrize("file", derived(), ids=lambda file: file.name)
def test_what_is_derived_is_fresh(file: Path) -> None:
    assert file.read_text("utf-8") == derived()[file], "stale: run make docs"


def test_there_is_one_version() -> None:
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["project"]
    newest = re.search(r"^## (\S+)", (HOUSE / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert newest is not None
    assert project["version"] == version("loa") == newest[1]


def test_the_shipped_campaigns_check_clean(loa: Loa) -> None:
    code, said = loa("-w", HOUSE, "check", "--json")
    assert (code, json.loads(said)) == (0, [])


def test_what_we_ship_is_composed_vietnamese() -> None:
    shipped = [
        f
        for name in ("campaigns", "templates", "scheduler/starter")
        for f in (HOUSE / name).rglob("*.*")
        if f.is_file()
    ]
    assert len(shipped) > 5
    for file in (*shipped, *PAGES, *python_files()):
        text = file.read_text("utf-8")
        assert unicodedata.is_normalized("NFC", text), f"{file}: not NFC"


def test_the_smallest_workspace_checks_plans_and_applies(loa: Loa, tmp_path: Path) -> None:
    shutil.copytree(HOUSE / "tests" / "smallest", tmp_path, dirs_exist_ok=True)
    assert loa("-w", tmp_path, "check")[0] == 0
    planned = json.loads(loa("-w", tmp_path, "plan", "--json")[1])
    half_past = "2027-06-26T08:30:00+07:00"
    assert [change["due"] for change in planned["changes"]] == ["2027-06-26T08:00:00+07:00", half_past, half_past]
    assert loa("-w", tmp_path, "apply")[0] == 0
    assert json.loads(loa("-w", tmp_path, "apply", "--json")[1]) == {"create": 0, "change": 0, "cancel": 0, "same": 3}
    rows: list[dict[str, Any]] = json.loads(loa("-w", tmp_path, "deliveries", "--json")[1])
    assert {row["key"]: row["state"] for row in rows} == {
        "thu/loi-nhac@once/bang-tin": "scheduled",
        "thu/huong-ung@once/bang-tin": "scheduled",
        "thu/huong-ung@once/masto-thu": "scheduled",
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_in_the_pages_exists(page: Path) -> None:
    quoted = re.findall(r"`loa ([a-z]+)|^loa ([a-z]+)", page.read_text("utf-8"), re.MULTILINE)
    assert {name for pair in quoted for name in pair if name} <= COMMANDS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_between_the_pages_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_guide_names_every_state_as_the_program_does() -> None:
    for state in State:
        assert re.search(rf"^\| {IN_VIETNAMESE[state]} \| `{state.value}` \|", GUIDE, re.MULTILINE), state


def test_the_guide_quotes_what_the_program_says() -> None:
    said = " ".join(file.read_text("utf-8") for file in (HOUSE / "scheduler").rglob("*.py"))
    rows = GUIDE.split("| Thông báo nói |")[1].split("\n\n")[0].split("\n")[2:]
    quoted = [words for row in rows for words in re.findall(r"`([^`]+)`", row.split(" | ")[0])]
    assert len(quoted) > 20
    assert [words for words in quoted if words not in said] == []


def test_the_guide_and_the_readme_tell_of_every_command() -> None:
    readme = (HOUSE / "README.md").read_text("utf-8")
    assert [name for name in sorted(COMMANDS) if f"`loa {name}" not in readme] == []
    assert [name for name in sorted(COMMANDS) if f"loa {name}" not in GUIDE] == []


IN_VIETNAMESE_GUIDES = ("Cần có gì", "Bấm ở đâu", "Khai trong Loa", "Kiểm tra", "Không làm được", "In English")
IN_ENGLISH_GUIDES = (
    "What is needed.",
    "Where to click.",
    "In Loa.",
    "How to see that it works.",
    "What it cannot do.",
)
GUIDES = HOUSE / "docs" / "networks"
GUIDED = [
    name for name, network in NETWORKS.items() if not network.follows
]  # who follows stands in the guide of the other
SAYS_SOMETHING = """\
campaign: thu
channels: [{channel}]
messages:
  - id: chao
    title: Xin chào
    text: Xin chào bà con.
    when: {{on: "2027-06-26 08:00"}}
    video: {{file: phim.mp4, alt: Một buổi họp}}
    images: [{{file: anh.png, alt: Một buổi họp}}]
"""


def test_there_is_a_guide_for_every_network_and_for_nothing_else() -> None:
    assert {file.stem for file in GUIDES.glob("*.md")} == set(GUIDED)


@pytest.mark.parametrize("network", GUIDED)
def test_the_guide_of_a_network_has_all_its_parts_in_both_languages(network: str) -> None:
    page = (GUIDES / f"{network}.md").read_text("utf-8")
    vietnamese, _, english = page.partition("## In English")
    assert [part for part in IN_VIETNAMESE_GUIDES if f"\n## {part}\n" not in page] == []
    assert [part for part in IN_ENGLISH_GUIDES if f"\n**{part}** " not in english] == []
    assert "✓   " in vietnamese and "loa channels" in english


@pytest.mark.parametrize("network", GUIDED)
def test_what_a_guide_tells_to_declare_passes_check(network: str, loa: Loa, tmp_path: Path) -> None:
    page = (GUIDES / f"{network}.md").read_text("utf-8")
    (block,) = re.findall(r"```yaml\n(channels:\n  - id.*?)```", page, re.DOTALL)
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "campaigns/channels.yaml").write_text(block, "utf-8")
    channel = yaml.safe_load(block)["channels"][0]
    assert channel["network"] == network
    Image.new("RGB", (800, 800), "red").save(tmp_path / "anh.png")
    film(tmp_path / "phim.mp4")
    (tmp_path / "campaigns/thu.yaml").write_text(SAYS_SOMETHING.format(channel=channel["id"]), "utf-8")

    code, said = loa("-w", tmp_path, "check", "--json")

    secrets = [name.removeprefix("env:") for name in channel.get("credentials", {}).values()]
    problems = json.loads(said)
    assert (code, [problem for problem in problems if not problem["warning"]]) == (0, [])
    unexpected = [
        p for p in problems if not any(name in p["message"] for name in (*secrets, "LOA_VAULT_KEY", "LOA_MEDIA_URL"))
    ]
    assert unexpected == []
    assert [name for name in secrets if f"\n{name}=" not in page] == [], "not in the block for .env"
