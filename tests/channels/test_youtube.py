"""What is YouTube's own: uploads that are cut, lost and found again, films that fail, quotas of California, Google's tokens."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler import clock
from scheduler.channels import youtube, youtube_upload
from scheduler.channels.consent import Consent
from scheduler.channels.contract import Outgoing, Post
from scheduler.channels.http import Answer
from scheduler.channels.youtube import YouTube
from scheduler.channels.youtube_answers import FAILED, REJECTED, Forbidden, midnight, refusal, refusal_of_tokens
from scheduler.channels.youtube_upload import STEP
from scheduler.channels.youtube_words import mark_of, tags_of, title_of
from scheduler.composing.fit import misfits
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
from tests.channels.stand import KEY, Stand
from tests.fakes import YouTubeFake
from tests.fakes.server import Fault
from tests.fakes.youtube import CHANNEL, OTHER_CHANNEL

LARGE = 10 * STEP + 12_345


@pytest.fixture
def stand(only: Open) -> Stand:
    return only("youtube")


@pytest.fixture
def fake(stand: Stand) -> YouTubeFake:
    return cast(YouTubeFake, stand.fake)


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A film of LARGE bytes goes up in six pieces."""
    monkeypatch.setattr(youtube_upload, "PIECE", 2 * STEP)
    yield


def channel(stand: Stand) -> YouTube:
    return cast(YouTube, stand.channel)


def large(stand: Stand) -> Outgoing:
    return stand.outgoing(Post(stand.case.text, title="Biết để tránh", video=stand.noise(7, LARGE)))


def again(stand: Stand, outgoing: Outgoing, *, with_checkpoint: bool = True) -> Outgoing:
    """The same delivery after a restart, with the last checkpoint that was kept."""
    stand.channel = stand.open()
    kept = stand.checkpoints[-1] if with_checkpoint and stand.checkpoints else {}
    return replace(outgoing, checkpoint=kept)


def failing(stand: Stand, outgoing: Outgoing, error: type[ChannelError] = Unavailable) -> ChannelError:
    with pytest.raises(error) as caught:
        stand.run(stand.prepared(outgoing))
    return caught.value


def only_film(fake: YouTubeFake) -> dict[str, Any]:
    [id] = fake.there
    return fake.films[id]


def arrived_whole(fake: YouTubeFake, outgoing: Outgoing) -> bool:
    film = only_film(fake)
    assert outgoing.post.video
    return (film["sha256"], film["size"]) == (outgoing.post.video.sha256, outgoing.post.video.size)


# --- the words --------------------------------------------------------------------------------------------------------


def test_the_title_is_the_first_line_where_there_is_none() -> None:
    assert title_of(Post("\n Biết  để tránh. \nGọi 113")) == "Biết để tránh."
    assert title_of(Post("x", title=" Tin  tức ")) == "Tin tức"
    assert len(title_of(Post("phòng chống ma túy " * 20))) <= 100


@given(st.text("#aăâ b<,\"'ệ", max_size=2000))
def test_tags_never_are_more_than_youtube_takes(text: str) -> None:
    tags = tags_of(Post(text), "loa-1234567890")
    assert tags[0] == "loa-1234567890"
    assert len(",".join(tags)) <= 500
    assert not any(letter in tag for tag in tags for letter in ' ,"')


def test_each_hashtag_is_a_tag_once() -> None:
    assert tags_of(Post("#MaTúy và #matúy, #Gọi113"), "m") == ["m", "MaTúy", "Gọi113"]


def test_a_film_is_said_as_it_was_approved(stand: Stand, fake: YouTubeFake) -> None:
    stand.publish(stand.outgoing(replace(stand.post(title="Biết để tránh"), language="en")))

    film = only_film(fake)
    assert film["snippet"]["title"] == "Biết để tránh"
    assert film["snippet"]["description"] == stand.case.text
    assert film["snippet"]["tags"] == [mark_of(stand.outgoing()), "PhòngChốngMaTúy"]
    assert (film["snippet"]["categoryId"], film["snippet"]["defaultLanguage"]) == ("25", "en")
    assert film["status"]["selfDeclaredMadeForKids"] is False


def test_options_are_what_youtube_is_told(stand: Stand, fake: YouTubeFake) -> None:
    stand.channel = stand.open(options={"category": "27", "made_for_kids": "yes"})
    stand.publish()

    film = only_film(fake)
    assert film["snippet"]["categoryId"] == "27"
    assert film["status"]["selfDeclaredMadeForKids"] is True


@pytest.mark.parametrize(
    ("name", "value", "good"),
    [
        ("category", "29", True),
        ("category", "news", False),
        ("notify", "no", True),
        ("notify", "maybe", False),
        ("hours_ahead", "24", True),
        ("hours_ahead", "25", False),
        ("oauth_url", "https://a.example", True),
        ("oauth_url", "a.example", False),
    ],
)
def test_an_option_that_means_nothing_is_named(name: str, value: str, good: bool) -> None:
    assert (YouTube.wrong_option(name, value) == "") == good


