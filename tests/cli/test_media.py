"""`loa channels` looks at the address from which networks fetch our pictures, where there is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from scheduler.channels.contract import Picture
from scheduler.channels.media import Media
from scheduler.errors import Unavailable
from tests.cli.conftest import Loa


@pytest.fixture
def one_channel(workspace: Path) -> Path:
    (workspace / "campaigns" / "channels.yaml").write_text("channels: [{id: a, network: feed, account: a}]\n")
    return workspace


def answering(monkeypatch: pytest.MonkeyPatch, wrong: str, *, at_home: bool = False) -> None:
    async def reachable(self: Media, picture: Picture) -> str:
        assert Path(picture.file).is_file()
        if wrong:
            raise Unavailable(wrong)
        return self.address(picture)

    async def only_at_home(self: Media) -> bool:
        return at_home

    monkeypatch.setattr(Media, "reachable", reachable)
    monkeypatch.setattr(Media, "only_at_home", only_at_home)
    monkeypatch.setenv("LOA_MEDIA_URL", "https://loa.example.vn/media")


def test_nothing_is_asked_where_there_is_no_address(loa: Loa, one_channel: Path) -> None:
    assert loa("channels")[0] == 0


def test_an_address_that_works_is_not_talked_of(loa: Loa, one_channel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, "")

    code, said = loa("channels")

    assert (code, "LOA_MEDIA_URL" in said) == (0, False)


def test_an_address_that_does_not_work_needs_attention(
    loa: Loa, one_channel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, "không có ảnh ở đó (HTTP 404)")

    code, said = loa("channels")

    assert code == 1
    assert "! LOA_MEDIA_URL: không có ảnh ở đó (HTTP 404)" in said


def test_an_address_that_works_at_home_only_is_pointed_out(
    loa: Loa, one_channel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, "", at_home=True)

    code, said = loa("channels")

    assert (code, "hãy mở thử từ Internet" in said) == (0, True)


def test_a_wrong_address_is_said_with_its_variable(
    loa: Loa, one_channel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOA_MEDIA_URL", "http://loa.example.vn")

    code, said = loa("channels")

    assert code == 2
    assert "LOA_MEDIA_URL" in said
