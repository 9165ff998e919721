"""`loa init`, `check` and `preview`: what a newcomer types first; and every command shows an example."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from scheduler.cli.main import app
from scheduler.errors import LoaError, PlanRefused, SettingsError


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    if isinstance(result.exception, LoaError):
        raise result.exception
    return result.exit_code, result.output


def test_a_new_workspace_checks_clean(tmp_path: Path) -> None:
    run("init", tmp_path / "phuong")

    code, said = run("-w", tmp_path / "phuong", "check")

    assert code == 0
    assert "Không có lỗi: 1 chiến dịch, 2 thông điệp, 1 kênh" in said


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    run("init", tmp_path)
    (tmp_path / "campaigns/lam-quen.yaml").write_text("mine")

    with pytest.raises(PlanRefused, match="không ghi đè"):
        run("init", tmp_path)

    assert (tmp_path / "campaigns/lam-quen.yaml").read_text() == "mine"


def test_a_file_in_the_way_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")

    for folder in (tmp_path / "a", tmp_path / "a" / "b"):
        with pytest.raises(SettingsError):
            run("init", folder)


def test_errors_end_with_two_and_warnings_with_nought(tmp_path: Path) -> None:
    run("init", tmp_path)
    file = tmp_path / "campaigns/lam-quen.yaml"
    file.write_text(file.read_text().replace("title: Bảng", "titel: Bảng"))

    code, said = run("-w", tmp_path, "check", "--json")

    assert code == 2
    [problem] = json.loads(said)
    assert (problem["line"], problem["field"]) == (10, "messages.0.titel")


def test_a_preview_shows_the_count_against_the_limit(tmp_path: Path) -> None:
    run("init", tmp_path)

    _, said = run("-w", tmp_path, "preview", "lam-quen/chao")
    _, listed = run("-w", tmp_path, "preview", "lam-quen/chao", "--json")

    [post] = json.loads(listed)
    assert f"{post['length']}/100000 ký tự" in said
    assert post["length"] == len(post["text"])


@pytest.mark.parametrize("command", [c.name for c in app.registered_commands])
def test_every_command_shows_an_example(command: str) -> None:
    code, said = run(command, "--help")

    assert code == 0
    assert f"Ví dụ: loa {command}" in " ".join(said.split())
