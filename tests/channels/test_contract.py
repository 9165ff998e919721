"""What every network must do, whatever it is: one suite over the registry."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unicodedata import is_normalized

import pytest

from scheduler.channels.contract import METRICS, Channel, Picture, Post
from scheduler.channels.registry import NETWORKS
from scheduler.errors import ChannelError, NotFound, RateLimited, Rejected, Unauthorized, Unavailable, Unconfirmed
from tests.channels.conftest import named
from tests.channels.stand import CASES, DUE, KEY, LONG_AGO, TEXT, Case, Stand, closed_port, hidden
from tests.fakes.server import ACCEPTED

PERHAPS = (*(fault for fault in ACCEPTED if fault not in ("slow_ok", "hang")), "500_before", "reset_before", "html_200")
CERTAINLY_NOT = {
    "401": Unauthorized,
    "403": Unauthorized,
    "refuse": Rejected,
    "echo": Rejected,
    "429": RateLimited,
    "429_bare": RateLimited,
    "html_404": Unavailable,
}


def network(case: Case) -> type[Channel]:
    return NETWORKS[case.network]


def finds(case: Case) -> bool:
    return network(case).can("find", case.options)


def pictured(case: Case) -> bool:
    return network(case).limits.images > 0


def cases(stand: str, wanted: Callable[[Case], bool]) -> pytest.MarkDecorator:
    """Run a test only on the stands of the networks that are wanted."""
    fit = [case for case in CASES if wanted(case) and (case.fake or stand == "stand")]
    return pytest.mark.parametrize(stand, fit, ids=named, indirect=True)


def test_every_network_of_the_registry_stands_here() -> None:
    assert {case.network for case in CASES} == set(NETWORKS)


def test_a_post_survives_being_written_down(stand: Stand) -> None:
    post = stand.post(pictures=2, title="Tin")
    assert Post.from_json(post.to_json()) == post


@cases("stand", pictured)
def test_the_digest_changes_with_a_letter_and_not_with_the_folder(stand: Stand) -> None:
    post, picture = stand.post(pictures=1), stand.picture(0)
    moved = Picture("/elsewhere.png", picture.sha256, picture.mime, picture.size, picture.alt)
    assert Post(post.text, images=(moved,)).digest == post.digest
    assert Post(post.text + ".", images=(moved,)).digest != post.digest


# publishing


def test_the_account_is_the_declared_one(stand: Stand) -> None:
    assert stand.check().name


def test_a_text_is_public_letter_for_letter(stand: Stand) -> None:
    assert is_normalized("NFC", stand.case.text)
    receipt = stand.publish()
    assert stand.public() == [(stand.case.text, [picture.alt for picture in stand.post().images])]
    assert receipt.remote_id and receipt.url


@cases("stand", pictured)
def test_two_pictures_are_public_with_their_words(stand: Stand) -> None:
    post = stand.post(pictures=2)
    stand.publish(stand.outgoing(post))
    without_alt = stand.case.network == "telegram"
    assert stand.public() == [(TEXT, ["", ""] if without_alt else [picture.alt for picture in post.images])]


@cases("online", pictured)
@pytest.mark.parametrize("pictures", [0, 1, 2])
def test_one_request_makes_it_public(online: Stand, pictures: int) -> None:
    post = online.post(pictures=pictures)
    online.publish(online.outgoing(post))
    assert online.fake.requests["publish"] == 1
    assert [p["sha256"] for p in online.fake.public[0].images] == [p.sha256 for p in post.images]


@cases("online", lambda case: case.film)
def test_one_request_makes_a_film_public(online: Stand) -> None:
    online.publish()
    assert (online.fake.requests["publish"], online.fake.requests["media"]) == (1, 1)


@cases("online", lambda case: case.film)
def test_a_film_that_was_uploaded_is_not_uploaded_again(online: Stand) -> None:
    outgoing = online.outgoing()
    online.run(online.prepared(outgoing))
    online.channel = online.open()
    online.publish(replace(outgoing, checkpoint=online.checkpoints[-1]))
    assert online.fake.requests["media"] == 1


@cases("online", lambda case: case.film)
def test_a_film_that_is_not_the_approved_one_stays_here(online: Stand) -> None:
    post = online.post()
    assert post.video
    with open(post.video.file, "r+b") as file:
        file.write(b"changed")
    with pytest.raises(Unavailable, match="not the film that was approved"):
        online.publish(online.outgoing(post))
    assert (online.public(), online.fake.requests["media"]) == ([], 0)


def test_a_request_built_beforehand_is_the_one_that_is_sent(online: Stand) -> None:
    outgoing = online.run(online.prepared(online.outgoing()))
    online.run(online.channel.publish(outgoing, online.channel.request(outgoing)))
    assert online.public() == [(online.case.text, [picture.alt for picture in outgoing.post.images])]


def test_preparing_makes_nothing_public(online: Stand) -> None:
    online.run(online.prepared(online.outgoing(online.post(pictures=2))))
    assert online.fake.requests["publish"] == 0
    assert online.public() == []


@cases("online", pictured)
def test_what_was_uploaded_is_not_uploaded_again(online: Stand) -> None:
    outgoing = online.outgoing(online.post(pictures=2))
    online.run(online.prepared(outgoing))
    uploads = online.fake.requests["media"]
    online.channel = online.open()
    for checkpoint in online.checkpoints[-1:]:
        outgoing = replace(outgoing, checkpoint=checkpoint)
    online.publish(outgoing)
    assert online.fake.requests["media"] == uploads
    assert [p["sha256"] for p in online.fake.public[0].images] == [p.sha256 for p in outgoing.post.images]


@cases("online", lambda case: pictured(case) and not network(case).follows)
def test_a_picture_that_is_not_the_approved_one_stays_here(online: Stand) -> None:
    post = online.post(pictures=1)
    with open(post.images[0].file, "ab") as file:
        file.write(b"changed")
    with pytest.raises(Unavailable, match="not the picture that was approved"):
        online.publish(online.outgoing(post))
    assert online.public() == []


@cases("stand", lambda case: network(case).idempotent)
def test_publishing_twice_is_one_post(stand: Stand) -> None:
    stand.publish()
    stand.publish()
    assert len(stand.public()) == 1


@cases("online", lambda case: network(case).idempotent)
def test_a_repeat_after_a_lost_answer_is_one_post(online: Stand) -> None:
    online.fake.fault("lost")
    with pytest.raises(Unconfirmed):
        online.publish()
    online.channel = online.open()  # as after a restart
    receipt = online.publish()
    assert len(online.public()) == 1
    assert online.fake.public[0].id in receipt.remote_id


# errors


@pytest.mark.parametrize("fault", PERHAPS)
def test_whatever_is_unclear_is_unconfirmed(online: Stand, fault: str) -> None:
    online.fake.fault(fault)
    with pytest.raises(Unconfirmed):
        online.publish()
    assert len(online.public()) == (fault in ACCEPTED)


@pytest.mark.parametrize("fault", CERTAINLY_NOT)
def test_a_clear_refusal_has_its_own_error(online: Stand, fault: str) -> None:
    online.fake.fault(fault)
    with pytest.raises(CERTAINLY_NOT[fault]):
        online.publish()
    assert online.public() == []


def test_a_404_of_the_network_is_what_that_network_means_by_it(online: Stand) -> None:
    online.fake.fault("404")
    with pytest.raises(online.case.not_there):
        online.publish()


def test_an_error_in_a_200_is_no_success(online: Stand) -> None:
    online.fake.fault("error_in_200")
    with pytest.raises(online.case.error_in_200):
        online.publish()


def test_silence_is_unconfirmed(online: Stand) -> None:
    online.channel = online.open(timeout=0.2)
    online.fake.fault("hang", seconds=2)
    with pytest.raises(Unconfirmed):
        online.publish()
    assert len(online.public()) == 1


def test_a_slow_answer_is_an_answer(online: Stand) -> None:
    online.fake.fault("slow_ok", seconds=0.1)
    assert online.publish().remote_id


def test_nobody_listening_is_unavailable(online: Stand) -> None:
    outgoing = online.run(online.prepared(online.outgoing()))
    online.channel.base_url = f"http://127.0.0.1:{closed_port()}"
    with pytest.raises(Unavailable):
        online.run(online.channel.publish(outgoing))


def test_an_address_that_is_none_is_unavailable(online: Stand) -> None:
    outgoing = online.run(online.prepared(online.outgoing()))
    online.channel.base_url = "http://[loa"
    with pytest.raises(Unavailable):
        online.run(online.channel.publish(outgoing))


@cases("online", lambda case: case.waits_as_told)
def test_told_to_wait_we_know_until_when(online: Stand) -> None:
    online.fake.fault("429", seconds=60)
    with pytest.raises(RateLimited) as told:
        online.publish()
    assert told.value.retry_at is not None
    assert abs(told.value.retry_at - datetime.now(UTC) - timedelta(seconds=60)) < timedelta(seconds=2)


def test_told_to_wait_without_a_hint_we_know_no_time(online: Stand) -> None:
    online.fake.fault("429_bare")
    with pytest.raises(RateLimited) as told:
        online.publish()
    assert told.value.retry_at is None


def test_after_a_fault_the_next_post_goes_out(online: Stand) -> None:
    online.fake.fault("500_before")
    with pytest.raises(Unconfirmed):
        online.publish()
    online.publish()
    assert len(online.public()) == 1


# accounts and secrets


def test_another_account_is_not_ours(online: Stand) -> None:
    online.channel = online.open(account=online.case.wrong_account)
    with pytest.raises(Unauthorized):
        online.check()


def test_a_wrong_secret_is_unauthorized(online: Stand) -> None:
    secrets = {**online.case.secrets, **online.case.renewed}
    last = list(secrets)[-1]
    wrong = secrets[last][:-4] + "0000"
    online.channel = online.open(secrets={last: wrong})
    with pytest.raises(Unauthorized):
        online.check()


def test_a_page_of_maintenance_says_nothing_about_our_account(online: Stand) -> None:
    online.channel.base_url += "/_maintenance"
    with pytest.raises(Unavailable):
        online.check()


@pytest.mark.parametrize("fault", ["echo", "401", "lost", "500_after", "html_502", "truncated", "error_in_200", "429"])
def test_no_secret_is_ever_shown(online: Stand, fault: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    online.fake.fault(fault)
    with pytest.raises(ChannelError) as caught:
        online.publish()
    shown = [str(caught.value), repr(caught.value), "".join(traceback.format_exception(caught.value)), caplog.text]
    shown += [repr(online.channel), str(online.channel), repr(online.outgoing())]
    assert hidden(online.channel)
    assert not [secret for secret in hidden(online.channel) for text in shown if secret in text]


def test_what_the_network_quotes_is_kept_but_for_the_secrets(online: Stand) -> None:
    online.fake.fault("echo")
    with pytest.raises(Rejected, match=r"\*\*\*"):
        online.publish()


# find and delete, where a network can


@cases("stand", finds)
def test_find_sees_what_publish_made(stand: Stand) -> None:
    assert stand.find() is None
    receipt = stand.publish(stand.outgoing(stand.post(pictures=1)))
    assert stand.find(stand.outgoing(stand.post(pictures=1))) == receipt


@cases("stand", finds)
def test_find_after_a_restart_sees_it_as_well(stand: Stand) -> None:
    receipt = stand.publish()
    stand.channel = stand.open()
    assert stand.find() == receipt


@cases("online", finds)
@pytest.mark.parametrize(
    "fault", ["lost", "500_after", "truncated", "html_502", "500_before", "reset_before", "html_200"]
)
def test_find_tells_the_truth_after_a_fault(online: Stand, fault: str) -> None:
    online.fake.fault(fault)
    with pytest.raises(Unconfirmed):
        online.publish()
    assert bool(online.find()) == (fault in ACCEPTED)


@cases("online", finds)
def test_find_does_not_take_what_is_another_deliverys(online: Stand) -> None:
    receipt = online.publish()
    assert online.find(taken={receipt.remote_id}) is None


@cases("stand", lambda case: finds(case) and not case.looks_at_text)
def test_find_does_not_take_what_another_key_made(stand: Stand) -> None:
    stand.publish()
    assert stand.find(stand.outgoing(key=KEY + "-2")) is None


@cases("online", lambda case: finds(case) and case.looks_at_text)
def test_find_by_text_does_not_take_what_is_older(online: Stand) -> None:
    online.publish()
    assert online.find(since=DUE + timedelta(hours=1)) is None
    assert online.find(since=LONG_AGO)


@cases("online", finds)
def test_find_that_cannot_look_never_says_absent(online: Stand) -> None:
    online.publish()
    elsewhere = [f"{online.fake.url}/{path}" for path in ("_maintenance", "_nothing", "gone")]
    for address in (*elsewhere, f"http://127.0.0.1:{closed_port()}"):
        online.channel.base_url = address
        with pytest.raises(ChannelError):
            online.find()


@cases("stand", lambda case: network(case).can("delete"))
def test_deleting_twice_is_done(stand: Stand) -> None:
    receipt = stand.publish(stand.outgoing(stand.post(pictures=2)))
    stand.delete(receipt.remote_id)
    stand.delete(receipt.remote_id)
    assert not stand.case.fake or stand.fake.standing == []
    assert not finds(stand.case) or stand.find() is None


@cases("online", lambda case: network(case).can("delete"))
def test_a_page_of_a_proxy_does_not_prove_it_deleted(online: Stand) -> None:
    receipt = online.publish()
    online.channel.base_url += "/gone"
    with pytest.raises(Unavailable):
        online.delete(receipt.remote_id)


# other words, where a network lets us


def edits(case: Case) -> bool:
    return network(case).can("edit", case.options)


@cases("stand", edits)
@pytest.mark.parametrize("pictures", [0, 1, 2])
def test_other_words_stand_at_the_same_address_with_the_same_pictures(stand: Stand, pictures: int) -> None:
    post = stand.post(pictures=pictures)
    receipt = stand.publish(stand.outgoing(post))
    [(_, words)] = stand.public()
    better = replace(post, text=stand.case.text.replace("113", "111"))
    for picture in post.images:
        Path(picture.file).unlink()  # what was kept is pruned one day (posting/prune.py)

    stand.edit(receipt.remote_id, better)
    stand.edit(receipt.remote_id, better)  # who has heard no answer asks again

    assert stand.public() == [(better.text, words)]


@cases("online", edits)
def test_what_was_taken_down_cannot_be_corrected(online: Stand) -> None:
    receipt = online.publish()
    online.delete(receipt.remote_id)
    with pytest.raises(ChannelError):
        online.edit(receipt.remote_id, online.post("Khác"))


@cases("online", edits)
@pytest.mark.parametrize("elsewhere", ["/gone", "/_maintenance"])
def test_a_page_of_a_proxy_does_not_prove_a_correction(online: Stand, elsewhere: str) -> None:
    receipt = online.publish()
    online.channel.base_url += elsewhere
    with pytest.raises(ChannelError):
        online.edit(receipt.remote_id, online.post("Khác"))


# numbers, where a network tells them


@cases("online", lambda case: network(case).can("metrics"))
def test_the_numbers_of_a_post_bear_our_words(online: Stand) -> None:
    told = online.metrics(online.publish().remote_id)
    assert set(told) <= set(METRICS)
    assert all(type(number) is int and number >= 0 for number in told.values())


@cases("online", lambda case: network(case).can("metrics") and network(case).can("delete"))
def test_the_numbers_of_a_post_that_was_taken_down_are_not_found(online: Stand) -> None:
    receipt = online.publish()
    online.delete(receipt.remote_id)
    with pytest.raises(NotFound):
        online.metrics(receipt.remote_id)


@cases("online", lambda case: network(case).can("metrics"))
@pytest.mark.parametrize("elsewhere", ["/gone", "/_maintenance"])
def test_a_page_of_a_proxy_does_not_prove_a_post_gone(online: Stand, elsewhere: str) -> None:
    receipt = online.publish()
    online.channel.base_url += elsewhere
    with pytest.raises(Unavailable):
        online.metrics(receipt.remote_id)
