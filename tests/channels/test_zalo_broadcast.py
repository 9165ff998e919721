"""What is a broadcast's own: the article that is sent on, whom it is sent to, its hours, and what a lost answer means."""

from __future__ import annotations

import json
from datetime import datetime
from typing import cast

import pytest

from scheduler.authoring.channels_file import ChannelEntry
from scheduler.channels.contract import Outgoing, Receipt
from scheduler.channels.registry import pace_of
from scheduler.channels.zalo import Zalo
from scheduler.channels.zalo_answers import ZONE
from scheduler.channels.zalo_broadcast import ZaloBroadcast
from scheduler.errors import RateLimited, Rejected, Unconfirmed
from tests.channels.conftest import Open
from tests.channels.stand import DUE, KEY, Stand
from tests.fakes import ZaloBroadcastFake


@pytest.fixture
def stand(only: Open) -> Stand:
    return only("zalo_broadcast")


def fake_of(stand: Stand) -> ZaloBroadcastFake:
    return cast(ZaloBroadcastFake, stand.fake)


def test_the_article_is_sent_to_everybody(stand: Stand) -> None:
    outgoing = stand.outgoing()

    receipt = stand.publish(outgoing)

    assert outgoing.follows is not None
    [sent] = fake_of(stand).sent
    assert sent == {"message_id": receipt.remote_id, "articles": [outgoing.follows.remote_id], "target": {}}
    assert receipt.url == outgoing.follows.url


def test_only_those_are_meant_whom_the_options_name(stand: Stand) -> None:
    stand.channel.chosen |= {"ages": "2,3", "locations": "0", "gender": "2"}

    stand.publish()

    assert fake_of(stand).sent[0]["target"] == {"ages": "2,3", "gender": "2", "locations": "0"}


def test_of_an_article_that_a_person_has_confirmed_the_address_tells_the_id(stand: Stand) -> None:
    known = stand.outgoing().follows
    assert known is not None
    confirmed = Receipt("", f"https://post.oa.zalo.me/d/oa?id={known.remote_id}&pageId=oa")

    sent = json.loads(stand.channel.request(stand.outgoing().sending_on(confirmed)).content)

    assert sent["message"]["attachment"]["payload"]["elements"][0]["attachment_id"] == known.remote_id


@pytest.mark.parametrize("public", [None, Receipt("", "https://oa.zalo.me/bai-viet")])
def test_without_the_id_of_an_article_nothing_is_sent(stand: Stand, public: Receipt | None) -> None:
    with pytest.raises(Rejected, match="OA Manager"):
        stand.publish(Outgoing(KEY, DUE, stand.post(), follows=public))

    assert stand.fake.requests["publish"] == 0


def test_an_article_that_was_taken_down_cannot_be_sent(stand: Stand) -> None:
    outgoing = stand.outgoing()
    assert outgoing.follows is not None
    fake_of(stand).articles[outgoing.follows.remote_id]["removed"] = True

    with pytest.raises(Rejected, match="-201"):
        stand.publish(outgoing)


def test_accepted_and_not_answered_is_for_a_person_and_nobody_can_look(stand: Stand) -> None:
    stand.fake.fault("lost")

    with pytest.raises(Unconfirmed):
        stand.publish()

    assert len(fake_of(stand).sent) == 1
    assert not stand.channel.can("find") and not stand.channel.can("delete") and not stand.channel.can("metrics")


@pytest.mark.parametrize("code", [-200, -999])
def test_a_code_that_may_come_after_sending_is_for_a_person(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(fake_of(stand), "refused", lambda words: fake_of(stand).says(code, words))
    stand.fake.fault("refuse")

    with pytest.raises(Unconfirmed, match=str(code)):
        stand.publish()


def test_a_message_without_a_number_is_no_success(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fake_of(stand), "done", lambda **_: fake_of(stand).says(0, "Success"))

    with pytest.raises(Unconfirmed):
        stand.publish()


def test_at_night_the_network_says_when_to_come_back(stand: Stand) -> None:
    fake_of(stand).hour = 23

    with pytest.raises(RateLimited, match="-234") as told:
        stand.publish()

    assert told.value.retry_at is not None
    assert f"{told.value.retry_at.astimezone(ZONE):%H:%M}" == "06:00"
    assert stand.public() == []


def test_a_used_up_allowance_is_waited_for(stand: Stand) -> None:
    fake_of(stand).broadcasts = 0

    with pytest.raises(RateLimited, match="-211"):
        stand.publish()


# --- whose secrets it speaks by -----------------------------------------------------------------------------------------


def leader(stand: Stand) -> Zalo:
    return cast(Zalo, stand.channel.leader)


def test_a_pair_that_its_leader_gets_is_its_own_at_once(stand: Stand) -> None:
    renewed = stand.run(leader(stand).renew())
    leader(stand).take(renewed.secrets, renewed.expires)

    stand.publish()

    assert len(stand.public()) == 1
    assert not stand.channel.can("renew") and ZaloBroadcast.renew_every is None and ZaloBroadcast.kept == ()


def test_a_token_that_dies_in_mid_sending_says_nothing_twice(stand: Stand) -> None:
    async def revive() -> bool:
        found = await leader(stand).renew()
        leader(stand).take(found.secrets, found.expires)
        return True

    leader(stand).revive = revive
    stand.channel.follow(leader(stand))
    outgoing = stand.outgoing()
    built = stand.channel.request(outgoing)
    fake_of(stand).access = "renewed elsewhere"

    stand.run(stand.channel.publish(outgoing, built))

    assert len(stand.public()) == 1 and fake_of(stand).requests["token"] == 1


# --- hours and limits ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "then"),
    [
        ("26T05:59", "26T06:00"),
        ("26T06:00", "26T06:00"),
        ("26T21:19", "26T21:19"),
        ("26T21:20", "27T06:00"),
        ("26T23:59", "27T06:00"),
    ],
)
def test_its_hours_are_those_of_vietnam(at: str, then: str) -> None:
    local = datetime.fromisoformat(f"2027-06-{at}:00+07:00")

    opens = ZaloBroadcast.opens_at(local.astimezone(None), {})

    assert opens == datetime.fromisoformat(f"2027-06-{then}:00+07:00")


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("hours", "07:00-20:00", "20:00-07:00"),
        ("hours", "06:00-21:20", "6h-21h"),
        ("ages", "0,7", "8"),
        ("gender", "1", "nam"),
        ("locations", "0,1,2", "3"),
        ("cities", "4", "64"),
        ("platform", "1", "0"),
    ],
)
def test_an_option_is_judged_by_what_it_is_for(name: str, good: str, bad: str) -> None:
    assert ZaloBroadcast.wrong_option(name, good) == ""
    assert ZaloBroadcast.wrong_option(name, bad)


@pytest.mark.parametrize(
    ("written", "limits"),
    [({}, (1, 4)), ({"per_month": "6"}, (1, 6)), ({"per_day": "2"}, (2, 4)), ({"min_gap": "1h"}, (1, 4))],
)
def test_what_channels_yaml_does_not_limit_is_limited_all_the_same(
    written: dict[str, str], limits: tuple[int, int]
) -> None:
    entry = ChannelEntry.model_validate({"id": "gui", "network": "zalo_broadcast", "account": "1", "pace": written})

    assert (pace_of(entry).per_day, pace_of(entry).per_month) == limits
