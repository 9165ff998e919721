"""What is Telegram's own: success in the body, rights that are refused as bad requests, albums."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, cast

import httpx
import pytest

from scheduler import clock
from scheduler.channels.http import Answer
from scheduler.channels.telegram import Telegram
from scheduler.errors import ChannelError, NotFound, RateLimited, Rejected, Unauthorized, Unconfirmed
from tests.channels.conftest import Open
from tests.channels.stand import DUE, TEXT, Stand
from tests.fakes import TelegramFake
from tests.fakes.telegram import CHAT


@pytest.fixture
def stand(only: Open) -> Stand:
    return only("telegram")


@pytest.fixture
def fake(stand: Stand) -> TelegramFake:
    return cast(TelegramFake, stand.fake)


def said(code: int, words: str, status: int | None = None, **more: Any) -> Answer:
    body = {"ok": False, "error_code": code, "description": words, **more}
    return Answer(status or code, httpx.Headers(), json.dumps(body).encode())


ERRORS = [
    (401, "Unauthorized", Unauthorized),
    (403, "Forbidden: bot was kicked from the channel chat", Unauthorized),
    (404, "Not Found", Unauthorized),
    (400, "Bad Request: chat not found", Unauthorized),
    (400, "Bad Request: need administrator rights in the channel chat", Unauthorized),
    (400, "Bad Request: not enough rights to send text messages to the chat", Unauthorized),
    (400, "Bad Request: have no rights to send a message", Unauthorized),
    (400, "Bad Request: CHAT_WRITE_FORBIDDEN", Unauthorized),
    (400, "Bad Request: group chat was upgraded to a supergroup chat", Unauthorized),
    (400, "Bad Request: message is too long", Rejected),
    (400, "Bad Request: PHOTO_INVALID_DIMENSIONS", Rejected),
    (400, "Bad Request: something new", Rejected),
    (413, "Request Entity Too Large", Rejected),
    (400, "Bad Request: failed to send message #2 with the error message 'Too Many Requests'", Unconfirmed),
    (400, "Bad Request: message to delete not found", NotFound),
    (429, "Too Many Requests", RateLimited),
]


@pytest.mark.parametrize(("code", "words", "meant"), ERRORS)
@pytest.mark.parametrize("status", [None, 200])
def test_an_error_means_the_same_with_its_status_and_in_a_200(
    stand: Stand, code: int, words: str, meant: type[ChannelError], status: int | None
) -> None:
    assert isinstance(stand.channel.refusal(said(code, words, status)), meant)


@pytest.mark.parametrize("status", [500, 200])
def test_a_fault_of_theirs_is_left_open(stand: Stand, status: int) -> None:
    answer = said(500, "Internal Server Error", status)
    assert stand.channel.refusal(answer) is None
    with pytest.raises(Unconfirmed):
        stand.channel.receipt(answer, stand.outgoing())


def test_the_time_to_wait_stands_in_the_body(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: DUE)
    error = stand.channel.refusal(said(429, "Too Many Requests", parameters={"retry_after": 35}))
    assert isinstance(error, RateLimited) and error.retry_at == DUE + timedelta(seconds=35)


def test_an_album_keeps_all_its_ids(stand: Stand) -> None:
    receipt = stand.publish(stand.outgoing(stand.post(pictures=3)))
    assert receipt.remote_id == "101,102,103"
    assert receipt.url == "https://t.me/loa_ha_noi/101"


def test_deleting_an_album_deletes_every_picture(stand: Stand, fake: TelegramFake) -> None:
    receipt = stand.publish(stand.outgoing(stand.post(pictures=3)))
    stand.delete(receipt.remote_id)
    assert fake.messages == {}


def test_a_chat_may_be_declared_by_its_number(stand: Stand) -> None:
    stand.channel = stand.open(account=str(CHAT))
    assert stand.check().name == "Loa Hà Nội"
    assert stand.publish().url == "https://t.me/loa_ha_noi/101"


def test_a_chat_without_a_name_has_no_public_address(stand: Stand) -> None:
    stand.channel = stand.open(account=str(CHAT))
    body = {"ok": True, "result": {"message_id": 7, "chat": {"id": CHAT}}}
    receipt = stand.channel.receipt(Answer(200, {}, json.dumps(body).encode()), stand.outgoing())
    assert (receipt.remote_id, receipt.url) == ("7", "")


def test_a_server_that_does_not_know_get_chat_is_believed(
    stand: Stand, fake: TelegramFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake, "chat", lambda _: fake.error(404, "Not Found: method not found"))
    assert stand.check().name == "@Loa_Ha_Noi"


def test_a_token_that_has_not_the_form_of_one_is_unauthorized(stand: Stand) -> None:
    stand.channel = stand.open(secrets={"bot_token": "khong-phai-token"})
    with pytest.raises(Unauthorized):
        stand.check()


def test_the_text_is_sent_plain_without_any_markup_mode(stand: Stand) -> None:
    sent = json.loads(stand.channel.request(stand.outgoing()).content)
    assert sent == {"chat_id": "@Loa_Ha_Noi", "text": TEXT}


def test_emoji_count_as_telegram_counts_them() -> None:
    assert Telegram.limits.count("a😀") == 3


def test_there_is_no_find() -> None:
    assert not Telegram.can("find")
