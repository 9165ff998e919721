"""What an author is told of the rules: explained one by one, and shown with what was waived."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from scheduler.cli.main import app
from scheduler.composing.examine import NEVER_WAIVED, RULES
from scheduler.errors import LoaError, SettingsError


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    if isinstance(result.exception, LoaError):
        raise result.exception
    return result.exit_code, result.output


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A new workspace whose first message names a person's number, with leave."""
    run("init", tmp_path)
    file = tmp_path / "campaigns" / "lam-quen.yaml"
    text = file.read_text("utf-8").replace("gọi 111.\n", "gọi 111. Gặp anh Hùng: 0912 345 678.\n")
    file.write_text(text.replace("  - id: chao\n", "  - id: chao\n    waive: {phone: anh Hùng đồng ý}\n"), "utf-8")
    return tmp_path


@pytest.mark.parametrize("rule", [*RULES, *NEVER_WAIVED])
def test_every_rule_is_explained(rule: str) -> None:
    code, said = run("check", "--explain", rule)

    assert code == 0
    assert said.startswith(f"[{rule}] ")
    assert (f"waive: {{{rule}: " in said) is (rule in RULES)


def test_an_unknown_rule_names_those_that_there_are() -> None:
    with pytest.raises(SettingsError, match=r'không có quy tắc "stigna"; ý bạn là "stigma".*hiv-person'):
        run("check", "--explain", "stigna")


def test_check_lists_what_was_waived_with_its_reason(workspace: Path) -> None:
    _, listed = run("-w", workspace, "check", "--json")
    _, said = run("-w", workspace, "check")

    [entry] = json.loads(listed)
    assert (entry["waived"], entry["warning"], entry["line"]) == ("anh Hùng đồng ý", True, 12)
    assert "1 điểm đã được miễn" in said


def test_plan_shows_what_was_waived_with_its_reason(workspace: Path) -> None:
    _, listed = run("-w", workspace, "plan", "--json")
    _, said = run("-w", workspace, "plan")

    [entry] = json.loads(listed)["waived"]
    assert (entry["campaign"], entry["message_id"], entry["rule"], entry["reason"]) == (
        "lam-quen",
        "chao",
        "phone",
        "anh Hùng đồng ý",
    )
    assert "lam-quen/chao" in said and "miễn vì: anh Hùng đồng ý" in said
