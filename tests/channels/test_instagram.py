"""What is Instagram's own: its two hosts, reels, carousels, the proof of the secret, logging in two ways, numbers."""

from __future__ import annotations

from datetime import timedelta
from typing import cast
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from scheduler import clock
from scheduler.channels.consent import Consent
from scheduler.channels.contract import Post, Renewed
from scheduler.channels.instagram import Instagram
from scheduler.composing.fit import misfits
from scheduler.errors import NotFound, Rejected, SettingsError, Unauthorized
from tests.channels.conftest import Open
from tests.channels.stand import TEXT, Stand
from tests.fakes import InstagramFake

ITSELF = {"login": "instagram"}
APP = {"app_id": InstagramFake.app_id}


@pytest.fixture
def stand(only: Open) -> Stand:
    return only("instagram")


@pytest.fixture
def fake(stand: Stand) -> InstagramFake:
    return cast(InstagramFake, stand.fake)


def spoken(stand: Stand) -> Instagram:
    return cast(Instagram, stand.channel)


def agreed(stand: Stand) -> Renewed:
    """Let a person agree in the browser, and return what became of it."""
    consent = Consent("https://hanoi.gov.vn/loa")
    with httpx.Client(trust_env=False) as browser:
        shown = browser.get(spoken(stand).consent_page(consent)).headers["Location"]
    return stand.run(spoken(stand).redeem(consent, consent.read(shown)))


# the call


def test_each_login_has_its_host_and_the_version_stands_first(stand: Stand) -> None:
    wire = stand.channel.wire
    for login, host in (
        ("", "graph.facebook.com"),
        ("facebook", "graph.facebook.com"),
        ("instagram", "graph.instagram.com"),
    ):
        channel = Instagram(
            id="a", account="1", base_url=None, secrets={"access_token": "t"}, wire=wire, folder=stand.folder,
            options={"login": login} if login else {},
        )  # fmt: skip
        assert str(channel.build("GET", "/1").url) == f"https://{host}/v26.0/1"
        host = "www.instagram.com/oauth" if login == "instagram" else "www.facebook.com/v26.0/dialog/oauth"
        assert channel.login.page.startswith(f"https://{host}")


def test_a_base_url_that_carries_a_version_is_taken_at_its_word(stand: Stand) -> None:
    stand.channel = stand.open(version="/v26.0", options={"api_version": "v27.0"})
    assert stand.publish().url.startswith("https://www.instagram.com/p/C")


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("api_version", "v26.0", True),
        ("api_version", "26", False),
        ("login", "instagram", True),
        ("login", "google", False),
        ("settle", "4", True),
        ("settle", "0", False),
        ("consent_days", "x", False),
    ],
)
def test_options_are_checked_before_they_are_used(name: str, value: str, right: bool) -> None:
    assert (Instagram.wrong_option(name, value) == "") is right


def test_with_the_secret_every_call_proves_it_and_shows_neither(stand: Stand, fake: InstagramFake) -> None:
    fake.wants_proof = True
    outgoing = stand.run(stand.prepared(stand.outgoing()))
    request = stand.channel.request(outgoing)
    stand.run(stand.channel.publish(outgoing, request))
    assert fake.token not in str(request.url) and fake.app_secret not in f"{request.url}{request.headers}"
    assert stand.channel.secrets["proof"] in str(request.url)


def test_another_token_has_another_proof(stand: Stand, fake: InstagramFake) -> None:
    fake.wants_proof = True
    fake.tokens = {"a-newer-token"}
    stand.channel.take({"access_token": "a-newer-token"}, clock.now())
    assert stand.publish().remote_id


# the post


def test_text_alone_is_no_post_there(stand: Stand, fake: InstagramFake) -> None:
    with pytest.raises(Rejected, match="phải có ảnh"):
        stand.publish(stand.outgoing(Post(TEXT)))
    assert any("phải có ảnh hoặc video" in said for said in misfits(Post(TEXT), Instagram.limits, "instagram"))


def test_words_stand_on_the_whole_and_never_on_a_child(stand: Stand, fake: InstagramFake) -> None:
    stand.publish(stand.outgoing(stand.post(pictures=2)))
    first, second, whole = fake.containers.values()
    assert (first.text, second.text, whole.text) == ("", "", TEXT)
    assert whole.said["media_type"] == "CAROUSEL"


def test_the_token_of_another_account_is_not_ours(stand: Stand, fake: InstagramFake) -> None:
    stand.channel = stand.open(account="17841400000000001", options=ITSELF)
    with pytest.raises(Unauthorized, match=fake.account):
        stand.check()