@pytest.mark.parametrize(
    ("post", "said"),
    [
        (Post("Gọi 113"), "bài phải có video"),
        (Post("a < b", title="x"), "không nhận các ký tự <"),
        (Post("ab", title="x > y"), "không nhận các ký tự >"),
        (Post("ệ" * 1667), "dài 5001 byte, tối đa 5000"),
        (Post("a", title="x" * 101), "title dài 101"),
    ],
)
def test_a_check_refuses_what_youtube_would(post: Post, said: str) -> None:
    assert any(said in sentence for sentence in misfits(post, YouTube.limits, "youtube"))


def test_a_description_is_counted_in_bytes() -> None:
    assert not [s for s in misfits(Post("ệ" * 1666), YouTube.limits, "youtube") if "byte" in s]
    assert YouTube.limits.counted == "byte"


@pytest.mark.parametrize(
    "wrong", [{"text": "a < b"}, {"title": "x" * 101}, {"title": "", "text": " "}, {"text": "ệ" * 1667}]
)
def test_what_youtube_would_refuse_is_rejected_before_anything_is_sent(
    stand: Stand, fake: YouTubeFake, wrong: dict[str, Any]
) -> None:
    failing(stand, stand.outgoing(replace(stand.post(), **wrong)), Rejected)
    assert fake.requests["insert"] == 0


def test_a_post_without_a_film_is_rejected(stand: Stand, fake: YouTubeFake) -> None:
    failing(stand, stand.outgoing(Post("Gọi 113")), Rejected)
    assert fake.requests["insert"] == 0


def test_a_long_film_needs_a_verified_channel(stand: Stand, fake: YouTubeFake) -> None:
    film = replace(stand.noise(), seconds=901)
    fake.long_uploads = "eligible"
    assert "verify" in str(failing(stand, stand.outgoing(Post("Tin", video=film)), Unauthorized))
    assert fake.requests["insert"] == 0
    fake.long_uploads = "allowed"
    stand.channel = stand.open()
    stand.run(stand.prepared(stand.outgoing(Post("Tin", video=film))))


# --- the upload -------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("small_pieces")
def test_a_film_goes_up_in_pieces_and_is_private_until_it_is_published(stand: Stand, fake: YouTubeFake) -> None:
    outgoing = stand.run(stand.prepared(large(stand)))

    assert arrived_whole(fake, outgoing)
    assert fake.requests["put"] == 6
    assert only_film(fake)["status"]["privacyStatus"] == "private"
    stand.run(stand.channel.publish(outgoing))
    assert only_film(fake)["status"]["privacyStatus"] == "public"


@pytest.mark.usefixtures("small_pieces")
def test_the_address_of_the_session_is_kept_before_the_first_byte(stand: Stand, fake: YouTubeFake) -> None:
    kept_at: list[tuple[str, int]] = []
    outgoing = large(stand)

    async def save(checkpoint: Mapping[str, Any]) -> None:
        kept_at.append((checkpoint.get("session", ""), fake.taken))

    stand.run(stand.channel.prepare(outgoing, save))
    session, taken = kept_at[0]
    assert "upload_id=" in session
    assert taken == 0


@pytest.mark.usefixtures("small_pieces")
def test_a_film_cut_off_ten_times_arrives_whole_once(stand: Stand, fake: YouTubeFake) -> None:
    fake.cut_at = [n * STEP + 100_000 for n in range(10)]
    outgoing = large(stand)
    stand.publish(outgoing)

    assert arrived_whole(fake, outgoing)
    assert (fake.requests["insert"], fake.cut_at, len(fake.public)) == (1, [], 1)
    assert fake.taken < LARGE + 20 * STEP  # what had arrived was not sent again


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("fault", ["500", "500_after", "lost", "less", "html"])
@pytest.mark.parametrize("piece", [0, 3, 5])
def test_a_piece_that_fails_is_asked_about_and_the_film_arrives_once(
    stand: Stand, fake: YouTubeFake, fault: str, piece: int
) -> None:
    fake.put_faults = [""] * piece + [fault]
    outgoing = large(stand)
    stand.publish(outgoing)

    assert arrived_whole(fake, outgoing)
    assert (fake.requests["insert"], len(fake.public)) == (1, 1)


