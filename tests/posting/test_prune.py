"""Kept files go when nothing needs them any more, and never one that may still go out."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from scheduler import clock
from scheduler.channels.contract import JPEG, MP4, Picture, Post, Video
from scheduler.channels.probe import keep_probe
from scheduler.ledger import plans
from scheduler.ledger.delivery import Event, State
from scheduler.ledger.pictures import over
from scheduler.posting.prune import ASIDE, prune
from tests.ledger.keeper import HOUR, NOON, Keeper

OLD = clock.moment(NOON - HOUR).timestamp()  # when the files of these tests were last wanted
BEFORE = clock.moment(NOON)


def file(folder: Path, name: str = "a" * 40 + ".jpg") -> Path:
    file = folder / "media" / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"x" * 10)
    os.utime(file, (OLD, OLD))
    return file


def said(ledger: Keeper, post: Post, key: str = "thu/tin@once/a", state: State = State.SCHEDULED) -> None:
    with ledger.database.writing() as connection:
        plans.keep_bodies(connection, {post.digest: post.to_json()})
    ledger.write(key, state=state, digest=post.digest)


def showing(kept: Path, text: str = "Xin chào") -> Post:
    return Post(text, images=(Picture(str(kept), "a" * 64, JPEG, 10, "Ảnh “\\đẹp”"),))


def publish(ledger: Keeper, post: Post, key: str = "thu/tin@once/a") -> int:
    """Say it, and return when it was published (microseconds)."""
    said(ledger, post, key)
    rows = ledger.arm(key)
    ledger.claim_armed(rows)
    ledger.record(rows[0], Event.CONFIRM, remote_id=key)
    return int(ledger.row(key).published_us)


@pytest.mark.parametrize("state", State)
def test_what_may_still_go_out_keeps_its_files(ledger: Keeper, tmp_path: Path, state: State) -> None:
    kept = file(tmp_path)
    said(ledger, showing(kept), state=state)

    prune(ledger.database, tmp_path / "media", BEFORE + timedelta(days=400))

    assert kept.exists() is (state not in (State.WITHDRAWN, State.CANCELLED))  # published: nobody knows when


def test_what_was_published_keeps_its_files_for_a_while(ledger: Keeper, tmp_path: Path) -> None:
    kept = file(tmp_path)
    published = clock.moment(publish(ledger, showing(kept)))

    prune(ledger.database, tmp_path / "media", published)
    assert kept.exists()
    prune(ledger.database, tmp_path / "media", published + timedelta(seconds=1))
    assert not kept.exists()


def test_a_file_that_another_post_needs_stays(ledger: Keeper, tmp_path: Path) -> None:
    kept = file(tmp_path)
    publish(ledger, showing(kept))
    said(ledger, showing(kept, "Bài khác"), "thu/khac@once/a", State.FAILED)

    prune(ledger.database, tmp_path / "media", BEFORE + timedelta(days=400))

    assert kept.exists()


def test_one_of_two_channels_that_has_not_said_it_yet_needs_it(ledger: Keeper, tmp_path: Path) -> None:
    kept = file(tmp_path)
    publish(ledger, showing(kept))
    said(ledger, showing(kept), "thu/tin@once/b", State.HELD)

    prune(ledger.database, tmp_path / "media", BEFORE + timedelta(days=400))

    assert kept.exists()


def test_films_and_covers_go_as_well(ledger: Keeper, tmp_path: Path) -> None:
    film, cover = file(tmp_path, "b" * 40 + ".mp4"), file(tmp_path, "c" * 40 + ".jpg")
    video = Video(str(film), "b" * 64, MP4, 10, 4, 640, 360, "x")
    publish(ledger, Post("a", video=video, cover=Picture(str(cover), "c" * 64, JPEG, 10, "x")))

    prune(ledger.database, tmp_path / "media", BEFORE + timedelta(days=400))

    assert (film.exists(), cover.exists()) == (False, False)


def test_files_of_which_the_ledger_knows_nothing_stay(ledger: Keeper, tmp_path: Path) -> None:
    probe, unknown, other = Path(keep_probe(tmp_path).file), file(tmp_path), file(tmp_path, "ghi-chu.jpg")
    os.utime(probe, (OLD, OLD))
    publish(ledger, showing(other))

    prune(ledger.database, tmp_path / "media", BEFORE + timedelta(days=400))

    assert all(kept.exists() for kept in (probe, unknown, other))


def test_a_file_that_a_plan_wanted_lately_stays(ledger: Keeper, tmp_path: Path) -> None:
    kept = file(tmp_path)
    publish(ledger, showing(kept))
    before = BEFORE + timedelta(days=400)
    os.utime(kept, (before.timestamp(),) * 2)

    prune(ledger.database, tmp_path / "media", before)

    assert kept.exists()


def test_a_plan_that_wants_a_file_while_it_is_judged_has_it(
    ledger: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = file(tmp_path)
    publish(ledger, showing(kept))
    before = BEFORE + timedelta(days=400)

    def judged_while_planned(*given: object) -> set[str]:
        found = over(*given)  # type: ignore[arg-type]
        os.utime(kept, (before.timestamp(),) * 2)
        return found

    monkeypatch.setattr("scheduler.posting.prune.over", judged_while_planned)

    prune(ledger.database, tmp_path / "media", before)

    assert [each.name for each in kept.parent.iterdir()] == [kept.name]


def test_a_file_that_was_set_aside_when_the_machine_stopped_is_judged_anew(ledger: Keeper, tmp_path: Path) -> None:
    kept = file(tmp_path)
    said(ledger, showing(kept))
    kept.rename(kept.with_name(ASIDE + kept.name))

    prune(ledger.database, tmp_path / "media", BEFORE)

    assert [each.name for each in kept.parent.iterdir()] == [kept.name]


def test_there_may_be_no_files_at_all(ledger: Keeper, tmp_path: Path) -> None:
    prune(ledger.database, tmp_path / "media", BEFORE)


def test_the_ledger_is_not_read_while_all_files_are_young(
    ledger: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(ledger, showing(file(tmp_path)))
    asked: list[object] = []

    def read(*given: object) -> set[str]:
        asked.append(given)
        return set()

    monkeypatch.setattr("scheduler.posting.prune.over", read)

    prune(ledger.database, tmp_path / "media", clock.moment(NOON - HOUR))
    assert asked == []
    prune(ledger.database, tmp_path / "media", BEFORE)
    assert len(asked) == 1
