"""Public names: nobody guesses one, the same picture always has the same, and the key stays in the house."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from scheduler.channels.contract import GIF, JPEG, PNG
from scheduler.channels.public_name import KEY_FILE, PUBLIC_NAME, media_key, public_name
from scheduler.errors import SettingsError

SHA = "a" * 64


@pytest.mark.parametrize(("mime", "suffix"), [(JPEG, ".jpg"), (PNG, ".png"), (GIF, ".gif")])
def test_a_name_has_160_bits_and_the_suffix_of_its_type(mime: str, suffix: str) -> None:
    name = public_name(b"k" * 32, SHA, mime)

    assert PUBLIC_NAME.fullmatch(name)
    assert name.endswith(suffix)
    assert SHA[:8] not in name


def test_the_same_picture_has_the_same_name_in_one_house_and_another_in_the_next() -> None:
    assert public_name(b"k" * 32, SHA, PNG) == public_name(b"k" * 32, SHA, PNG)
    assert public_name(b"k" * 32, SHA, PNG) != public_name(b"l" * 32, SHA, PNG)
    assert public_name(b"k" * 32, SHA, PNG) != public_name(b"k" * 32, "b" * 64, PNG)


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    key = media_key(tmp_path)

    assert len(key) == 32
    assert media_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == [KEY_FILE]


def test_of_two_that_make_the_key_at_once_one_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link

    def late(draft: Path, file: Path) -> None:
        file.write_text("bb" * 32)
        link(draft, file)

    monkeypatch.setattr(os, "link", late)

    assert media_key(tmp_path) == b"\xbb" * 32


@pytest.mark.parametrize("content", ["", "abcd", "không phải khoá"])
def test_a_key_that_is_none_is_said_with_its_file(tmp_path: Path, content: str) -> None:
    (tmp_path / KEY_FILE).write_text(content)

    with pytest.raises(SettingsError, match=KEY_FILE):
        media_key(tmp_path)
