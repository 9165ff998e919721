"""A post, its fingerprint and the form in which the ledger keeps it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scheduler.channels.contract import Picture, Post, Video
from scheduler.channels.spans import Span

PICTURE = Picture("a.jpg", "aa" * 32, "image/jpeg", 10, "Ảnh")
VIDEO = Video("a.mp4", "bb" * 32, "video/mp4", 10, 3.5, 1080, 1920, "Phim")


@pytest.mark.parametrize(
    "post",
    [
        Post("a"),
        Post("a", images=(PICTURE,)),
        Post("a", video=VIDEO, cover=PICTURE),
        Post("ab", spans=(Span("b", 0, 2), Span("a", 1, 1, "https://a.vn"))),
    ],
    ids=["text", "pictures", "video", "spans"],
)
def test_a_post_comes_back_from_the_ledger_as_it_was(post: Post) -> None:
    assert Post.from_json(post.to_json()) == post


def test_posts_approved_before_there_was_video_keep_their_fingerprint() -> None:
    post = Post("Ma túy: biết để tránh.", title="Tiêu đề", images=(PICTURE,))

    assert post.digest == "b380f0418381e60698af2a6e20c6eae3bb194c8c295fd7092a2cc927eb47bf4c"


@pytest.mark.parametrize(
    "spans",
    [
        (),
        (Span("i", 0, 1),),
        (Span("b", 0, 2),),
        (Span("a", 0, 1, "https://a.vn"),),
        (Span("a", 0, 1, "https://b.vn"),),
    ],
)
def test_what_is_shown_otherwise_is_another_post(spans: tuple[Span, ...]) -> None:
    every = {Post("ab", spans=(Span("b", 0, 1),)).digest, Post("ab", spans=spans).digest}

    assert len(every) == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"video": None},
        {"cover": None},
        {"video": replace(VIDEO, sha256="cc" * 32)},
        {"video": replace(VIDEO, alt="Phim khác")},
        {"cover": replace(PICTURE, sha256="cc" * 32)},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_another_video_or_cover_is_another_post(changed: dict[str, object]) -> None:
    post = Post("a", video=VIDEO, cover=PICTURE)

    assert replace(post, **changed).digest != post.digest  # type: ignore[arg-type]


def test_where_media_lie_is_no_part_of_the_post() -> None:
    post = Post("a", video=VIDEO, cover=PICTURE)

    assert replace(post, video=replace(VIDEO, file="b"), cover=replace(PICTURE, file="b")).digest == post.digest
