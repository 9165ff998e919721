"""The environment: it wins over `.env`, and what is wrong in it is said with its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from scheduler.errors import SettingsError
from scheduler.settings import Settings, load


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("A=file\nB=file\nC=$B\nLOA_SENDERS=3\n")
    monkeypatch.setenv("A", "environment")
    monkeypatch.setenv("B", "")

    settings = load(tmp_path)

    assert [settings.secret(name) for name in "ABCD"] == ["environment", "file", "$B", None]
    assert settings.sender_count == 3


def test_a_missing_folder_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="loa init"):
        load(tmp_path / "gone")


def test_a_dotenv_that_is_not_utf8_is_said_so(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"A=\xe0\n")

    with pytest.raises(SettingsError, match="UTF-8"):
        load(tmp_path)


@pytest.mark.parametrize("zone", ["Hanoi", "Asia", "../x", "/etc/passwd"])
def test_a_wrong_time_zone_is_said_so(tmp_path: Path, zone: str) -> None:
    with pytest.raises(SettingsError, match="LOA_TIMEZONE"):
        _ = Settings(tmp_path, {}, timezone=zone).zone


@pytest.mark.parametrize("value", ["x", "0", "-1", "nan", "inf", "1e9"])
def test_a_wrong_number_names_its_variable(tmp_path: Path, value: str) -> None:
    with pytest.raises(SettingsError, match="LOA_HTTP_TIMEOUT"):
        _ = Settings(tmp_path, {}, http_timeout=value).timeout


def test_there_is_always_one_sender_and_two_looks_lie_apart(tmp_path: Path) -> None:
    settings = Settings(tmp_path, {}, senders="0.5", look_gap="1")

    assert settings.sender_count == 1
    assert settings.second_look.total_seconds() > 5


def test_the_ledger_is_sqlite_unless_told_otherwise(tmp_path: Path) -> None:
    assert Settings(tmp_path, {}).database == f"sqlite:///{tmp_path}/var/loa.db"
    assert Settings(tmp_path, {}, database_url="postgres://a/b").database == "postgresql+psycopg://a/b"


def test_settings_never_show_secrets(tmp_path: Path) -> None:
    assert "geheim" not in repr(Settings(tmp_path, {"A": "geheim"}))


def test_the_address_of_pictures_has_no_slash_at_its_end(tmp_path: Path) -> None:
    assert Settings(tmp_path, {}).media_base == ""
    assert (
        Settings(tmp_path, {}, media_url="https://loa.example.vn/media/").media_base == "https://loa.example.vn/media"
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://loa.example.vn", "loa.example.vn/media", "https://", "https://loa.example.vn/?a=1", "https://a:b@c.vn",
        "https://loa.example.vn/ảnh", "https://[::1", "https://loa.example.vn/#x",
    ],
)  # fmt: skip
def test_an_address_of_pictures_that_networks_cannot_use_names_its_variable(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match="LOA_MEDIA_URL"):
        _ = Settings(tmp_path, {}, media_url=url).media_base
