"""What is Mastodon's own: its HTML, its way to count, pictures that take time, a key that makes a repeat harmless."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import cast

import pytest

from scheduler.channels.mastodon import comparable, mastodon_length, plain
from scheduler.errors import Rejected, Unauthorized, Unconfirmed
from tests.channels.conftest import Open
from tests.channels.stand import DUE, LONG_AGO, TEXT, Stand
from tests.fakes import MastodonFake
from tests.fakes.mastodon import shown


@pytest.fixture
def stand(only: Open) -> Stand:
    return only("mastodon")


@pytest.fixture
def fake(stand: Stand) -> MastodonFake:
    return cast(MastodonFake, stand.fake)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<p>một<br />hai<br>ba</p><p>bốn</p>", "một\nhai\nba\nbốn"),
        ("<p>&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;</p>", "<b> & \"c\" 'd'"),
        ('<p><a href="x"><span class="invisible">https://</span><span>a.vn/b</span></a></p>', "https://a.vn/b"),
        ('<p><a href="/tags/x" class="mention hashtag">#<span>MaTúy</span></a></p>', "#MaTúy"),
    ],
)
def test_the_html_of_a_status_is_read_as_its_text(content: str, text: str) -> None:
    assert plain(content) == text


def test_what_the_server_shows_compares_as_what_we_said() -> None:
    assert comparable(plain(shown(TEXT))) == comparable(TEXT)


def test_a_mention_compares_without_its_server() -> None:
    assert comparable("Hỏi @so-y-te, @congan@hanoi.example.") == comparable("Hỏi @so-y-te, @congan.")
    assert comparable("thư: a@b.vn") == "thư: a@b.vn"


def test_every_address_counts_as_23() -> None:
    assert mastodon_length("Xem https://example.org/" + "a" * 200 + " nhé") == 4 + 23 + 4


def test_the_servers_own_limits_are_told(stand: Stand) -> None:
    assert stand.check().limits == {
        "text": 500,
        "images": 4,
        "image_bytes": 16777216,
        "alt": 1500,
        "video_bytes": 103809024,
    }


def test_an_account_of_another_server_is_not_ours(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.channels.mastodon.re.match", lambda *_: None)  # 127.0.0.1 stands for any server
    stand.channel = stand.open(account="@loa@example.org")
    with pytest.raises(Unauthorized):
        stand.check()


def test_a_picture_that_is_being_converted_is_waited_for(
    stand: Stand, fake: MastodonFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = []
    at_once = asyncio.sleep

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        await at_once(0)

    monkeypatch.setattr("scheduler.channels.mastodon.asyncio.sleep", sleep)
    fake.conversion = 1
    stand.publish(stand.outgoing(stand.post(pictures=1)))
    assert waited == [1]
    assert len(fake.public[0].images) == 1


def test_too_long_a_text_is_refused_for_good(stand: Stand) -> None:
    with pytest.raises(Rejected, match="character limit"):
        stand.publish(stand.outgoing(stand.post("dài " * 200)))


def test_busy_with_the_same_request_is_unconfirmed(stand: Stand, fake: MastodonFake) -> None:
    fake.fault("409")
    with pytest.raises(Unconfirmed):
        stand.publish()


def test_find_reads_on_past_the_first_page(stand: Stand, fake: MastodonFake) -> None:
    receipt = stand.publish()
    for number in range(95):
        fake.speak(f"tin khác {number}", at=DUE + timedelta(minutes=1))
    assert stand.find() == receipt
    assert stand.find(taken={receipt.remote_id}) is None


def test_find_takes_the_one_of_two_alike_that_is_not_taken(stand: Stand, fake: MastodonFake) -> None:
    last_week = fake.speak(TEXT, at=DUE - timedelta(days=7))
    assert stand.find(since=LONG_AGO) is None
    receipt = stand.publish()
    assert stand.find(since=DUE - timedelta(days=8), taken={receipt.remote_id}) != receipt
    found = stand.find(since=DUE - timedelta(days=8), taken={receipt.remote_id})
    assert found and found.remote_id == last_week


def test_its_numbers_are_favourites_replies_and_boosts(stand: Stand, fake: MastodonFake) -> None:
    receipt = stand.publish()
    fake.public[0].numbers = {"reactions": 12, "comments": 3, "shares": 5}
    assert stand.metrics(receipt.remote_id) == {"reactions": 12, "comments": 3, "shares": 5}


def test_a_server_that_hides_a_number_tells_the_others(
    stand: Stand, fake: MastodonFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = stand.publish()
    told = fake.status(fake.public[0]) | {"favourites_count": None}
    monkeypatch.setattr(fake, "status", lambda post: told)
    assert stand.metrics(receipt.remote_id) == {"comments": 0, "shares": 0}
