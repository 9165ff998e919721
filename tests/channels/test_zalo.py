"""What is Zalo's own: tokens that die when renewed, articles verified with patience, codes in a 200, covers and caps."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.channels import zalo_shelf
from scheduler.channels.consent import Consent
from scheduler.channels.contract import Outgoing, Post, Renewed
from scheduler.channels.http import Answer, Wire
from scheduler.channels.media import Media
from scheduler.channels.zalo import Zalo
from scheduler.channels.zalo_answers import refusal, refusal_of_tokens
from scheduler.channels.zalo_article import content, title_of
from scheduler.errors import (
    ChannelError,
    Expired,
    NotFound,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    Unconfirmed,
)
from tests.channels.conftest import Open
from tests.channels.stand import DUE, KEY, LONG_AGO, TEXT, Stand
from tests.fakes import ZaloFake
from tests.fakes.server import Fault
from tests.fakes.zalo import read


@pytest.fixture
def stand(only: Open) -> Stand:
    return only("zalo")


@pytest.fixture
def hidden(only: Open) -> Stand:
    """The stand where articles are created hidden and shown then."""
    return only("zalo-hidden")


def fake_of(stand: Stand) -> ZaloFake:
    return cast(ZaloFake, stand.fake)


def channel(stand: Stand) -> Zalo:
    return cast(Zalo, stand.channel)


def answered(code: int, status: int = 200) -> Answer:
    return Answer(status, {}, json.dumps({"error": code, "message": "words"}).encode())


# --- what an article is -----------------------------------------------------------------------------------------------


@given(st.text().filter(lambda text: "\r" not in text))
def test_what_is_read_is_what_was_written(text: str) -> None:
    assert read(content(text)) == text


def test_the_title_is_the_first_line_where_there_is_none() -> None:
    assert title_of(Post("\n  Biết để tránh.  \nGọi 113")) == "Biết để tránh."
    assert title_of(Post("x", title=" Tin   tức ")) == "Tin tức"


def test_a_long_first_line_is_cut_between_words_and_below_what_was_seen_refused() -> None:
    title = title_of(Post("phòng chống ma túy " * 20))

    assert len(title) <= 140 and title.endswith(("phòng", "chống", "ma", "túy"))
    assert len(title_of(Post("x" * 400))) == 140


def test_without_a_word_there_is_no_article(stand: Stand) -> None:
    with pytest.raises(Rejected, match="title or a text"):
        stand.publish(stand.outgoing(Post(" ")))


def test_an_article_keeps_within_the_caps_and_lets_nobody_comment(stand: Stand) -> None:
    sent = json.loads(stand.channel.request(stand.outgoing(Post("Rất dài. " * 100, title="Tin"))).content)

    assert (sent["title"], sent["status"], sent["comment"]) == ("Tin", "show", "hide")
    assert 0 < len(sent["description"]) <= 250
    assert "author" not in sent


def test_a_post_without_pictures_has_the_cover_of_its_campaign(stand: Stand) -> None:
    stand.channel.chosen["cover"] = "https://a.vn/{campaign}.jpg"
    sent = json.loads(stand.channel.request(stand.outgoing()).content)

    assert sent["cover"] == {"cover_type": "photo", "photo_url": "https://a.vn/thang-hanh-dong.jpg", "status": "show"}


def test_the_first_picture_is_the_cover(stand: Stand) -> None:
    stand.publish(stand.outgoing(stand.post(pictures=2)))

    [article] = fake_of(stand).articles.values()
    assert article["given"].endswith("/_pictures/0.png")


def test_the_cover_of_the_post_is_shown_before_its_first_picture_and_the_option(stand: Stand) -> None:
    post = replace(stand.post(pictures=1), cover=stand.picture(7))

    stand.publish(stand.outgoing(post))

    [article] = fake_of(stand).articles.values()
    assert article["given"].endswith("/_pictures/7.png")
    assert [picture["alt"] for picture in fake_of(stand).public[0].images] == [post.images[0].alt]


def test_a_cover_that_nobody_can_fetch_stays_here(stand: Stand) -> None:
    post = replace(stand.post(), cover=stand.picture(7))
    fake_of(stand).folder = stand.folder / "elsewhere"

    with pytest.raises(Unavailable, match="HTTP 404"):
        stand.publish(stand.outgoing(post))

    assert fake_of(stand).tokens == {}


def test_without_a_cover_the_channel_is_held_and_says_what_to_write(stand: Stand) -> None:
    del stand.channel.chosen["cover"]

    with pytest.raises(Unauthorized, match=r"thêm cover: {file: "):
        stand.publish()


def test_without_an_address_of_pictures_nothing_is_asked_and_it_says_what_to_set(stand: Stand) -> None:
    stand.channel.media = Media("", stand.channel.wire)

    with pytest.raises(Unavailable, match="LOA_MEDIA_URL"):
        stand.publish(stand.outgoing(stand.post(pictures=1)))

    assert fake_of(stand).tokens == {}


def test_an_option_names_another_place_for_pictures(stand: Stand) -> None:
    stand.channel.media = Media("", stand.channel.wire, near=True)
    stand.channel.chosen["pictures"] = f"{stand.fake.url}/_pictures/{{name}}"

    stand.publish(stand.outgoing(stand.post(pictures=1)))

    [article] = fake_of(stand).articles.values()
    assert article["given"].endswith("/_pictures/0.png")


@pytest.mark.parametrize("way", ["stand", "hidden"])
def test_a_picture_that_nobody_can_fetch_stays_here(way: str, request: pytest.FixtureRequest) -> None:
    stand = request.getfixturevalue(way)
    outgoing = stand.outgoing(stand.post(pictures=1))
    fake_of(stand).folder = stand.folder / "elsewhere"

    with pytest.raises(Unavailable, match="HTTP 404"):
        stand.publish(outgoing)

    assert fake_of(stand).tokens == {}


def test_something_else_at_the_address_of_a_picture_stays_here(stand: Stand) -> None:
    outgoing = stand.outgoing(stand.post(pictures=1))
    file = Path(outgoing.post.images[0].file)
    elsewhere = stand.folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / file.name).write_bytes(b"a page that asks for a password")
    fake_of(stand).folder = elsewhere

    with pytest.raises(Unavailable, match="không phải ảnh của ta"):
        stand.publish(outgoing)

    assert fake_of(stand).tokens == {}


def test_the_server_of_the_pictures_is_not_told_our_token(stand: Stand) -> None:
    asked: list[httpx.Request] = []

    def look(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(403)

    wire = Wire(transport=httpx.MockTransport(look))
    stand.channel.wire, stand.channel.media = wire, Media(stand.channel.media.base, wire, near=True)
    with pytest.raises(Unavailable, match="403"):  # and is not one that knows us
        stand.publish(stand.outgoing(stand.post(pictures=1)))

    assert "access_token" not in asked[0].headers


# --- verifying --------------------------------------------------------------------------------------------------------


def test_an_article_is_waited_for_until_its_pictures_are_there(stand: Stand) -> None:
    fake_of(stand).polls = zalo_shelf.VERIFY_TRIES - 1

    receipt = stand.publish()

    assert receipt.remote_id in fake_of(stand).articles
    assert receipt.url == f"{stand.fake.url}/d/{ZaloFake.oa}?id={receipt.remote_id}&pageId={ZaloFake.oa}"


def test_an_article_that_takes_too_long_is_unconfirmed_and_found_later(stand: Stand) -> None:
    fake_of(stand).polls = 1000
    with pytest.raises(Unconfirmed, match="not verified yet"):
        stand.publish()

    found = stand.find()

    assert found is not None and found.remote_id in fake_of(stand).articles


def test_a_cover_that_cannot_be_fetched_leaves_nothing_behind_and_is_tried_again(stand: Stand) -> None:
    stand.channel.chosen["cover"] = f"{stand.fake.url}/_pictures/gone.png"

    with pytest.raises(Unavailable, match="-200"):
        stand.publish()

    assert stand.public() == []


def test_verified_without_an_id_is_no_success(stand: Stand) -> None:
    fake_of(stand).names_verified = False

    with pytest.raises(Unconfirmed, match="without an id"):
        stand.publish()


def test_without_its_address_it_is_public_all_the_same(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any) -> dict[str, Any]:
        raise Unavailable("away")

    monkeypatch.setattr(zalo_shelf, "detail", away)

    assert stand.publish().url == ""


# --- hidden, then shown -----------------------------------------------------------------------------------------------


def test_hidden_first_nothing_is_public_until_the_one_request(hidden: Stand) -> None:
    outgoing = hidden.run(hidden.prepared(hidden.outgoing()))

    [article] = fake_of(hidden).articles.values()
    assert (article["status"], outgoing.checkpoint["id"]) == ("hide", article["id"])
    assert hidden.public() == []
    assert hidden.run(hidden.channel.publish(outgoing)).remote_id == article["id"]
    assert article["id"] == hidden.fake.public[0].id and len(fake_of(hidden).articles) == 1


def test_hidden_first_a_lost_answer_is_looked_for_by_its_id(hidden: Stand) -> None:
    outgoing = hidden.run(hidden.prepared(hidden.outgoing()))
    assert hidden.find(outgoing) is None
    hidden.fake.fault("lost")
    with pytest.raises(Unconfirmed):
        hidden.run(hidden.channel.publish(outgoing))

    found = hidden.find(outgoing, taken={str(outgoing.checkpoint["id"])})

    assert found is not None and found.remote_id == outgoing.checkpoint["id"]


def test_hidden_first_what_a_person_has_removed_is_not_there(hidden: Stand) -> None:
    outgoing = hidden.run(hidden.prepared(hidden.outgoing()))
    hidden.delete(str(outgoing.checkpoint["id"]))

    assert hidden.find(outgoing) is None


def test_hidden_first_a_token_that_is_forgotten_costs_a_new_article_and_not_the_post(hidden: Stand) -> None:
    hidden.run(hidden.prepared(hidden.outgoing()))
    fake_of(hidden).tokens.clear()
    fake_of(hidden).articles.clear()
    kept = hidden.checkpoints[2]
    with pytest.raises(Unavailable, match="-201"):
        hidden.run(hidden.prepared(Outgoing(KEY, DUE, hidden.post(), kept)))

    hidden.publish(Outgoing(KEY, DUE, hidden.post(), hidden.checkpoints[-1]))

    assert len(hidden.public()) == 1


def test_hidden_first_showing_twice_is_one_article(hidden: Stand) -> None:
    outgoing = hidden.run(hidden.prepared(hidden.outgoing()))

    assert hidden.run(hidden.channel.publish(outgoing)) == hidden.run(hidden.channel.publish(outgoing))
    assert len(hidden.public()) == 1


def test_hidden_first_every_step_is_kept(hidden: Stand) -> None:
    hidden.run(hidden.prepared(hidden.outgoing()))

    assert [sorted(step) for step in hidden.checkpoints] == [
        ["seen"],
        ["began", "seen"],
        ["began", "seen", "token"],
        ["began", "id", "seen", "token"],
    ]


@pytest.mark.parametrize("step", range(4))
def test_hidden_first_a_crash_after_any_step_makes_no_second_article(hidden: Stand, step: int) -> None:
    hidden.run(hidden.prepared(hidden.outgoing()))
    if step < 2:
        fake_of(hidden).articles.clear()  # it was not created yet

    hidden.channel = hidden.open()
    hidden.publish(Outgoing(KEY, DUE, hidden.post(), hidden.checkpoints[step]))

    assert len(fake_of(hidden).articles) == len(hidden.public()) == 1


def test_hidden_first_an_article_whose_token_was_lost_is_taken_up(hidden: Stand) -> None:
    hidden.run(hidden.prepared(hidden.outgoing()))

    hidden.publish(Outgoing(KEY, DUE, hidden.post(), hidden.checkpoints[1]))

    assert len(fake_of(hidden).articles) == len(hidden.public()) == 1


def test_hidden_first_patience_goes_on_at_the_next_try(hidden: Stand) -> None:
    fake_of(hidden).polls = zalo_shelf.VERIFY_TRIES + 2
    with pytest.raises(Unavailable, match="-214"):
        hidden.run(hidden.prepared(hidden.outgoing()))
    fake_of(hidden).polls = 1

    hidden.publish(Outgoing(KEY, DUE, hidden.post(), hidden.checkpoints[-1]))

    assert len(fake_of(hidden).articles) == 1


def test_hidden_first_a_token_that_failed_is_not_asked_about_again(hidden: Stand) -> None:
    hidden.channel.chosen["cover"] = f"{hidden.fake.url}/_pictures/gone.png"
    with pytest.raises(Unavailable, match="-200"):
        hidden.run(hidden.prepared(hidden.outgoing()))
    hidden.channel = hidden.open()

    hidden.publish(Outgoing(KEY, DUE, hidden.post(), hidden.checkpoints[-1]))

    assert len(hidden.public()) == 1


# --- looking ----------------------------------------------------------------------------------------------------------


def test_what_is_hidden_is_not_public(stand: Stand) -> None:
    stand.publish()
    for article in fake_of(stand).articles.values():
        article["status"] = "hide"

    assert stand.find() is None


def crowd(stand: Stand, count: int, age: timedelta) -> None:
    """Let others have posted so many articles so long ago."""
    at = int((datetime.now(UTC) - age).timestamp() * 1000)
    for n in range(count):
        id = f"khac-{age}-{n}"
        article = {"id": id, "title": "Khác", "status": "show", "create_date": at, "verified": True, "removed": False}
        fake_of(stand).articles[id] = article


def test_an_article_is_found_among_many_newer_ones(stand: Stand) -> None:
    receipt = stand.publish()
    crowd(stand, 45, timedelta(0))

    assert stand.find() == receipt


def test_old_articles_are_not_all_read(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    receipt = stand.publish()
    crowd(stand, 10, timedelta(days=1))  # one page out of order: nobody promises any
    asked: list[str] = []
    ask = stand.channel.ask

    async def counting(method: str, path: str, **how: Any) -> Answer:
        asked.append(path)
        return await ask(method, path, **how)

    monkeypatch.setattr(stand.channel, "ask", counting)
    assert stand.find() == receipt
    crowd(stand, 300, timedelta(days=2))
    asked.clear()

    assert stand.find(since=LONG_AGO) is None
    assert len(asked) == zalo_shelf.OLDER_PAGES


def test_a_list_that_cannot_be_read_says_nothing(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = fake_of(stand)
    monkeypatch.setattr(fake, "done", lambda **_: ZaloFake.says(fake, 0, "Success"))

    with pytest.raises(Unavailable):
        stand.find()


@pytest.mark.parametrize(("options", "seconds"), [({}, 180), ({"settle": "5"}, 5), ({"hidden_first": "yes"}, 0)])
def test_a_look_waits_for_what_the_list_does_not_show_yet(
    stand: Stand, options: Mapping[str, str], seconds: int
) -> None:
    opened = Zalo(
        id="z", account="1", base_url=None, secrets={}, wire=stand.wires[0], folder=stand.folder, options=options
    )

    assert opened.appears_within == timedelta(seconds=seconds)


def test_a_refused_removal_of_what_is_still_there_is_no_deletion(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    receipt = stand.publish()
    monkeypatch.setattr(fake_of(stand), "articles", dict(fake_of(stand).articles))
    fake_of(stand).articles[receipt.remote_id] = _Stubborn(fake_of(stand).articles[receipt.remote_id])

    with pytest.raises(Rejected):
        stand.delete(receipt.remote_id)


class _Stubborn(dict[str, Any]):
    """An article that remove refuses and getdetail shows."""

    asked = 0

    def __getitem__(self, key: str) -> Any:
        if key != "removed":
            return super().__getitem__(key)
        self.asked += 1
        return self.asked == 1


# --- codes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        (-216, Expired),
        (-220, Expired),
        (-219, Unauthorized),
        (-224, Unauthorized),
        (-221, Unauthorized),
        (-209, Unauthorized),
        (-32, RateLimited),
        (-223, RateLimited),
        (-234, RateLimited),
        (-201, Rejected),
        (-248, Rejected),
    ],
)
def test_a_code_in_a_200_says_what_to_do(code: int, meant: type[ChannelError]) -> None:
    assert type(refusal(answered(code))) is meant


@pytest.mark.parametrize(
    ("code", "status"), [(0, 200), (-200, 200), (-214, 200), (-999, 200), (-201, 500), (-216, 502)]
)
def test_what_a_code_does_not_prove_is_left_to_whoever_asked(code: int, status: int) -> None:
    assert refusal(answered(code, status)) is None


def test_a_code_nobody_knows_may_have_published(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fake_of(stand), "refused", lambda words: fake_of(stand).says(-999, words))
    stand.fake.fault("refuse")

    with pytest.raises(Unconfirmed, match="-999"):
        stand.publish()


@pytest.mark.parametrize(
    ("code", "at", "then"),
    [
        (-32, "10:20:30", "10:21:00"),
        (-223, "10:20:30", "00:00:00"),
        (-234, "03:00:00", "06:00:00"),
        (-234, "22:30:00", "06:00:00"),
    ],
)
def test_it_is_known_when_to_come_back(monkeypatch: pytest.MonkeyPatch, code: int, at: str, then: str) -> None:
    now = datetime.fromisoformat(f"2027-06-26T{at}+07:00")
    monkeypatch.setattr("scheduler.clock.now", lambda: now.astimezone(UTC))

    said = refusal(answered(code))

    assert isinstance(said, RateLimited) and said.retry_at is not None
    local = said.retry_at.astimezone(now.tzinfo)
    assert f"{local:%H:%M:%S}" == then and timedelta(0) < said.retry_at - now <= timedelta(days=1)


def test_a_used_up_quota_is_waited_for(stand: Stand) -> None:
    fake_of(stand).quota = 0
    with pytest.raises(RateLimited, match="-223"):
        stand.publish()
    fake_of(stand).quota = 1

    stand.publish()

    assert len(stand.public()) == 1


# --- tokens -----------------------------------------------------------------------------------------------------------


def renewed(stand: Stand) -> Renewed:
    return stand.run(channel(stand).renew())


@pytest.mark.parametrize(
    ("day", "ends"),
    [("31/12/2027", "2028-01-01T00:00:00+07:00"), ("", None), ("2027-12-31", None), ("không thời hạn", None)],
)
def test_when_the_package_ends_is_told_where_it_is_said(stand: Stand, day: str, ends: str | None) -> None:
    fake_of(stand).package_ends = day

    assert stand.check().expires == (ends and datetime.fromisoformat(ends))


def test_a_renewal_gives_a_pair_and_kills_the_old_one(stand: Stand) -> None:
    found = renewed(stand)

    assert found.secrets == {"access_token": fake_of(stand).access, "refresh_token": fake_of(stand).refresh}
    assert abs(found.expires - datetime.now(UTC) - timedelta(hours=25)) < timedelta(minutes=1)
    with pytest.raises(Expired):
        stand.check()
    with pytest.raises(Unauthorized, match="-14014"):
        renewed(stand)
    stand.channel.take(found.secrets, found.expires)
    assert stand.check().name == f"Công an Thành phố ({ZaloFake.oa})"


@pytest.mark.parametrize(("fault", "meant"), [("lost", Unconfirmed), ("500", Unconfirmed), ("html_403", Unconfirmed)])
def test_only_its_own_words_prove_that_a_pair_is_dead(stand: Stand, fault: str, meant: type[ChannelError]) -> None:
    fake_of(stand).token_faults = [fault]

    with pytest.raises(meant):
        renewed(stand)


@pytest.mark.parametrize("secret", ["app_id", "app_secret"])
def test_a_refused_app_is_not_a_dead_pair(stand: Stand, secret: str) -> None:
    stand.channel.secrets[secret] = "khac"

    with pytest.raises(Rejected):
        renewed(stand)


def test_a_body_that_says_nothing_is_unclear() -> None:
    for body in (b"", b"{}", b'{"error": 0}', b'{"access_token": ""}', b"[1]", b"<html>"):
        assert isinstance(refusal_of_tokens(Answer(200, {}, body)), Unconfirmed)


def test_a_pair_is_not_thrown_away_for_what_stands_beside_it(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    def reply(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"access_token": "a", "expires_in": "bald"})

    stand.channel.wire = Wire(transport=httpx.MockTransport(reply))

    found = renewed(stand)

    assert found.secrets == {"access_token": "a", "refresh_token": ""}
    assert timedelta(minutes=50) < found.expires - datetime.now(UTC) < timedelta(hours=2)


@pytest.mark.parametrize(
    ("options", "first", "known"), [({}, True, True), ({}, False, False), ({"consent_renewed": "yes"}, False, True)]
)
def test_a_renewal_lengthens_a_consent_only_where_that_is_known(
    stand: Stand, options: dict[str, str], first: bool, known: bool
) -> None:
    stand.channel.chosen |= options
    if first:
        del stand.channel.secrets["access_token"]

    assert (renewed(stand).ends is not None) is known


def agree(stand: Stand, consent: Consent) -> dict[str, str]:
    """Let an administrator agree in a browser; return what the browser brings back."""
    with httpx.Client(trust_env=False) as browser:
        answer = browser.get(channel(stand).consent_page(consent))
    return consent.read(answer.headers["Location"])


def test_a_consent_becomes_a_pair(stand: Stand) -> None:
    consent = Consent("https://hanoi.gov.vn/loa")

    found = stand.run(channel(stand).redeem(consent, agree(stand, consent)))

    assert found.secrets["access_token"] == fake_of(stand).access
    assert found.ends is not None and timedelta(days=89) < found.ends - datetime.now(UTC) < timedelta(days=91)


def test_a_code_is_good_once_and_for_its_verifier(stand: Stand) -> None:
    consent = Consent("https://hanoi.gov.vn/loa")
    brought = agree(stand, consent)
    with pytest.raises(Rejected, match="-14005"):
        stand.run(channel(stand).redeem(Consent(consent.redirect), brought))
    with pytest.raises(Rejected, match="-14005"):
        stand.run(channel(stand).redeem(consent, brought))


def test_a_consent_for_another_account_is_said_before_its_code_is_used(stand: Stand) -> None:
    stand.channel = stand.open(account="1")
    consent = Consent("https://hanoi.gov.vn/loa")

    with pytest.raises(Unauthorized, match=f"OA {ZaloFake.oa}.*OA 1"):
        stand.run(channel(stand).redeem(consent, agree(stand, consent)))

    assert fake_of(stand).requests["token"] == 0


def test_a_token_that_dies_in_mid_sending_says_nothing_twice(stand: Stand) -> None:
    async def revive() -> bool:
        found = await channel(stand).renew()
        stand.channel.take(found.secrets, found.expires)
        return True

    stand.channel.revive = revive
    outgoing = stand.outgoing()
    built = stand.channel.request(outgoing)
    fake_of(stand).access = "renewed elsewhere"

    stand.run(stand.channel.publish(outgoing, built))

    assert len(stand.public()) == 1


def test_consents_and_tokens_have_an_address_of_their_own() -> None:
    def opened(base_url: str | None, **options: str) -> str:
        wire = Wire(transport=httpx.MockTransport(lambda request: httpx.Response(500)))
        secrets: dict[str, str] = {}
        given: dict[str, Any] = {"secrets": secrets, "wire": wire, "folder": None, "options": options}
        return Zalo(id="z", account="1", base_url=base_url, **given).oauth

    async def all_of_them() -> list[str]:
        return [opened(None), opened("https://x"), opened("https://x", oauth_url="https://y/")]

    assert asyncio.run(all_of_them()) == ["https://oauth.zaloapp.com", "https://x", "https://y"]


# --- options ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("cover", "https://a.vn/b%20c.jpg", "https://a.vn/bìa.jpg"),
        ("pictures", "https://a.vn/{name}", "anh/{name}"),
        ("pictures", "https://a.vn/loa/{name}", "https://a.vn/{sha256}.jpg"),
        ("hidden_first", "yes", "true"),
        ("comment", "show", "open"),
        ("settle", "60", "-1"),
        ("consent_days", "90", "ba tháng"),
        ("author", "Công an Thành phố", "x" * 51),
        ("redirect", "http://127.0.0.1:8091/", "127.0.0.1"),
    ],
)
def test_an_option_is_judged_by_what_it_is_for(name: str, good: str, bad: str) -> None:
    assert Zalo.wrong_option(name, good) == ""
    assert Zalo.wrong_option(name, bad)


def test_every_option_has_a_rule_and_the_defaults_keep_it() -> None:
    assert [n for n, value in Zalo.options.items() if value and Zalo.wrong_option(n, value)] == []


def test_the_text_is_public_in_the_composed_form(stand: Stand) -> None:
    stand.publish()
    assert fake_of(stand).public[0].text == TEXT


def test_its_numbers_are_views_and_shares(stand: Stand) -> None:
    receipt = stand.publish()
    fake_of(stand).public[0].numbers = {"views": 1200, "shares": 5, "comments": 7}
    assert stand.metrics(receipt.remote_id) == {"views": 1200, "shares": 5}


def test_an_article_that_a_person_has_hidden_is_gone(stand: Stand) -> None:
    receipt = stand.publish()
    fake_of(stand).articles[receipt.remote_id]["status"] = "hide"
    with pytest.raises(NotFound, match="hidden"):
        stand.metrics(receipt.remote_id)


# --- other words ------------------------------------------------------------------------------------------------------


def better(stand: Stand) -> Post:
    return replace(stand.post(pictures=2), title="Tin đúng", text="Gọi 111.")


def test_a_corrected_article_keeps_cover_pictures_author_and_what_a_person_has_set(stand: Stand) -> None:
    fake = fake_of(stand)
    stand.channel = stand.open(options={"author": "Công an Thành phố"})
    receipt = stand.publish(stand.outgoing(stand.post(pictures=2)))
    fake.articles[receipt.remote_id]["comment"] = "show"
    before = dict(fake.articles[receipt.remote_id])
    stand.channel = stand.open(options={"author": "Ai khác"})

    stand.edit(receipt.remote_id, better(stand))

    after = fake.articles[receipt.remote_id]
    kept = ("id", "cover", "author", "comment", "status", "create_date")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert [b for b in after["body"] if b["type"] == "image"] == [b for b in before["body"] if b["type"] == "image"]
    assert (after["title"], fake.public[0].text, len(fake.articles)) == ("Tin đúng", "Gọi 111.", 1)


def test_pictures_that_are_here_no_more_are_those_that_zalo_has(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    receipt = stand.publish(stand.outgoing(stand.post(pictures=2)))
    post = better(stand)
    monkeypatch.setattr(stand.channel, "media", Media("", stand.wires[0]))  # published long ago: no address of ours

    stand.edit(receipt.remote_id, post)

    assert fake_of(stand).public[0].text == "Gọi 111."


def test_where_zalo_tells_no_pictures_ours_are_looked_at_before_anything_is_asked(stand: Stand) -> None:
    fake = fake_of(stand)
    receipt = stand.publish(stand.outgoing(stand.post(pictures=2)))
    fake.tells_whole = False
    post = better(stand)
    stand.edit(receipt.remote_id, post)
    assert (fake.requests["correct"], fake.public[0].text) == (1, "Gọi 111.")

    Path(post.images[1].file).unlink()
    with pytest.raises(Unavailable):
        stand.edit(receipt.remote_id, replace(post, text="Gọi 112."))

    assert fake.requests["correct"] == 1


def test_an_article_whose_cover_nobody_knows_is_left_to_a_person(stand: Stand) -> None:
    receipt = stand.publish()
    fake_of(stand).tells_whole = False

    with pytest.raises(Rejected, match="OA Manager"):
        stand.edit(receipt.remote_id, stand.post("Khác"))

    assert fake_of(stand).requests["correct"] == 0


@pytest.mark.parametrize(
    "fault", ["lost", "reset_after", "500_after", "500_before", "truncated", "html_200", "html_502"]
)
def test_a_correction_without_a_clear_answer_is_not_done_and_may_be_asked_again(stand: Stand, fault: str) -> None:
    fake = fake_of(stand)
    receipt = stand.publish()
    fake.corrections = [Fault(fault)]
    post = replace(stand.post(), title="Tin đúng", text="Gọi 111.")

    with pytest.raises(Unavailable):
        stand.edit(receipt.remote_id, post)
    stand.edit(receipt.remote_id, post)

    assert [(one.title, one.text) for one in fake.public] == [("Tin đúng", "Gọi 111.")]
    assert (fake.requests["correct"], len(fake.articles)) == (2, 1)


@pytest.mark.parametrize("fault", ["error_in_200", "refuse", "403"])
def test_a_correction_that_was_refused_leaves_the_words(stand: Stand, fault: str) -> None:
    receipt = stand.publish()
    fake_of(stand).corrections = [Fault(fault)]

    with pytest.raises(ChannelError):
        stand.edit(receipt.remote_id, stand.post("Khác"))

    assert fake_of(stand).public[0].text == stand.case.text


def test_a_correction_is_done_only_when_it_is_verified(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    receipt = stand.publish()
    fake_of(stand).polls = 5
    monkeypatch.setattr(zalo_shelf, "VERIFY_TRIES", 2)

    with pytest.raises(Unavailable, match="-214"):
        stand.edit(receipt.remote_id, stand.post("Khác"))


def test_an_article_that_a_person_has_hidden_is_not_corrected_and_so_not_shown(stand: Stand) -> None:
    receipt = stand.publish()
    fake_of(stand).articles[receipt.remote_id]["status"] = "hide"

    with pytest.raises(Rejected):
        stand.edit(receipt.remote_id, stand.post("Khác"))

    assert fake_of(stand).articles[receipt.remote_id]["status"] == "hide"
