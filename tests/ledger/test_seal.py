"""The seal: what it closed it opens, for the same channel, under the newest key or an older one, and for nobody else."""

from __future__ import annotations

import pytest

from scheduler.errors import SettingsError, Unauthorized
from scheduler.ledger.seal import Pair, Seal, mark, new_key

PAIR = Pair({"access_token": "mã-đang-dùng", "refresh_token": "mã-gia-hạn"}, "abc")
OLD, NEW = new_key(), new_key()


def test_what_was_closed_is_opened() -> None:
    assert Seal(OLD).open("zalo", Seal(OLD).close("zalo", PAIR)) == PAIR


def test_what_is_kept_shows_neither_names_nor_values() -> None:
    sealed = Seal(OLD).close("zalo", PAIR)

    assert not [word for word in ("access_token", "refresh_token", "zalo", *PAIR.secrets.values()) if word in sealed]
    assert "mã" not in repr(PAIR)


def test_a_row_moved_to_another_channel_is_not_opened() -> None:
    with pytest.raises(Unauthorized, match="không mở được mã truy cập của kênh khac"):
        Seal(OLD).open("khac", Seal(OLD).close("zalo", PAIR))


def test_another_key_opens_nothing_and_says_what_to_do() -> None:
    with pytest.raises(Unauthorized, match="loa login zalo"):
        Seal(NEW).open("zalo", Seal(OLD).close("zalo", PAIR))


def test_an_older_key_still_opens_and_is_replaced() -> None:
    both, sealed = Seal(f"{NEW}, {OLD}"), Seal(OLD).close("zalo", PAIR)

    anew = both.anew(sealed)

    assert both.open("zalo", sealed) == PAIR
    assert anew is not None and Seal(NEW).open("zalo", anew) == PAIR
    assert both.anew(anew) is None


def test_what_cannot_be_opened_is_left_as_it_is() -> None:
    assert Seal(NEW).anew(Seal(OLD).close("zalo", PAIR)) is None


@pytest.mark.parametrize("keys", ["mat-khau", "", f"{OLD},ngan", OLD[:-2]], ids=range(4))
def test_what_is_no_key_is_said_without_being_shown(keys: str) -> None:
    with pytest.raises(SettingsError, match="LOA_VAULT_KEY") as caught:
        Seal(keys)
    assert not keys or keys not in str(caught.value)


def test_first_secrets_are_told_apart_by_a_mark_that_does_not_show_them() -> None:
    assert mark({"refresh_token": "a"}) != mark({"refresh_token": "b"})
    assert mark({}) == ""
    assert len(mark({"refresh_token": "a"})) == 16
