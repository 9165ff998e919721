"""`loa new`: a campaign from a model, by asking in a terminal or by `--set`; what it writes checks clean."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.prompt import Confirm, Prompt

from scheduler.authoring.model_file import SHIPPED, read_models, unknown_places
from scheduler.registers.source import open_source
from tests.authoring.test_schema import red
from tests.cli.conftest import Loa

MODELS = sorted(file.stem for file in SHIPPED.glob("*.yaml"))
BANG_TIN = ("--set", "channels=bang-tin")


def written(workspace: Path, name: str) -> Any:
    return open_source(workspace / "campaigns" / f"{name}.yaml").values


@pytest.mark.parametrize("name", MODELS)
def test_every_model_is_whole_and_its_defaults_check_clean(workspace: Path, loa: Loa, name: str) -> None:
    model = read_models()[name]
    assert unknown_places(model) == []
    assert all(not word.isascii() for word in (model.about, *(q.ask for q in model.ask)))

    assert loa("new", name, "--name", "thu")[0] == 0

    content = (workspace / "campaigns/thu.yaml").read_text("utf-8")
    assert content.startswith("# yaml-language-server: $schema=.schema/campaign.json\n")
    assert "{" not in content.replace("{on: ", "")  # every place is filled
    assert red("campaign", content) == []
    assert loa("check")[0] == 0


def test_answers_are_given_beforehand(workspace: Path, loa: Loa) -> None:
    code, _ = loa(
        "new", "dem-nguoc", "--set", "event=Ngày 26/6", "--set", "ngay=26/6/2027", "--set", "gio=7 giờ", *BANG_TIN
    )
    values = written(workspace, "ngay-26-6")
    assert code == 0
    assert [m["when"]["on"][:16] for m in values["messages"]] == [
        "2027-06-19 07:00", "2027-06-23 07:00", "2027-06-25 07:00", "2027-06-26 07:00",
    ]  # fmt: skip
    assert values["messages"][0]["text"].startswith("Còn 7 ngày nữa là đến Ngày 26/6 (thứ Bảy, 26/6/2027).\n")


def test_what_was_not_asked_is_told(loa: Loa) -> None:
    code, said = loa("new", "ngay-ra-quan", "--set", "ngay=26/6/2027", "--set", "ai=bà con", *BANG_TIN)

    assert code == 0
    assert (
        "lấy theo mẫu: title = Ra quân vì khu phố bình yên; bat_dau = 08:00; dia_diem = Nhà văn hoá tổ dân phố;" in said
    )


EVIL = "x\"\n}]: {approval: none} #y {ngay} \\ '|"


def test_no_answer_changes_the_shape_of_a_campaign(workspace: Path, loa: Loa) -> None:
    code, _ = loa("new", "thong-bao", "--name", "thu", "--set", f"text={EVIL}", "--set", f"title={EVIL}", *BANG_TIN)
    values = written(workspace, "thu")
    assert code == 0
    assert values["approval"] == "required"
    assert values["title"] == EVIL
    assert values["messages"][0]["text"].removesuffix("\n") == EVIL


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "thiếu tên mẫu; ví dụ: loa new thong-bao"),
        (["dem-nguo"], 'không có mẫu "dem-nguo"; ý bạn là "dem-nguoc"?'),
        (["thong-bao", "--set", "title"], '--set "title" phải viết --set tên=giá-trị'),
        (["thong-bao", "--set", "titel=x"], 'mẫu thong-bao không hỏi "titel"; ý bạn là "title"?'),
        (
            ["thong-bao", "--set", "ngay=30/2/2027"],
            'ngay: "30/2/2027" không phải ngày có thật; tháng 2/2027 có 28 ngày',
        ),
        (["thong-bao", "--set", "gio=25h"], 'gio: "25h" không phải giờ; ví dụ đúng: 8h30'),
        (["thong-bao", "--set", "channels=bang-tim"], 'channels: không có kênh "bang-tim" trong channels.yaml'),
        (["thong-bao", "--set", "title="], "title: không được để trống"),
    ],
)
def test_what_was_typed_wrong_is_told_with_the_remedy(loa: Loa, words: list[str], said: str) -> None:
    code, told = loa("new", *words)
    assert code == 2
    assert said in told


def test_every_wrong_answer_is_told_at_once(loa: Loa) -> None:
    _, told = loa("new", "thong-bao", "--set", "titel=x", "--set", "ngay=mai", "--set", "gio=sáng")
    assert all(word in told for word in ('"titel"', '"mai"', '"sáng"'))


def test_with_an_error_nothing_is_written_unless_wanted(workspace: Path, loa: Loa) -> None:
    past = ["new", "thong-bao", "--name", "thu", "--set", "ngay=1/6/2026", *BANG_TIN]
    code, said = loa(*past)
    assert (code, (workspace / "campaigns/thu.yaml").exists()) == (2, False)
    assert "07:30 01/06/2026 đã qua; sửa lại giờ đăng" in said
    assert loa(*past, "--anyway")[0] == 0
    assert written(workspace, "thu")["campaign"] == "thu"


def test_a_campaign_that_is_there_is_not_written_over(workspace: Path, loa: Loa) -> None:
    assert loa("new", "thong-bao", "--name", "thu")[0] == 0
    code, said = loa("new", "dem-nguoc", "--name", "thu")
    assert code == 3
    assert "đã có; ghi đè bằng --force" in said
    assert loa("new", "dem-nguoc", "--name", "thu", "--force")[0] == 0


def test_without_channels_the_file_is_named(workspace: Path, loa: Loa) -> None:
    (workspace / "campaigns/channels.yaml").unlink()
    code, said = loa("new", "thong-bao")
    assert code == 2
    assert "campaigns/channels.yaml:1: lỗi: không có tệp này; tạo bằng: loa init" in said


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """A person at the terminal who types these answers (empty: what is offered); gives what was asked."""

    def types(*answers: str, confirms: bool = False) -> list[str]:
        asked: list[str] = []
        left = list(answers)

        def ask(question: Any, default: str = "", **more: Any) -> str:
            asked.append(str(question))
            return (left.pop(0) if left else "") or default

        monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
        monkeypatch.setattr(Prompt, "ask", ask)
        monkeypatch.setattr(Confirm, "ask", lambda question, **more: asked.append(question) or confirms)
        return asked

    return types


def test_in_a_terminal_everything_is_asked_and_a_wrong_answer_again(
    workspace: Path,
    loa: Loa,
    terminal: Callable[..., list[str]],
) -> None:
    asked = terminal("thong-bao", "Cúp nước", "Nước yếu.", "30/2", "26/6/2027", "", "tất cả")
    code, said = loa("new")
    assert code == 0
    assert asked == [
        "Mẫu nào", "Tiêu đề thông báo", "Nội dung, một câu ngắn (sửa lại trong tệp sau)",
        "Đăng ngày nào", "Đăng ngày nào", "Mấy giờ", "Kênh nào (cách nhau bằng dấu phẩy; tất cả)",
    ]  # fmt: skip
    assert '"30/2" không phải ngày có thật' in said
    values = written(workspace, "cup-nuoc")
    assert values["channels"] == ["bang-tin", "bsky"]
    assert values["messages"][0]["when"] == {"on": "2027-06-26 07:30"}


@pytest.mark.parametrize("wanted", [True, False])
def test_in_a_terminal_the_author_may_want_it_with_errors(
    workspace: Path,
    loa: Loa,
    terminal: Callable[..., list[str]],
    wanted: bool,
) -> None:
    asked = terminal(confirms=wanted)
    code, _ = loa("new", "thong-bao", "--name", "thu", "--set", "ngay=1/6/2026", *BANG_TIN)
    assert asked[-1] == "Còn lỗi. Vẫn ghi tệp?"
    assert (code, (workspace / "campaigns/thu.yaml").exists()) == ((0, True) if wanted else (2, False))
