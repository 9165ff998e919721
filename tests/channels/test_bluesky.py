"""What is Bluesky's own: record keys, facets by bytes, one session that is kept."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler import clock
from scheduler.channels.bluesky import facets, tid
from scheduler.channels.contract import Outgoing
from scheduler.errors import NotFound, Rejected, Unauthorized, Unavailable
from scheduler.text import HASHTAG, URL
from tests.channels.conftest import Open
from tests.channels.stand import DUE, KEY, TEXT, Stand
from tests.fakes import BlueskyFake

TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))


@pytest.fixture
def stand(only: Open) -> Stand:
    return only("bluesky")


@pytest.fixture
def fake(stand: Stand) -> BlueskyFake:
    return cast(BlueskyFake, stand.fake)


# record keys


@given(key=st.text(max_size=50), due=MOMENTS)
def test_every_delivery_has_a_valid_record_key_that_stays(key: str, due: datetime) -> None:
    assert TID.fullmatch(tid(key, due))
    assert tid(key, due) == tid(key, due)


@given(due=MOMENTS, keys=st.sets(st.text(max_size=20), min_size=2, max_size=50))
def test_deliveries_of_one_instant_never_share_a_key(due: datetime, keys: set[str]) -> None:
    assert len({tid(key, due) for key in keys}) == len(keys)


def test_ten_thousand_deliveries_of_one_instant_have_ten_thousand_keys() -> None:
    assert len({tid(f"chien-dich/tin@{n}/kenh", DUE) for n in range(10_000)}) == 10_000


def test_record_keys_sort_by_time_and_lie_in_the_past() -> None:
    assert tid(KEY, DUE) < tid("khac", DUE + timedelta(minutes=10)) < tid(KEY, DUE + timedelta(minutes=20))
    number = 0
    for digit in tid(KEY, DUE):
        number = number << 5 | "234567abcdefghijklmnopqrstuvwxyz".index(digit)
    assert timedelta() <= DUE - clock.moment(number >> 10) < timedelta(minutes=5)


# facets


def test_facets_are_measured_in_bytes() -> None:
    text = "Đọc https://example.org/tú. #MaTúy"
    ((start, end), (tag_start, tag_end)) = [
        (facet["index"]["byteStart"], facet["index"]["byteEnd"]) for facet in facets(text)
    ]
    assert (start, tag_start) == (7, 32)
    assert text.encode()[start:end].decode() == "https://example.org/tú"
    assert text.encode()[tag_start:tag_end].decode() == "#MaTúy"


def test_facets_name_the_address_and_the_tag_without_its_sign() -> None:
    features = [facet["features"][0] for facet in facets(TEXT)]
    assert features == [
        {"$type": "app.bsky.richtext.facet#link", "uri": "https://example.org/ma-tuy?a=1&b=2"},
        {"$type": "app.bsky.richtext.facet#tag", "tag": "PhòngChốngMaTúy"},
    ]


def test_a_hash_within_an_address_is_no_hashtag() -> None:
    assert len(facets("https://example.org/a?#MaTúy")) == 1


@given(
    st.lists(st.sampled_from(["ma tuý ", "👨‍👩‍👧 ", "https://a.vn/ố ", "#Đỏ ", "#1 ", "\n"]), max_size=20).map("".join)
)
def test_every_facet_covers_whole_letters_and_none_overlap(text: str) -> None:
    end = 0
    for facet in facets(text):
        start, end_before, end = facet["index"]["byteStart"], end, facet["index"]["byteEnd"]
        assert end_before <= start < end
        covered = text.encode()[start:end].decode()
        assert URL.fullmatch(covered) or HASHTAG.fullmatch(covered)


# records


def test_the_record_is_the_same_whenever_it_is_sent(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    outgoing = stand.run(stand.prepared(stand.outgoing(stand.post(pictures=1))))
    first = stand.channel.request(outgoing).content
    monkeypatch.setattr(clock, "now", lambda: DUE + timedelta(hours=5))
    assert stand.channel.request(outgoing).content == first


def test_a_record_says_its_time_language_and_shape_of_pictures(stand: Stand, fake: BlueskyFake) -> None:
    stand.publish(stand.outgoing(stand.post(pictures=1)))
    (record,) = fake.records.values()
    assert datetime.fromisoformat(record["createdAt"]) == DUE
    assert record["langs"] == ["vi"]
    assert record["embed"]["images"][0]["aspectRatio"] == {"width": 4, "height": 3}


def test_the_public_address_names_handle_and_record_key(stand: Stand, fake: BlueskyFake) -> None:
    receipt = stand.publish()
    rkey = tid(KEY, DUE)
    assert receipt.url == f"https://bsky.app/profile/Loa.example.org/post/{rkey}"
    assert receipt.remote_id == f"at://{fake.did}/app.bsky.feed.post/{rkey}"


def test_a_post_can_be_deleted_by_its_bare_record_key(stand: Stand, fake: BlueskyFake) -> None:
    stand.publish()
    stand.delete(tid(KEY, DUE))
    assert fake.standing == []


def test_the_account_may_be_declared_by_its_did(stand: Stand, fake: BlueskyFake) -> None:
    stand.channel = stand.open(account=fake.did)
    assert stand.check().name == fake.did
    assert stand.publish().url.startswith(f"https://bsky.app/profile/{fake.did}/post/")


def test_nothing_is_said_by_an_account_that_is_not_the_declared_one(stand: Stand, fake: BlueskyFake) -> None:
    stand.channel = stand.open(account="khac.example.org")
    with pytest.raises(Unauthorized):
        stand.publish()
    assert fake.requests["publish"] == 0


def test_too_long_a_text_is_refused_for_good(stand: Stand) -> None:
    with pytest.raises(Rejected):
        stand.publish(stand.outgoing(stand.post("dài " * 100)))


def test_pictures_are_uploaded_again_when_the_server_may_have_forgotten_them(
    stand: Stand, fake: BlueskyFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    outgoing = stand.run(stand.prepared(stand.outgoing(stand.post(pictures=1))))
    fake.blobs.clear()
    with pytest.raises(Unavailable, match="Could not find blob"):
        stand.run(stand.channel.publish(outgoing))
    later = clock.now() + timedelta(minutes=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    stand.publish(Outgoing(outgoing.key, outgoing.due, outgoing.post, stand.checkpoints[-1]))
    assert len(fake.public) == 1


# the session


def test_a_session_is_kept_for_all_posts(stand: Stand, fake: BlueskyFake) -> None:
    for number in range(40):
        stand.publish(stand.outgoing(key=f"{KEY}-{number}"))
    assert fake.requests["login"] == 1
    assert fake.requests["renew"] == 0


def test_a_session_that_grows_old_is_renewed_without_a_login(
    stand: Stand, fake: BlueskyFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand.publish()
    later = clock.now() + timedelta(minutes=61)
    monkeypatch.setattr(clock, "now", lambda: later)
    stand.publish()
    assert (fake.requests["login"], fake.requests["renew"]) == (1, 1)


def test_an_expired_session_means_not_posted_and_is_renewed(stand: Stand, fake: BlueskyFake) -> None:
    outgoing = stand.run(stand.prepared(stand.outgoing()))
    fake.fault("expired_token")
    with pytest.raises(Unavailable):
        stand.run(stand.channel.publish(outgoing))
    assert fake.public == []
    stand.publish()
    assert (fake.requests["login"], fake.requests["renew"], len(fake.public)) == (1, 1, 1)


def test_a_login_follows_only_where_the_renewal_is_refused(stand: Stand, fake: BlueskyFake) -> None:
    stand.publish()
    fake.renewals.clear()
    fake.access.clear()
    with pytest.raises(Unavailable):
        stand.publish()
    stand.publish()
    assert (fake.requests["login"], fake.requests["renew"]) == (2, 1)


def test_without_a_session_nothing_is_sent(stand: Stand, fake: BlueskyFake) -> None:
    with pytest.raises(Unavailable, match="no session"):
        stand.run(stand.channel.publish(stand.outgoing()))
    assert fake.requests["publish"] == 0


def test_a_login_that_must_wait_says_until_when(stand: Stand, fake: BlueskyFake) -> None:
    fake.requests["login"] = 30
    with pytest.raises(Exception, match="Rate Limit Exceeded") as told:
        stand.publish()
    assert getattr(told.value, "retry_at")  # noqa: B009


def test_only_the_servers_own_word_means_absent(stand: Stand, fake: BlueskyFake) -> None:
    fake.did = "did:plc:moved"  # our repository is not here
    stand.channel = stand.open(account=fake.did)
    stand.check()
    fake.did = BlueskyFake.did
    with pytest.raises(Rejected) as told:
        stand.find()
    assert not isinstance(told.value, NotFound)


def test_its_numbers_are_likes_replies_and_reposts_with_quotes(stand: Stand, fake: BlueskyFake) -> None:
    receipt = stand.publish()
    fake.public[0].numbers = {"reactions": 12, "comments": 3, "shares": 5}
    assert stand.metrics(receipt.remote_id) == {"reactions": 12, "comments": 3, "shares": 5}


def test_a_post_that_the_network_has_not_counted_yet_is_not_gone(stand: Stand, fake: BlueskyFake) -> None:
    receipt = stand.publish()
    fake.has_counted = False
    with pytest.raises(Unavailable, match="not counted"):
        stand.metrics(receipt.remote_id)


def test_a_server_that_passes_no_question_on_does_not_prove_a_post_gone(stand: Stand) -> None:
    receipt = stand.publish()
    stand.channel.base_url += "/_nothing"
    with pytest.raises(Unavailable):
        stand.metrics(receipt.remote_id)