# logging in


def test_without_a_login_the_token_of_env_is_all_there_is() -> None:
    for ability in ("renew", "redeem", "consent_page"):
        assert not Instagram.can(ability) and Instagram.can(ability, ITSELF)
    assert (Instagram.keeps({}), Instagram.keeps(ITSELF)) == ((), ("access_token",))


def test_at_facebook_the_token_is_that_of_the_page_of_the_account(stand: Stand, fake: InstagramFake) -> None:
    stand.channel = stand.open(secrets=APP, options={"login": "facebook"})
    found = agreed(stand)
    assert found.secrets == {"access_token": fake.page_token}
    assert found.ends is not None and found.ends - clock.now() > timedelta(days=89)


def test_who_manages_no_such_page_cannot_agree(stand: Stand) -> None:
    stand.channel = stand.open(account="17841400000000001", secrets=APP, options={"login": "facebook"})
    with pytest.raises(Unauthorized, match="Trang Facebook"):
        agreed(stand)


def test_a_pages_token_is_seen_to_live_and_stays_what_it_is(stand: Stand, fake: InstagramFake) -> None:
    stand.channel = stand.open(options={"login": "facebook"})
    assert stand.run(spoken(stand).renew()).secrets == {"access_token": fake.token}
    fake.tokens.clear()
    with pytest.raises(Unauthorized):
        stand.run(spoken(stand).renew())


def test_at_instagram_a_code_becomes_a_token_that_is_renewed(stand: Stand, fake: InstagramFake) -> None:
    stand.channel = stand.open(secrets=APP, options=ITSELF)
    found = agreed(stand)
    assert found.secrets["access_token"].startswith("long-")
    stand.channel.take(found.secrets, found.expires)
    newer = stand.run(spoken(stand).renew())
    assert newer.secrets["access_token"].startswith("renewed-")
    assert newer.expires - clock.now() > timedelta(days=59)


def test_without_the_app_nobody_can_agree(stand: Stand) -> None:
    stand.channel = stand.open(options=ITSELF)
    with pytest.raises(SettingsError, match="app_id"):
        spoken(stand).consent_page(Consent("https://a.vn"))


def test_the_page_asks_for_what_is_needed(stand: Stand) -> None:
    stand.channel = stand.open(secrets=APP, options=ITSELF)
    asked = dict(parse_qsl(urlsplit(spoken(stand).consent_page(Consent("https://a.vn", state="x"))).query))
    assert (asked["state"], asked["redirect_uri"]) == ("x", "https://a.vn")
    assert "instagram_business_content_publish" in asked["scope"]


# afterwards


def test_by_its_own_login_only_a_person_takes_a_post_down(stand: Stand) -> None:
    stand.channel = stand.open(options=ITSELF, secrets={"app_secret": ""})
    receipt = stand.publish()
    with pytest.raises(Rejected, match=receipt.url):
        stand.delete(receipt.remote_id)


def test_the_numbers_of_a_post_have_our_names(stand: Stand, fake: InstagramFake) -> None:
    receipt = stand.publish()
    assert stand.metrics(receipt.remote_id) == {"views": 40, "reach": 41, "reactions": 42, "comments": 43, "shares": 44}
    fake.dead = {"reach"}
    assert "reach" not in stand.metrics(receipt.remote_id)


def test_without_the_permission_for_insights_counters_tell(stand: Stand, fake: InstagramFake) -> None:
    receipt = stand.publish()
    fake.may_count = False
    assert stand.metrics(receipt.remote_id) == {"reactions": 7, "comments": 2}
    stand.delete(receipt.remote_id)
    with pytest.raises(NotFound):
        stand.metrics(receipt.remote_id)


# Meta's own tables


def test_meta_knows_every_parameter_of_ours(stand: Stand, fake: InstagramFake) -> None:
    user = pytest.importorskip("facebook_business.adobjects.iguser").IGUser("1")
    media = pytest.importorskip("facebook_business.adobjects.igmedia").IGMedia
    for count in (1, 2):
        stand.publish(stand.outgoing(stand.post(pictures=count)))
    names = {name for container in fake.containers.values() for name in container.said}
    names |= {"video_url", "cover_url", "share_to_feed"}
    made = user.create_media(params={}, pending=True)._param_checker
    published = user.create_media_publish(params={}, pending=True)._param_checker
    assert all(made.is_valid_key(name) for name in names) and not made.is_valid_key("captoin")
    assert published.is_valid_key("creation_id")
    assert {"id", "caption", "timestamp", "permalink", "like_count", "comments_count"} <= set(
        vars(media.Field).values()
    )
