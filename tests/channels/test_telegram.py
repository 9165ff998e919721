"""What is Telegram's own: success in the body, rights that are refused as bad requests, albums."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import httpx
import pytest

from scheduler import clock
from scheduler.channels import telegram_probe
from scheduler.channels.contract import Outgoing, Post
from scheduler.channels.http import Answer, Wire
from scheduler.channels.spans import Span
from scheduler.channels.telegram import Telegram
from scheduler.errors import ChannelError, NotFound, RateLimited, Rejected, Unauthorized, Unavailable, Unconfirmed
from tests.channels.conftest import Open
from tests.channels.stand import DUE, TEXT, Stand, closed_port
from tests.fakes import TelegramFake
from tests.fakes.telegram import CHAT, FIRST


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
    (400, "Bad Request: failed to send message #1 with the error message 'not enough rights'", Unconfirmed),
    (400, "Bad Request: wrong file identifier/HTTP URL specified", Unavailable),
    (400, "Bad Request: message to delete not found", NotFound),
    (400, "Bad Request: message to forward not found", NotFound),
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
    assert list(fake.messages) == [FIRST]


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


def test_there_is_no_find_without_a_chat_for_it(stand: Stand) -> None:
    assert not Telegram.can("find", stand.channel.chosen)
    assert Telegram.can("find", {"probe": "-1001234567890"})


# limits


def test_what_is_counted_is_what_telegram_counts(stand: Stand) -> None:
    full = "ế😀" * (Telegram.limits.text // 3) + "ế"
    assert Telegram.limits.count(full) == Telegram.limits.text
    assert stand.publish(stand.outgoing(stand.post(full))).remote_id
    with pytest.raises(Rejected, match="too long"):
        stand.publish(stand.outgoing(stand.post(full + "a")))


def test_under_a_picture_there_is_room_for_a_quarter(stand: Stand) -> None:
    assert Telegram.limits.caption is not None
    full = "😀" * (Telegram.limits.caption // 2)
    assert stand.publish(stand.outgoing(stand.post(full, pictures=1))).remote_id
    with pytest.raises(Rejected, match="too long"):
        stand.publish(stand.outgoing(stand.post(full + "a", pictures=1)))


# pictures uploaded beforehand


@pytest.fixture
def staff(only: Open) -> Stand:
    """A channel with a chat of the staff for its pictures and for looking."""
    return only("telegram-staff")


@pytest.fixture
def office(staff: Stand) -> TelegramFake:
    return cast(TelegramFake, staff.fake)


@pytest.mark.parametrize("pictures", [1, 3])
def test_the_public_request_only_names_the_pictures(staff: Stand, office: TelegramFake, pictures: int) -> None:
    outgoing = staff.run(staff.prepared(staff.outgoing(staff.post(pictures=pictures))))
    content = staff.channel.request(outgoing).content
    assert [file.encode() in content for file in office.files] == [True] * pictures
    assert len(content) < 1000


def test_nothing_stays_in_the_chat_of_the_staff(staff: Stand, office: TelegramFake) -> None:
    staff.run(staff.prepared(staff.outgoing(staff.post(pictures=2))))
    assert (office.requests["media"], office.copies) == (2, set())


def test_channels_of_one_bot_upload_a_picture_once(staff: Stand, office: TelegramFake) -> None:
    outgoing = staff.outgoing(staff.post(pictures=1))
    staff.run(staff.prepared(outgoing))
    sister = staff.open()
    sister.wire = staff.channel.wire
    staff.channel = sister
    staff.publish(outgoing)
    assert office.requests["media"] == 1


@pytest.mark.parametrize("pictures", [1, 2])
def test_a_picture_that_telegram_has_forgotten_is_uploaded_anew(
    staff: Stand, office: TelegramFake, pictures: int
) -> None:
    outgoing = staff.run(staff.prepared(staff.outgoing(staff.post(pictures=pictures))))
    office.files.clear()
    with pytest.raises(Unavailable, match="wrong file identifier"):
        staff.publish(outgoing)
    staff.publish(outgoing)
    assert len(office.public[0].images) == pictures


@pytest.mark.parametrize(("refused", "uploads"), [(True, 4), (False, 2)])
def test_pictures_are_uploaded_anew_only_when_one_was_refused(
    staff: Stand, office: TelegramFake, monkeypatch: pytest.MonkeyPatch, refused: bool, uploads: int
) -> None:
    words = "failed to send message #2 with the error message 'FILE_REFERENCE_EXPIRED'" if refused else ""
    office.fault("refuse" if refused else "lost")
    monkeypatch.setattr(office, "refused", lambda _: office.error(400, f"Bad Request: {words}"))
    outgoing = staff.run(staff.prepared(staff.outgoing(staff.post(pictures=2))))
    with pytest.raises(Unconfirmed):
        staff.publish(outgoing)
    staff.run(staff.prepared(outgoing))
    assert office.requests["media"] == uploads


def test_without_a_chat_for_it_the_picture_goes_with_the_post(stand: Stand, fake: TelegramFake) -> None:
    stand.publish(stand.outgoing(stand.post(pictures=2)))
    assert fake.requests["media"] == 0


@pytest.mark.parametrize("option", ["staging", "probe"])
@pytest.mark.parametrize("chat", [str(CHAT), "-100555"])
def test_a_chat_of_the_staff_must_be_private_and_there(stand: Stand, option: str, chat: str) -> None:
    stand.channel = stand.open(options={option: chat})
    with pytest.raises(Unauthorized, match=option):
        stand.check()


@pytest.mark.parametrize(("chat", "right"), [("-1001234567890", True), ("@kenh", False), ("12a", False), ("", False)])
def test_a_chat_of_the_staff_is_named_by_its_number(chat: str, right: bool) -> None:
    assert (Telegram.wrong_option("probe", chat) == "") is right


@pytest.mark.parametrize(("seconds", "right"), [("30", True), ("0", False), ("-5", False), ("2m", False)])
def test_how_long_a_post_may_take_is_said_in_seconds(stand: Stand, seconds: str, right: bool) -> None:
    assert (Telegram.wrong_option("settle", seconds) == "") is right
    assert not right or stand.open(options={"settle": seconds}).appears_within == timedelta(seconds=int(seconds))


# albums of which a part is public


def test_a_part_of_an_album_is_unconfirmed(stand: Stand, fake: TelegramFake) -> None:
    fake.album_keeps = 2
    with pytest.raises(Unconfirmed, match="2 trong 3 ảnh"):
        stand.publish(stand.outgoing(stand.post(pictures=3)))


def test_a_part_of_an_album_is_never_taken_for_all_nor_for_nothing(staff: Stand, office: TelegramFake) -> None:
    office.album_keeps = 2
    office.fault("lost")
    outgoing = staff.outgoing(staff.post(pictures=3))
    with pytest.raises(Unconfirmed):
        staff.publish(outgoing)
    with pytest.raises(Unconfirmed, match="2 trong 3 ảnh"):
        staff.find(outgoing)


def test_pictures_that_lost_their_words_are_left_to_a_person(staff: Stand, office: TelegramFake) -> None:
    outgoing = staff.outgoing(staff.post(pictures=3))
    staff.publish(outgoing)
    del office.messages[FIRST + 1]  # the one with the words
    with pytest.raises(Unconfirmed, match="không kèm lời"):
        staff.find(outgoing)


def test_anothers_album_hinders_nobody(staff: Stand) -> None:
    receipt = staff.publish(staff.outgoing(staff.post("Tin khác", pictures=3)))
    sought = staff.outgoing(staff.post(pictures=2))
    assert staff.find(sought) is None
    assert staff.find(sought, taken={receipt.remote_id}) is None


def test_an_album_is_found_with_all_its_ids(staff: Stand, office: TelegramFake) -> None:
    office.fault("lost")
    outgoing = staff.outgoing(staff.post(pictures=3))
    with pytest.raises(Unconfirmed):
        staff.publish(outgoing)
    found = staff.find(outgoing)
    assert found is not None and found.remote_id == "101,102,103"


# looking


def test_a_look_leaves_nothing_behind(staff: Stand, office: TelegramFake) -> None:
    staff.publish()
    assert staff.find()
    assert office.copies == set()


def test_a_picture_with_our_words_is_not_our_post_without_one(staff: Stand) -> None:
    staff.publish(staff.outgoing(staff.post(pictures=1)))
    assert staff.find(staff.outgoing(staff.post(pictures=0))) is None
    assert staff.find(staff.outgoing(staff.post(pictures=1)))


def test_a_post_below_the_last_that_we_know_is_found(staff: Stand) -> None:
    receipt = staff.publish()
    later = staff.publish(staff.outgoing(staff.post("Tin sau")))
    staff.case = replace(staff.case, known=())
    assert staff.find(taken={later.remote_id}) == receipt


def test_deleted_messages_and_notes_between_do_not_end_the_look(staff: Stand, office: TelegramFake) -> None:
    office.number += 10
    office.parts[FIRST + 10] = {}  # a note that something was pinned
    office.messages[FIRST + 10] = office.messages[FIRST]
    office.number += 10
    receipt = staff.publish()
    assert staff.find() == receipt


def test_who_knows_no_message_of_ours_does_not_say_absent(staff: Stand) -> None:
    staff.publish()
    staff.case = replace(staff.case, known=())
    with pytest.raises(Unconfirmed, match="chưa biết bài nào"):
        staff.find(taken={"https://t.me/kenh/5"})


def test_who_can_forward_nothing_does_not_say_absent(staff: Stand, office: TelegramFake) -> None:
    staff.publish()
    office.messages.clear()
    with pytest.raises(Unconfirmed, match="không chuyển tiếp được"):
        staff.find()


def test_a_protected_channel_cannot_be_looked_at(staff: Stand, office: TelegramFake) -> None:
    staff.publish()
    office.protected = True
    with pytest.raises(Unconfirmed, match="chặn chuyển tiếp"):
        staff.find()


def test_a_chat_that_is_closed_to_us_stops_looking_and_not_the_channel(staff: Stand, office: TelegramFake) -> None:
    staff.publish()
    staff.channel = staff.open(options={"probe": "-100555"})
    with pytest.raises(Unconfirmed, match="probe"):
        staff.find()


def test_a_chat_that_takes_no_pictures_is_named(
    staff: Stand, office: TelegramFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office, "stage", lambda _: office.error(403, "Forbidden: bot was kicked"))
    with pytest.raises(Unauthorized, match="staging"):
        staff.publish(staff.outgoing(staff.post(pictures=1)))


def test_a_look_that_is_too_long_is_left_to_a_person(
    staff: Stand, office: TelegramFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram_probe, "MOST", 3)
    for _ in range(4):
        staff.publish(staff.outgoing(staff.post("Tin khác")))
    with pytest.raises(Unconfirmed, match="hơn 3 tin"):
        staff.find()


def test_a_look_that_was_told_to_wait_goes_on_where_it_was(
    staff: Stand, office: TelegramFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff.publish(staff.outgoing(staff.post("Tin khác")))
    receipt = staff.publish()
    forward, room = office.forward, [2]

    def slow(held: dict[str, Any]) -> Any:
        room[0] -= 1
        return forward(held) if room[0] >= 0 else office.too_many(30)

    monkeypatch.setattr(office, "forward", slow)
    with pytest.raises(RateLimited):
        staff.find()
    monkeypatch.setattr(office, "forward", forward)
    before = office.requests["forward"]
    assert staff.find() == receipt
    assert office.requests["forward"] == before + 1 + telegram_probe.GAP


def test_what_the_channel_has_from_elsewhere_is_not_ours(staff: Stand, office: TelegramFake) -> None:
    copy = {"forward_origin": {"type": "channel", "chat": {"id": -1}, "message_id": 9, "date": 1}, "text": TEXT}
    assert telegram_probe.seen(101, CHAT, copy) == telegram_probe.Seen(101)


def test_a_copy_that_does_not_say_where_it_is_from_proves_nothing() -> None:
    with pytest.raises(Unavailable):
        telegram_probe.seen(101, CHAT, {"text": TEXT})


def test_too_early_is_not_absent(staff: Stand) -> None:
    assert staff.channel.appears_within >= timedelta(minutes=1)


# a proxy


def test_a_channel_speaks_through_its_own_proxy(stand: Stand, fake: TelegramFake) -> None:
    direct = stand.open()
    stand.channel = stand.open(secrets={"proxy": fake.url})
    stand.channel.base_url = direct.base_url = "http://api.telegram.invalid"
    assert stand.publish().remote_id
    stand.channel = direct
    with pytest.raises(Unavailable):
        stand.publish()
    assert len(fake.public) == 1


@pytest.mark.parametrize("base_url", ["http://api.telegram.invalid", "https://api.telegram.invalid"])
def test_a_proxy_that_is_not_there_has_sent_nothing(stand: Stand, base_url: str) -> None:
    stand.channel = stand.open(secrets={"proxy": f"http://loa:mat-khau@127.0.0.1:{closed_port()}"})
    stand.channel.base_url = base_url
    with pytest.raises(Unavailable) as caught:
        stand.publish()
    assert "mat-khau" not in str(caught.value)


def test_a_proxy_that_opens_no_tunnel_has_sent_nothing(stand: Stand, fake: TelegramFake) -> None:
    stand.channel = stand.open(secrets={"proxy": fake.url})
    stand.channel.base_url = "https://api.telegram.invalid"
    with pytest.raises(Unavailable, match="ClientHttpProxyError"):
        stand.publish()


def test_a_proxy_learns_who_we_are_and_nothing_else(stand: Stand) -> None:
    heard: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async def speak() -> None:
        async with await asyncio.start_server(proxy, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            channel = stand.open(secrets={"proxy": f"http://loa:m%40t@127.0.0.1:{port}"})
            channel.base_url = "https://api.telegram.invalid"
            with pytest.raises(Unavailable):
                await channel.publish(stand.outgoing())

    stand.run(speak())
    said = heard[0].decode().lower()
    assert said.startswith("connect api.telegram.invalid:443 ")
    assert f"proxy-authorization: basic {base64.b64encode(b'loa:m@t').decode()}".lower() in said
    assert TelegramFake.token.lower() not in said


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1080", "127.0.0.1:8080", "http://", "http://["])
def test_what_is_no_proxy_is_said(stand: Stand, proxy: str) -> None:
    with pytest.raises(Unauthorized, match="http://máy:cổng"):
        stand.open(secrets={"proxy": proxy})


def test_two_channels_with_one_proxy_share_its_connections(stand: Stand) -> None:
    wire = stand.channel.wire
    assert wire.through("http://127.0.0.1:1") is wire.through("http://127.0.0.1:1")


def test_the_connections_of_a_proxy_are_closed_with_the_others(
    stand: Stand, fake: TelegramFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[Any] = []

    async def close(transport: Any) -> None:
        closed.append(transport)

    wire = Wire()
    way = wire.through(fake.url)
    monkeypatch.setattr(type(wire.transport), "aclose", close)
    stand.run(wire.__aexit__())
    assert closed == [way.transport, wire.transport]


WORDS = "🚭 Ma túy: đọc thêm"  # the sign is two units of Telegram's
SPANS = (Span("b", 0, 19), Span("a", 11, 8, "https://hanoi.gov.vn/?a=1&b=2"))
ENTITIES = [
    {"type": "bold", "offset": 0, "length": 19},
    {"type": "text_link", "offset": 11, "length": 8, "url": "https://hanoi.gov.vn/?a=1&b=2"},
]


def set_out(stand: Stand, pictures: int = 0) -> Outgoing:
    return stand.outgoing(Post(WORDS, spans=SPANS, images=tuple(stand.picture(n) for n in range(pictures))))


@pytest.mark.parametrize("network", ["telegram", "telegram-staff"])
@pytest.mark.parametrize("pictures", [0, 1, 3])
def test_what_is_set_out_goes_beside_the_words(only: Open, network: str, pictures: int) -> None:
    stand = only(network)

    stand.publish(set_out(stand, pictures))

    [public] = cast(TelegramFake, stand.fake).public
    assert (public.text, public.entities, len(public.images)) == (WORDS, ENTITIES, pictures)


@pytest.mark.parametrize("network", ["telegram", "telegram-staff"])
def test_the_words_of_a_film_are_set_out_too(only: Open, network: str) -> None:
    stand = only(network)

    stand.publish(stand.outgoing(Post(WORDS, spans=SPANS, video=stand.film())))

    [public] = cast(TelegramFake, stand.fake).public
    assert (public.text, public.entities, len(public.films)) == (WORDS, ENTITIES, 1)


@pytest.mark.parametrize("pictures", [0, 1, 3])
def test_a_text_that_only_looks_otherwise_is_corrected(stand: Stand, fake: TelegramFake, pictures: int) -> None:
    outgoing = set_out(stand, pictures)
    receipt = stand.publish(outgoing)

    stand.edit(receipt.remote_id, replace(outgoing.post, spans=(Span("i", 0, 2),)))
    assert fake.public[0].entities == [{"type": "italic", "offset": 0, "length": 2}]
    stand.edit(receipt.remote_id, replace(outgoing.post, spans=()))
    assert (fake.public[0].text, fake.public[0].entities) == (WORDS, [])


def test_a_text_without_tags_is_sent_as_before(stand: Stand) -> None:
    body = stand.channel.request(stand.outgoing(Post("<b>1 < 2</b> & 3"))).read()

    assert json.loads(body) == {"chat_id": stand.channel.account, "text": "<b>1 < 2</b> & 3"}


def test_what_is_set_out_is_found_after_a_lost_answer(only: Open) -> None:
    stand = only("telegram-staff")
    outgoing = set_out(stand)
    receipt = stand.publish(outgoing)

    assert stand.find(outgoing) == receipt


@pytest.mark.parametrize(
    "wrong",
    [
        (Span("b", 0, 20),),
        (Span("b", 1, 3),),
        (Span("b", 0, 4), Span("i", 3, 4)),
        (Span("b", 0, 7), Span("code", 3, 2)),
        (Span("a", 0, 7, "https://a.vn"), Span("a", 3, 2, "https://b.vn")),
        (Span("a", 0, 7, "tg://user?id=1"),),
        (Span("a", 0, 7),),
        (Span("b", 0, 3),),
    ],
    ids=["outside", "half a sign", "overlap", "code within", "link in link", "no web", "no address", "a blank"],
)
def test_the_fake_refuses_what_telegram_would_not_show(stand: Stand, wrong: tuple[Span, ...]) -> None:
    with pytest.raises(Rejected, match="can't parse entities"):
        stand.publish(stand.outgoing(Post(WORDS, spans=wrong)))