@pytest.mark.usefixtures("small_pieces")
def test_after_a_restart_the_upload_goes_on_where_it_was(
    stand: Stand, fake: YouTubeFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.cut_at = [5 * STEP]
    outgoing = large(stand)
    with monkeypatch.context() as patch:
        patch.setattr(youtube_upload, "PAUSES", ())
        failing(stand, outgoing)
    stand.publish(again(stand, outgoing))

    assert arrived_whole(fake, outgoing)
    assert fake.requests["insert"] == 1
    assert fake.taken < LARGE + 3 * STEP


@pytest.mark.usefixtures("small_pieces")
def test_a_session_that_is_forgotten_half_way_is_begun_anew(stand: Stand, fake: YouTubeFake) -> None:
    fake.put_faults = ["", "gone"]
    outgoing = large(stand)
    stand.publish(outgoing)

    assert arrived_whole(fake, outgoing)
    assert fake.requests["insert"] == 2


def test_sessions_that_are_forgotten_again_and_again_are_given_up_for_now(stand: Stand, fake: YouTubeFake) -> None:
    fake.put_faults = ["gone"] * 3
    outgoing = large(stand)
    failing(stand, outgoing)

    assert fake.there == []


def test_a_film_whose_session_is_forgotten_after_its_last_byte_is_known_by_its_mark(
    stand: Stand, fake: YouTubeFake
) -> None:
    fake.put_faults = ["gone_after"]
    outgoing = large(stand)
    stand.publish(outgoing)

    assert arrived_whole(fake, outgoing)
    assert (fake.requests["insert"], len(fake.public)) == (1, 1)


def test_a_film_that_is_not_listed_yet_is_not_uploaded_a_second_time(
    stand: Stand, fake: YouTubeFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.put_faults, fake.unlisted = ["gone_after"], 2
    outgoing = large(stand)
    assert "too early" in str(failing(stand, outgoing))
    assert len(fake.there) == 1

    stand.publish(again(stand, outgoing))  # by now it is listed
    assert arrived_whole(fake, outgoing)
    assert fake.requests["insert"] == 1


def test_an_upload_of_which_nothing_is_left_is_begun_anew_when_it_is_not_too_early(
    stand: Stand, fake: YouTubeFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.put_faults = ["gone"]
    outgoing = large(stand)
    failing(stand, outgoing)
    later = datetime.now(UTC) + youtube.SETTLE
    monkeypatch.setattr(clock, "now", lambda: later)

    stand.publish(again(stand, outgoing))
    assert arrived_whole(fake, outgoing)


def test_without_any_checkpoint_the_film_is_found_among_our_uploads(stand: Stand, fake: YouTubeFake) -> None:
    outgoing = large(stand)
    stand.run(stand.prepared(outgoing))
    for _ in range(7):
        fake.film("của người khác")
    fake.a_page = 3
    receipt = stand.publish(again(stand, outgoing, with_checkpoint=False))

    assert (fake.requests["insert"], len(fake.public)) == (1, 1)
    assert receipt.remote_id == fake.public[0].id


def test_words_that_were_changed_after_the_upload_are_the_ones_that_become_public(
    stand: Stand, fake: YouTubeFake
) -> None:
    outgoing = large(stand)
    stand.run(stand.prepared(outgoing))
    changed = replace(outgoing, post=replace(outgoing.post, text="Gọi 111 hoặc 113.", title="Tin mới"), checkpoint={})
    stand.publish(changed)

    assert [(post.title, post.text) for post in fake.public] == [("Tin mới", "Gọi 111 hoặc 113.")]
    assert fake.requests["insert"] == 1


def test_another_film_under_the_same_key_is_uploaded(stand: Stand, fake: YouTubeFake) -> None:
    outgoing = large(stand)
    stand.run(stand.prepared(outgoing))
    stand.publish(replace(outgoing, post=replace(outgoing.post, video=stand.noise(8, LARGE)), checkpoint={}))

    assert fake.requests["insert"] == 2
    assert len(fake.public) == 1


@pytest.mark.parametrize("where", ["https://evil.example/upload", "", "http://www.googleapis.com.evil.example/"])
def test_our_token_goes_nowhere_but_to_youtube(stand: Stand, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(*_: Any, **__: Any) -> Answer:
        return Answer(200, {"location": where}, b"")

    monkeypatch.setattr(stand.channel, "ask", answer)
    video = stand.noise()
    with pytest.raises(Unavailable, match="where to upload"):
        stand.run(youtube_upload.begin(stand.channel, video, {"status": {}}, notify=True))


@pytest.mark.usefixtures("small_pieces")
def test_how_far_it_is_is_told(stand: Stand) -> None:
    heard: list[tuple[int, int]] = []
    stand.run(stand.prepared(replace(large(stand), told=lambda sent, size: heard.append((sent, size)))))

    assert heard[-1] == (LARGE, LARGE)
    assert [sent for sent, _ in heard] == sorted(sent for sent, _ in heard)


@pytest.mark.usefixtures("small_pieces")
def test_a_token_that_runs_out_in_the_midst_is_renewed_and_the_upload_goes_on(stand: Stand, fake: YouTubeFake) -> None:
    fake.put_faults = ["", "", "401"]

    async def revive() -> bool:
        renewed = await channel(stand).renew()
        channel(stand).take(renewed.secrets, renewed.expires)
        return True

    stand.channel.revive = revive
    outgoing = large(stand)
    stand.publish(outgoing)

    assert arrived_whole(fake, outgoing)
    assert (fake.requests["insert"], fake.requests["token"]) == (1, 1)


def test_it_is_made_ready_hours_before(stand: Stand) -> None:
    assert stand.channel.lead(stand.post()) == timedelta(hours=3)
    assert stand.open(options={"hours_ahead": "6"}).lead(stand.post()) == timedelta(hours=6)


# --- processing -------------------------------------------------------------------------------------------------------


def test_a_film_is_waited_for_until_it_is_processed(stand: Stand, fake: YouTubeFake) -> None:
    fake.polls = 3
    stand.publish()
    assert fake.requests["list"] >= 3


def test_a_film_that_takes_longer_is_taken_up_later(stand: Stand, fake: YouTubeFake) -> None:
    fake.polls = 7
    outgoing = stand.outgoing()
    assert "chưa xử lý xong" in str(failing(stand, outgoing))

    stand.publish(again(stand, outgoing))
    assert (fake.requests["insert"], len(fake.public)) == (1, 1)


@pytest.mark.parametrize("end", [*(f"failed/{why}" for why in FAILED), *(f"rejected/{why}" for why in REJECTED)])
def test_a_film_that_youtube_does_not_take_fails_before_anything_is_public(
    stand: Stand, fake: YouTubeFake, end: str
) -> None:
    fake.ends_as = end
    why = end.partition("/")[2]
    assert why in str(failing(stand, stand.outgoing(), Rejected))
    assert fake.public == []


def test_the_same_film_in_two_deliveries_is_rejected_as_a_duplicate(stand: Stand, fake: YouTubeFake) -> None:
    stand.publish()
    assert "duplicate" in str(failing(stand, stand.outgoing(key=KEY + "-2"), Rejected))
    assert len(fake.public) == 1


def test_a_film_that_was_rejected_is_not_taken_up_when_a_person_orders_a_retry(stand: Stand, fake: YouTubeFake) -> None:
    fake.ends_as = "failed/codec"
    failing(stand, stand.outgoing(), Rejected)
    fake.ends_as, fake.refuses_doubles = "processed", False

    stand.publish(again(stand, stand.outgoing(), with_checkpoint=False))
    assert (fake.requests["insert"], len(fake.public)) == (2, 1)


def test_a_film_rejected_between_the_upload_and_its_time_is_not_called_public(stand: Stand, fake: YouTubeFake) -> None:
    outgoing = stand.run(stand.prepared(stand.outgoing()))
    only_film(fake)["status"] |= {"uploadStatus": "rejected", "rejectionReason": "claim"}
    with pytest.raises(Rejected, match="claim"):
        stand.run(stand.channel.publish(outgoing))


def test_a_film_that_somebody_removed_cannot_be_published(stand: Stand, fake: YouTubeFake) -> None:
    outgoing = stand.run(stand.prepared(stand.outgoing()))
    only_film(fake)["gone"] = True
    with pytest.raises(NotFound):
        stand.run(stand.channel.publish(outgoing))
    assert stand.find(outgoing) is None


# --- making it public -------------------------------------------------------------------------------------------------


def test_what_a_person_set_in_the_studio_stays(stand: Stand, fake: YouTubeFake) -> None:
    outgoing = stand.run(stand.prepared(stand.outgoing()))
    only_film(fake)["status"] |= {"embeddable": False, "license": "creativeCommon"}
    stand.publish(outgoing)

    status = only_film(fake)["status"]
    assert (status["embeddable"], status["license"], status["privacyStatus"]) == (False, "creativeCommon", "public")


def test_a_time_set_by_hand_is_never_sent_along(stand: Stand, fake: YouTubeFake) -> None:
    outgoing = stand.run(stand.prepared(stand.outgoing()))
    only_film(fake)["status"]["publishAt"] = "2027-06-26T01:00:00Z"
    stand.publish(outgoing)
    assert len(fake.public) == 1


def test_a_project_without_the_audit_stops_the_channel_and_says_so(stand: Stand, fake: YouTubeFake) -> None:
    fake.audited = False
    with pytest.raises(Unauthorized, match="audit"):
        stand.publish()
    assert fake.public == []


def test_nothing_is_public_before_it_is_processed(stand: Stand) -> None:
    with pytest.raises(Unavailable, match="not processed"):
        stand.channel.request(stand.outgoing())


# --- covers -----------------------------------------------------------------------------------------------------------


def covered(stand: Stand, **more: Any) -> Outgoing:
    return stand.outgoing(replace(stand.post(), cover=replace(stand.picture(0), **more)))


def test_a_cover_is_set_once(stand: Stand, fake: YouTubeFake) -> None:
    outgoing = covered(stand)
    stand.run(stand.prepared(outgoing))
    fake.units = 10  # another cover would cost 50
    stand.run(stand.prepared(again(stand, outgoing)))

    assert outgoing.post.cover
    assert only_film(fake)["cover"] == outgoing.post.cover.sha256


def test_a_cover_that_is_too_large_is_rejected_before_anything_is_sent(stand: Stand, fake: YouTubeFake) -> None:
    failing(stand, covered(stand, size=2_000_001), Rejected)
    assert fake.requests["insert"] == 0


def test_a_cover_that_is_not_the_approved_one_stays_here(stand: Stand, fake: YouTubeFake) -> None:
    failing(stand, covered(stand, sha256="0" * 64))
    assert only_film(fake)["cover"] == ""


def test_a_channel_that_may_set_no_cover_has_its_film_public_and_says_what_to_do(
    stand: Stand, fake: YouTubeFake
) -> None:
    fake.verified = False

    stand.publish(covered(stand))

    assert "youtube.com/verify" in stand.checkpoints[-1]["amiss"]
    assert (fake.requests["insert"], len(fake.public), only_film(fake)["cover"]) == (1, 1, "")


def test_a_cover_is_set_before_the_film_is_public(stand: Stand, fake: YouTubeFake) -> None:
    stand.run(stand.prepared(covered(stand)))

    assert (bool(only_film(fake)["cover"]), fake.public) == (True, [])


def test_a_channel_that_was_verified_meanwhile_has_its_cover_in_time(stand: Stand, fake: YouTubeFake) -> None:
    fake.verified = False
    outgoing = covered(stand)
    stand.run(stand.prepared(outgoing))
    fake.verified = True

    stand.publish(again(stand, outgoing))

    assert bool(only_film(fake)["cover"])
    assert stand.checkpoints[-1]["amiss"] == ""
    assert fake.requests["insert"] == 1


@pytest.mark.parametrize("fault", [(500, "backendError"), (429, "uploadRateLimitExceeded"), (403, "quotaExceeded")])
def test_what_may_pass_is_waited_for_until_the_film_is_due_and_no_longer(
    stand: Stand, fake: YouTubeFake, fault: tuple[int, str]
) -> None:
    fake.cover_faults = [fault] * 2
    later = replace(covered(stand), due=clock.now() + timedelta(hours=1))
    with pytest.raises((Unavailable, RateLimited)) as caught:
        stand.run(stand.prepared(later))
    if isinstance(error := caught.value, RateLimited):
        assert (error.alone, error.retry_at is not None and error.retry_at <= later.due) == (True, True)

    stand.publish(again(stand, replace(later, due=clock.now())))

    assert (len(fake.public), only_film(fake)["cover"]) == (1, "")
    assert "YouTube không nhận" in stand.checkpoints[-1]["amiss"]


def test_a_picture_that_youtube_does_not_understand_keeps_no_film_back(stand: Stand, fake: YouTubeFake) -> None:
    fake.cover_faults = [(400, "invalidImage")]

    stand.publish(replace(covered(stand), due=clock.now() + timedelta(hours=1)))

    assert (len(fake.public), "invalidImage" in stand.checkpoints[-1]["amiss"]) == (1, True)


def test_a_token_that_dies_while_the_cover_is_set_is_no_refusal_of_the_cover(stand: Stand, fake: YouTubeFake) -> None:
    fake.cover_faults = [(401, "authError")]

    failing(stand, covered(stand), Expired)

    assert not any(kept.get("cover") or kept.get("amiss") for kept in stand.checkpoints)


def test_the_cover_of_an_earlier_version_is_told(stand: Stand, fake: YouTubeFake) -> None:
    outgoing = covered(stand)
    stand.run(stand.prepared(outgoing))
    changed = replace(outgoing, post=replace(outgoing.post, cover=None))  # a changed post has no checkpoint

    stand.publish(changed)

    assert "bản trước" in stand.checkpoints[-1]["amiss"]
    assert fake.requests["insert"] == 1


def test_a_film_without_a_cover_has_nothing_amiss(stand: Stand, fake: YouTubeFake) -> None:
    stand.publish()

    assert stand.checkpoints[-1]["amiss"] == ""


# --- other words ------------------------------------------------------------------------------------------------------


def better(stand: Stand) -> Post:
    return replace(stand.post(title="Tin đúng"), text="Gọi 111. #TrẻEm", language="en")


def test_a_corrected_film_keeps_our_mark_and_what_a_person_has_set(stand: Stand, fake: YouTubeFake) -> None:
    outgoing = stand.outgoing()
    receipt = stand.publish(outgoing)
    held = only_film(fake)["snippet"]
    held["tags"].append("phim tài liệu")
    held |= {"categoryId": "27", "defaultAudioLanguage": "vi"}

    stand.edit(receipt.remote_id, better(stand))

    said = only_film(fake)["snippet"]
    assert said["tags"] == [mark_of(outgoing), "phim tài liệu", "TrẻEm"]  # not #PhòngChốngMaTúy of the old words
    assert (said["title"], said["description"], said["defaultLanguage"]) == ("Tin đúng", "Gọi 111. #TrẻEm", "en")
    assert (said["categoryId"], said["defaultAudioLanguage"]) == ("27", "vi")
    assert stand.find(replace(outgoing, checkpoint={})) == receipt


def test_a_correction_costs_a_look_and_a_change(stand: Stand, fake: YouTubeFake) -> None:
    receipt = stand.publish()
    before, reckoned = fake.units, channel(stand).day.spent

    stand.edit(receipt.remote_id, better(stand))

    assert before - fake.units == channel(stand).day.spent - reckoned == 51


@pytest.mark.parametrize(
    "fault", ["lost", "reset_after", "500_after", "500_before", "truncated", "html_200", "html_502"]
)
def test_a_correction_without_a_clear_answer_is_not_done_and_may_be_asked_again(
    stand: Stand, fake: YouTubeFake, fault: str
) -> None:
    receipt = stand.publish()
    fake.corrections = [Fault(fault)]

    with pytest.raises(Unavailable):
        stand.edit(receipt.remote_id, better(stand))
    stand.edit(receipt.remote_id, better(stand))

    assert [(post.title, post.text) for post in fake.public] == [("Tin đúng", "Gọi 111. #TrẻEm")]
    assert fake.requests["correct"] == 2  # never taken for done by what is read


@pytest.mark.parametrize("fault", ["error_in_200", "refuse", "404"])
def test_a_correction_that_was_refused_leaves_the_words(stand: Stand, fake: YouTubeFake, fault: str) -> None:
    receipt = stand.publish()
    fake.corrections = [Fault(fault)]

    with pytest.raises(ChannelError):
        stand.edit(receipt.remote_id, better(stand))

    assert fake.public[0].text == stand.case.text


def test_a_film_that_a_person_has_hidden_is_not_corrected(stand: Stand, fake: YouTubeFake) -> None:
    receipt = stand.publish()
    only_film(fake)["status"]["privacyStatus"] = "private"
    with pytest.raises(Rejected):
        stand.edit(receipt.remote_id, better(stand))
    assert fake.requests["correct"] == 0


def test_hashtags_that_have_no_room_beside_the_tags_that_stay_are_left_out() -> None:
    long = "a b" * 162  # with its quotes, our mark and the commas it leaves room for five letters
    assert tags_of(Post("#MaTúy"), "loa-1", long) == ["loa-1", long, "MaTúy"]
    assert tags_of(Post("#MaTúyy"), "loa-1", long) == ["loa-1", long]


# --- errors and quotas ------------------------------------------------------------------------------------------------


def answered(status: int, reason: str) -> Answer:
    error = {"code": status, "message": "words", "errors": [{"reason": reason, "domain": "youtube"}]}
    return Answer(status, {}, json.dumps({"error": error}).encode())


@pytest.mark.parametrize(
    ("status", "reason", "meant"),
    [
        (403, "quotaExceeded", RateLimited),
        (403, "dailyLimitExceeded", RateLimited),
        (403, "rateLimitExceeded", RateLimited),
        (429, "userRateLimitExceeded", RateLimited),
        (400, "uploadLimitExceeded", RateLimited),
        (401, "authError", Expired),
        (401, "", Expired),
        (401, "youtubeSignupRequired", Unauthorized),
        (403, "forbidden", Forbidden),
        (403, "forbiddenPrivacySetting", Unauthorized),
        (403, "insufficientPermissions", Unauthorized),
        (403, "accessNotConfigured", Unauthorized),
        (400, "invalidTitle", Rejected),
        (400, "invalidDescription", Rejected),
        (400, "processingFailure", Unconfirmed),
        (404, "videoNotFound", NotFound),
        (503, "backendError", Unconfirmed),
    ],
)
def test_a_reason_says_what_to_do(status: int, reason: str, meant: type[ChannelError]) -> None:
    assert type(refusal(answered(status, reason))) is meant


@pytest.mark.parametrize("body", [b"", b"<p>Trang</p>", b'{"error": "x"}', b'{"error": {"errors": [1]}}', b"[]"])
def test_what_is_not_youtubes_own_error_is_left_to_the_rules_for_http(body: bytes) -> None:
    assert refusal(Answer(403, {}, body)) is None


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2027-06-26T03:00:00+00:00", "2027-06-26T07:00:00+00:00"),  # summer: midnight is 14:00 in Vietnam
        ("2027-06-26T07:00:00+00:00", "2027-06-27T07:00:00+00:00"),
        ("2027-12-26T03:00:00+00:00", "2027-12-26T08:00:00+00:00"),  # winter: 15:00
        ("2027-03-14T08:30:00+00:00", "2027-03-15T07:00:00+00:00"),  # the day that is an hour short
    ],
)
def test_a_quota_comes_back_at_midnight_in_california(now: str, then: str) -> None:
    assert midnight(datetime.fromisoformat(now)) == datetime.fromisoformat(then)


def test_a_spent_quota_of_uploads_lets_other_films_become_public(stand: Stand, fake: YouTubeFake) -> None:
    ready = stand.run(stand.prepared(stand.outgoing()))
    fake.inserts = 0
    error = failing(stand, stand.outgoing(stand.post(), key=KEY + "-2"), RateLimited)

    assert isinstance(error, RateLimited) and error.alone
    assert error.retry_at == midnight(clock.now())
    stand.run(stand.channel.publish(ready))
    assert len(fake.public) == 1


def test_the_channels_own_cap_of_uploads_is_a_day(stand: Stand, fake: YouTubeFake) -> None:
    fake.upload_limit = True
    error = failing(stand, stand.outgoing(), RateLimited)

    assert isinstance(error, RateLimited) and error.alone and error.retry_at
    assert abs(error.retry_at - clock.now() - timedelta(hours=24)) < timedelta(seconds=5)


def test_units_that_are_spent_hold_back_the_request_that_publishes(stand: Stand, fake: YouTubeFake) -> None:
    outgoing = stand.run(stand.prepared(stand.outgoing()))
    fake.units = 49
    with pytest.raises(RateLimited) as told:
        stand.run(stand.channel.publish(outgoing))
    assert (told.value.retry_at, told.value.alone) == (midnight(clock.now()), False)


def test_no_more_is_uploaded_in_a_day_than_the_project_may(stand: Stand, fake: YouTubeFake) -> None:
    stand.channel = stand.open(options={"uploads_per_day": "1"})
    stand.run(stand.prepared(stand.outgoing()))
    failing(stand, stand.outgoing(replace(stand.post(), video=stand.noise(1)), key=KEY + "-2"), RateLimited)
    assert fake.requests["insert"] == 1


def test_a_day_that_is_nearly_spent_spares_the_numbers(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    stand.channel = stand.open(options={"units_per_day": "100"})
    stand.publish()
    assert stand.channel.usage is None
    stand.run(stand.channel.ask("PUT", "/youtube/v3/videos", params={"part": "snippet"}, json=renamed(stand)))
    assert stand.channel.usage is not None
    assert stand.channel.usage.channel > 75
    assert stand.channel.usage.back_at == midnight(clock.now())

    tomorrow = midnight(clock.now())
    monkeypatch.setattr(clock, "now", lambda: tomorrow)
    stand.channel.usage = None
    stand.check()
    assert stand.channel.usage is None


def renamed(stand: Stand) -> dict[str, Any]:
    [id] = cast(YouTubeFake, stand.fake).there
    return {"id": id, "snippet": {"title": "Tin", "categoryId": "25"}}


# --- looking, counting ------------------------------------------------------------------------------------------------


def test_a_film_that_is_there_and_private_was_not_published(stand: Stand) -> None:
    outgoing = stand.run(stand.prepared(stand.outgoing()))
    assert stand.find(outgoing) is None
    assert stand.find(replace(outgoing, checkpoint={})) is None


def test_a_film_is_found_by_its_id_and_without_it_by_its_mark(stand: Stand) -> None:
    outgoing = stand.run(stand.prepared(stand.outgoing()))
    receipt = stand.run(stand.channel.publish(outgoing))
    assert stand.find(outgoing) == receipt
    assert stand.find(replace(outgoing, checkpoint={})) == receipt
    assert receipt.url == f"https://www.youtube.com/watch?v={receipt.remote_id}"


def test_numbers_are_numbers(stand: Stand, fake: YouTubeFake) -> None:
    receipt = stand.publish()
    fake.public[0].numbers = {"views": 1200, "reactions": 40, "comments": 3}
    assert stand.metrics(receipt.remote_id) == {"views": 1200, "reactions": 40, "comments": 3}


def test_a_film_that_a_person_has_hidden_has_no_numbers(stand: Stand, fake: YouTubeFake) -> None:
    receipt = stand.publish()
    only_film(fake)["status"]["privacyStatus"] = "private"
    with pytest.raises(NotFound):
        stand.metrics(receipt.remote_id)


# --- the account and its tokens ---------------------------------------------------------------------------------------


def test_the_channel_of_another_is_named(stand: Stand, fake: YouTubeFake) -> None:
    fake.channel = OTHER_CHANNEL
    with pytest.raises(Unauthorized, match=OTHER_CHANNEL):
        stand.check()


def test_a_google_account_without_a_channel_is_not_ours(stand: Stand, fake: YouTubeFake) -> None:
    fake.channel = ""
    with pytest.raises(Unauthorized):
        stand.check()


async def agreed(stand: Stand, consent: Consent) -> dict[str, str]:
    """Open the consent page and agree, as a person does in a browser."""
    page = channel(stand).consent_page(consent)
    async with httpx.AsyncClient() as browser:
        back = (await browser.get(page)).headers["location"]
    return consent.accept(dict(parse_qsl(urlsplit(back).query)))


def test_a_consent_brings_a_token_that_lasts(stand: Stand, fake: YouTubeFake) -> None:
    async def log_in() -> Any:
        consent = Consent("http://127.0.0.1:8091/")
        return await channel(stand).redeem(consent, await agreed(stand, consent))

    renewed = stand.run(log_in())
    assert renewed.secrets["refresh_token"] == fake.refresh
    assert renewed.ends is None
    assert abs(renewed.expires - clock.now() - timedelta(seconds=3599)) < timedelta(seconds=5)


def test_a_consent_in_testing_ends_in_a_week(stand: Stand, fake: YouTubeFake) -> None:
    fake.testing = True

    async def log_in() -> Any:
        consent = Consent("http://127.0.0.1:8091/")
        return await channel(stand).redeem(consent, await agreed(stand, consent))

    renewed = stand.run(log_in())
    assert renewed.ends is not None
    assert abs(renewed.ends - clock.now() - timedelta(days=7)) < timedelta(minutes=1)


def test_a_right_that_was_not_ticked_is_said(stand: Stand, fake: YouTubeFake) -> None:
    fake.scope = "openid"

    async def log_in() -> Any:
        consent = Consent("http://127.0.0.1:8091/")
        return await channel(stand).redeem(consent, await agreed(stand, consent))

    with pytest.raises(Unauthorized, match="đánh dấu"):
        stand.run(log_in())


def test_a_code_of_another_asking_is_refused(stand: Stand) -> None:
    async def log_in() -> Any:
        brought = await agreed(stand, Consent("http://127.0.0.1:8091/"))
        return await channel(stand).redeem(Consent("http://127.0.0.1:8091/"), brought)

    with pytest.raises(Unauthorized):
        stand.run(log_in())


def test_the_consent_page_is_googles_own(stand: Stand) -> None:
    stand.channel = YouTube(
        id="k", account=CHANNEL, base_url=None, secrets=stand.case.secrets, wire=stand.wires[0], folder=stand.folder
    )
    page = urlsplit(channel(stand).consent_page(Consent("http://127.0.0.1:8091/")))
    asked = dict(parse_qsl(page.query))
    assert f"{page.scheme}://{page.netloc}{page.path}" == "https://accounts.google.com/o/oauth2/v2/auth"
    assert (asked["access_type"], asked["prompt"]) == ("offline", "consent")


def test_a_renewed_token_leaves_the_refresh_token_as_it_is(stand: Stand, fake: YouTubeFake) -> None:
    renewed = stand.run(channel(stand).renew())
    assert renewed.secrets["access_token"] in fake.accesses
    assert not renewed.secrets["refresh_token"]
    assert not YouTube.rotates


def test_a_dead_refresh_token_says_exactly_what_a_person_must_do(stand: Stand, fake: YouTubeFake) -> None:
    fake.grants = False
    with pytest.raises(Unauthorized, match="Publish app"):
        stand.run(channel(stand).renew())


def test_a_wrong_app_is_not_a_dead_token() -> None:
    error = refusal_of_tokens(Answer(401, {}, b'{"error": "invalid_client", "error_description": "no"}'))
    assert type(error) is Rejected
    assert refusal_of_tokens(Answer(503, {}, b'{"error": "invalid_grant"}')) is None


@pytest.mark.parametrize("body", [b"<p>Trang</p>", b'{"error": {"code": 401}}', b""])
@pytest.mark.parametrize("status", [400, 401, 403])
def test_what_google_did_not_say_kills_no_token(status: int, body: bytes) -> None:
    assert type(refusal_of_tokens(Answer(status, {}, body))) is Unavailable


# --- what Google itself says of its API -------------------------------------------------------------------------------


def discovery() -> dict[str, Any]:
    pytest.importorskip("googleapiclient")
    document = files("googleapiclient").joinpath("discovery_cache/documents/youtube.v3.json")
    return cast(dict[str, Any], json.loads(document.read_text("utf-8")))


def asked_of(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> list[httpx.Request]:
    """Do everything that we ever ask of YouTube; return the requests."""
    asked: list[httpx.Request] = []
    sent = stand.channel._sent

    async def hear(request: httpx.Request, **how: Any) -> Answer:
        asked.append(request)
        return await sent(request, **how)

    monkeypatch.setattr(stand.channel, "_sent", hear)
    outgoing = covered(stand)
    receipt = stand.publish(outgoing)
    stand.find(outgoing)
    stand.metrics(receipt.remote_id)
    stand.edit(receipt.remote_id, better(stand))
    stand.run(stand.prepared(stand.outgoing(replace(stand.post(), video=stand.noise(1)), key=KEY + "-2")))
    stand.run(stand.prepared(stand.outgoing(replace(stand.post("Khác"), video=stand.noise(1)), key=KEY + "-2")))
    stand.delete(receipt.remote_id)
    return asked


def test_what_we_ask_is_what_google_says_can_be_asked(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    told = discovery()
    methods = {
        (method["httpMethod"], method["path"]): method
        for resource in told["resources"].values()
        for method in resource.get("methods", {}).values()
    }
    seen = set()
    for request in asked_of(stand, monkeypatch):
        path = request.url.path.removeprefix("/upload").removeprefix("/")
        params = dict(request.url.params)
        if request.method == "PUT" and "upload_id" in params:
            continue  # a piece of an upload
        method = methods[request.method, path]
        seen.add((request.method, path))
        if request.url.path.startswith("/upload"):
            assert f"/upload/{path}" == method["mediaUpload"]["protocols"]["simple"]["path"]
            assert params.pop("uploadType") in method["mediaUpload"]["protocols"] or path.endswith("thumbnails/set")
        assert set(params) <= set(method["parameters"]), request.url
        parts = params.get("part", "").split(",") if "part" in params else []
        schema = told["schemas"][{"videos": "Video", "channels": "Channel", "playlistItems": "PlaylistItem"}.get(
            path.rpartition("/")[2], "Video")]["properties"]  # fmt: skip
        assert set(parts) <= set(schema)
        assert YouTubeScope & set(method["scopes"])
        if request.headers.get("content-type") == "application/json":
            assert unknown(json.loads(request.content), "Video", told["schemas"]) == []
    assert len(seen) == 7


YouTubeScope = {"https://www.googleapis.com/auth/youtube"}


def unknown(value: Any, name: str, schemas: Mapping[str, Any]) -> list[str]:
    """Return what of a JSON is not in Google's schema of it: a name, a type, a word that is no choice."""
    wrong = []
    kinds = {"string": str, "boolean": bool, "integer": int, "number": float, "array": list}
    for field, held in value.items():
        known = schemas[name]["properties"].get(field)
        if known is None:
            wrong.append(f"{name}.{field}")
        elif "$ref" in known:
            wrong += unknown(held, known["$ref"], schemas)
        elif not isinstance(held, kinds[known["type"]]) or held not in known.get("enum", [held]):
            wrong.append(f"{name}.{field}={held!r}")
    return wrong


def test_every_reason_that_google_names_has_words_of_ours() -> None:
    status = discovery()["schemas"]["VideoStatus"]["properties"]
    assert set(FAILED) == set(status["failureReason"]["enum"])
    assert set(REJECTED) == set(status["rejectionReason"]["enum"])
    assert int(discovery()["resources"]["videos"]["methods"]["insert"]["mediaUpload"]["maxSize"]) == (
        YouTube.limits.video.size if YouTube.limits.video else 0
    )
