"""What is Threads' own: one step is never taken, topics lose their sign, a person's token is renewed every day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast

import httpx
import pytest

from scheduler import clock
from scheduler.channels.consent import Consent
from scheduler.channels.contract import Post, Renewed
from scheduler.channels.threads import Threads
from scheduler.composing.fit import misfits
from scheduler.errors import Rejected, Unauthorized, Unavailable
from tests.channels.conftest import Open
from tests.channels.stand import TEXT, Stand
from tests.fakes import ThreadsFake

APP = {"app_id": ThreadsFake.app_id, "app_secret": ThreadsFake.app_secret}


@pytest.fixture
def stand(only: Open) -> Stand:
    return only("threads")


@pytest.fixture
def fake(stand: Stand) -> ThreadsFake:
    return cast(ThreadsFake, stand.fake)


def spoken(stand: Stand) -> Threads:
    return cast(Threads, stand.channel)


def renew(stand: Stand) -> Renewed:
    return stand.run(spoken(stand).renew())


def test_a_text_is_a_container_with_the_page_of_its_first_address(stand: Stand, fake: ThreadsFake) -> None:
    stand.publish()
    [made] = fake.containers.values()
    assert made.said == {
        "media_type": "TEXT", "text": TEXT, "link_attachment": "https://example.org/ma-tuy?a=1&b=2",
    }  # fmt: skip


def test_a_topic_that_lost_its_sign_is_the_same_text(stand: Stand, fake: ThreadsFake) -> None:
    receipt = stand.publish(stand.outgoing(Post("Tin #mot #hai")))
    assert stand.find(stand.outgoing(Post("Tin #mot #hai"))) == receipt


def test_an_emoji_takes_the_room_of_its_bytes() -> None:
    assert not list(misfits(Post("a" * 496 + "👍"), Threads.limits, "threads"))
    [said] = misfits(Post("a" * 497 + "👍"), Threads.limits, "threads")
    assert "dài 501 ký tự (mỗi emoji tính bằng số byte), tối đa 500" in said


def test_more_than_five_addresses_are_said_before(stand: Stand) -> None:
    text = " ".join(f"https://a.vn/{n}" for n in range(6))
    [said] = misfits(Post(text), Threads.limits, "threads")
    assert "6 địa chỉ khác nhau, tối đa 5" in said
    with pytest.raises(Rejected, match="LINK_LIMIT"):
        stand.publish(stand.outgoing(Post(text)))


# the token


def test_a_token_is_renewed_and_speaks(stand: Stand) -> None:
    newer = renew(stand)
    assert newer.secrets["access_token"].startswith("renewed-")
    assert newer.expires - clock.now() > timedelta(days=59)
    stand.channel.take(newer.secrets, newer.expires)
    assert stand.publish().remote_id


def test_one_that_is_too_young_is_used_as_it_is(stand: Stand, fake: ThreadsFake) -> None:
    fake.too_young = True
    same = renew(stand)
    assert same.secrets == {"access_token": fake.token}
    assert timedelta(days=2) < same.expires - clock.now() < timedelta(days=4)


def test_one_that_works_and_is_not_renewed_is_said_every_day(stand: Stand, fake: ThreadsFake) -> None:
    fake.too_young = True
    stand.channel.take({}, clock.now() + timedelta(days=20))
    with pytest.raises(Rejected):
        renew(stand)


def test_a_dead_one_is_dead(stand: Stand, fake: ThreadsFake) -> None:
    fake.tokens.clear()
    with pytest.raises(Unauthorized):
        renew(stand)


def test_a_fault_of_theirs_kills_no_token(stand: Stand, fake: ThreadsFake) -> None:
    stand.channel.base_url += "/_maintenance"
    with pytest.raises(Exception, match="cannot be read"):
        renew(stand)
    stand.channel.base_url = "http://127.0.0.1:9"
    with pytest.raises(Unavailable):
        renew(stand)


def test_a_token_that_dies_midway_starts_nothing_twice(stand: Stand, fake: ThreadsFake) -> None:
    outgoing = stand.run(stand.prepared(stand.outgoing()))

    async def revive() -> bool:
        newer = await spoken(stand).renew()
        stand.channel.take(newer.secrets, newer.expires)
        return True

    stand.channel.revive = revive
    fake.fault("expired_token")
    stand.run(stand.channel.publish(outgoing))
    assert len(fake.public) == 1 and len(fake.containers) == 1 and fake.renewals == 1


def test_a_consent_becomes_a_token_of_sixty_days(stand: Stand) -> None:
    stand.channel = stand.open(secrets=APP)
    consent = Consent("https://hanoi.gov.vn/loa")
    with httpx.Client(trust_env=False) as browser:
        shown = browser.get(spoken(stand).consent_page(consent)).headers["Location"]
    assert shown.endswith("#_")
    found = stand.run(spoken(stand).redeem(consent, consent.read(shown)))
    assert found.secrets["access_token"].startswith("long-")
    with pytest.raises(Rejected, match="Invalid authorization code"):
        stand.run(spoken(stand).redeem(consent, {"code": "code-102#_"}))


def test_who_has_no_vault_is_told_when_the_token_ends(stand: Stand, fake: ThreadsFake) -> None:
    ends = datetime(2027, 6, 26, tzinfo=UTC)
    fake.expires_at = int(ends.timestamp())
    assert stand.check().expires == ends
    stand.channel.take({}, clock.now() + timedelta(days=9))
    assert stand.check().expires is None


# numbers


def test_what_was_passed_on_in_three_ways_is_one_number(stand: Stand, fake: ThreadsFake) -> None:
    receipt = stand.publish()
    assert stand.metrics(receipt.remote_id) == {"views": 40, "reactions": 41, "comments": 42, "shares": 43 + 44 + 45}
    fake.dead = {"quotes"}
    assert stand.metrics(receipt.remote_id)["shares"] == 43 + 45
