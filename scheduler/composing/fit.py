"""Does a post fit its network? Counted as that network counts; nothing is ever cut silently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from scheduler.channels.contract import Limits, Post
from scheduler.text import HASHTAG, URL, cut, few, say

NAMED = 3  # hashtags in one sentence
LAST_WORDS = 6  # by which a proposal names the place where a text may be cut


def with_learnt(limits: Limits, learnt: Mapping[str, int]) -> Limits:
    """Return the limits with what the server itself told us."""
    return replace(
        limits,
        text=learnt.get("text", limits.text),
        images=learnt.get("images", limits.images),
        image_bytes=learnt.get("image_bytes", limits.image_bytes),
        alt=learnt.get("alt", limits.alt),
        video=limits.video and replace(limits.video, size=learnt.get("video_bytes", limits.video.size)),
    )


def room(post: Post, limits: Limits) -> tuple[int, int]:
    """Return how long the text is and how long it may be, in the network's own unit."""
    most = limits.caption if (post.images or post.video) and limits.caption is not None else limits.text
    return limits.count(post.text), most


def misfits(post: Post, limits: Limits, network: str) -> Iterator[str]:
    """Yield a sentence for everything about a post that its network would refuse, but for its pictures (see frame)."""
    used, most = room(post, limits)
    if not post.text.strip() and not post.images and post.video is None:
        yield say("bài không có chữ nào", "the post has no words")
    if used > most:
        over = used - most
        vi, en = _where_to_cut(post.text, limits, most)
        yield say(
            f"{network}: dài {used} {limits.counted}, tối đa {most}; bớt {over}{vi} hoặc viết riêng: words: {{{network}: ...}}",
            f"{network}: {used} long, at most {most}; cut {over}{en} or write words: {{{network}: ...}}",
        )
    if limits.title_most is not None and len(post.title) > limits.title_most:
        yield say(
            f"{network}: title dài {len(post.title)} ký tự, tối đa {limits.title_most}; rút gọn title",
            f"{network}: title is {len(post.title)} long, at most {limits.title_most}; shorten title",
        )
    if limits.needs_media and not post.images and post.video is None:
        yield _no_media(limits, network)
    yield from _too_many(post.text, limits, network)
    if len(post.spans) > limits.spans:
        yield say(
            f"{network}: {len(post.spans)} chỗ có thẻ, tối đa {limits.spans}; bớt thẻ, phần sau sẽ hiện như chữ thường",
            f"{network}: {len(post.spans)} formatted places, at most {limits.spans}; leave some out, the last would be lost",
        )
    if found := sorted({letter for letter in limits.never if letter in post.title or letter in post.text}):
        shown = " ".join(found)
        yield say(
            f"{network}: không nhận các ký tự {shown} trong chữ và title; viết cách khác, hoặc viết riêng: words: {{{network}: ...}}",
            f"{network}: takes no {shown} in text and title; write it otherwise, or write words: {{{network}: ...}}",
        )
    if len(post.images) > limits.images:
        yield say(
            f"{network}: {len(post.images)} ảnh, tối đa {limits.images}",
            f"{network}: {len(post.images)} pictures, at most {limits.images}",
        )
    for alt in (*(image.alt for image in post.images), post.video.alt if post.video else ""):
        if len(alt) > limits.alt:
            yield say(
                f"{network}: alt dài {len(alt)} ký tự, tối đa {limits.alt}",
                f"{network}: alt is {len(alt)} long, at most {limits.alt}",
            )


def _too_many(text: str, limits: Limits, network: str) -> Iterator[str]:
    """Yield a sentence where there are more hashtags, or more different addresses, than a network takes."""
    if limits.tags is not None and len(tags := HASHTAG.findall(text)) > limits.tags:
        last = few((f"#{tag}" for tag in tags[limits.tags :]), NAMED)
        yield say(
            f"{network}: {len(tags)} hashtag, tối đa {limits.tags}; bỏ bớt: {last}",
            f"{network}: {len(tags)} hashtags, at most {limits.tags}; leave out: {last}",
        )
    if limits.links is not None and len(links := set(URL.findall(text))) > limits.links:
        yield say(
            f"{network}: {len(links)} địa chỉ khác nhau, tối đa {limits.links}; bỏ bớt liên kết",
            f"{network}: {len(links)} different addresses, at most {limits.links}; leave some out",
        )


def _no_media(limits: Limits, network: str) -> str:
    if not limits.images:
        return say(
            f"{network}: bài phải có video; thêm video, hoặc bỏ kênh {network} khỏi channels",
            f"{network}: a post needs a video; add one, or leave its channels out",
        )
    return say(
        f"{network}: bài phải có ảnh hoặc video; thêm images, card hoặc video, hoặc bỏ kênh {network} khỏi channels",
        f"{network}: a post needs a picture or a video; add images, card or video, or leave its channels out",
    )


def _where_to_cut(text: str, limits: Limits, most: int) -> tuple[str, str]:
    """Return a proposal where to cut, or nothing when the text has no place for it."""
    kept = cut(text.strip(), most, limits.count).split()
    if not kept:
        return "", ""
    end = " ".join(kept[-LAST_WORDS:])
    shown = f"...{end}" if len(kept) > LAST_WORDS else end
    return f" (có thể cắt sau '{shown}')", f" (one place is after '{shown}')"
