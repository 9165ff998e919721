"""A correction: the words that a public post should have by the campaign as it stands now, and whether it may have them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row

from scheduler import clock
from scheduler.authoring.campaign import Message
from scheduler.authoring.loader import Authored
from scheduler.channels.contract import Post
from scheduler.channels.registry import NETWORKS
from scheduler.composing.examine import Examiner, Spoken
from scheduler.composing.fit import misfits
from scheduler.ledger import orders, plans
from scheduler.ledger.amiss import amiss
from scheduler.ledger.delivery import State
from scheduler.planning.plan import Planner
from scheduler.text import say

SLACK = timedelta(days=1)  # a spread or a shift may have moved a delivery from the time of its occurrence


@dataclass(frozen=True)
class Correction:
    """What a public post says, what it should say, and why it may not (`faults`)."""

    row: Row[Any]
    before: Post
    after: Post
    faults: list[str] = field(default_factory=list)


def corrections(
    planner: Planner,
    connection: Connection,
    messages: Iterable[tuple[Authored, Message]],
    keys: Collection[str] = (),
    *,
    by_hand: bool = False,
) -> Iterator[Correction]:
    """Yield every public post of the messages (or only those with these keys) whose words are now others in its campaign.

    Also one of which nobody knows which words it has, since an earlier correction was not confirmed; and, `by_hand`, one
    with which something else is amiss, for only a person can mend that.
    """
    examiner, unsure = Examiner(planner.book), set(orders.half_corrected(connection))
    unsure.update(amiss(connection) if by_hand else ())
    for authored, message in messages:
        for row, post in _differing(planner, connection, authored, message, keys, unsure):
            before = Post.from_json(plans.body_of(connection, row.digest))
            faults = _faults(planner, examiner, authored, message, row, before, post)
            yield Correction(row, before, _with_words_of(post, before), faults)


def _differing(
    planner: Planner,
    connection: Connection,
    authored: Authored,
    message: Message,
    keys: Collection[str],
    unsure: Collection[str],
) -> Iterator[tuple[Row[Any], Post]]:
    """Yield what is public of a message and is wanted otherwise, or may be otherwise, with the post that is wanted."""
    held = plans.planned(connection, authored.campaign.campaign, message.id)
    public = {key: row for key, row in held.items() if row.state == State.PUBLISHED and (not keys or key in keys)}
    if not public:
        return
    first = clock.moment(min(row.due_us for row in public.values()))
    for wanted, post in planner.wanted(authored, message, since=first - SLACK):
        row = public.get(wanted.key)
        if row is not None and (wanted.digest != row.digest or wanted.key in unsure):
            yield orders.delivery(connection, wanted.key), post


def _with_words_of(post: Post, before: Post) -> Post:
    """Return what is public with the new words: pictures stay where they are."""
    return replace(before, text=post.text, spans=post.spans, title=post.title, language=post.language)


def _faults(
    planner: Planner,
    examiner: Examiner,
    authored: Authored,
    message: Message,
    row: Row[Any],
    before: Post,
    post: Post,
) -> list[str]:
    """Return what stands against saying the new words today."""
    entry = planner.book.channels.get(row.channel)
    if entry is None or entry.network not in NETWORKS:
        return [say(f"kênh {row.channel} không còn trong channels.yaml", f"{row.channel} is no more in channels.yaml")]
    network = NETWORKS[entry.network]
    found = list(misfits(post, network.limits, entry.network))
    if _with_words_of(post, before).digest != post.digest:
        found.append(
            say(
                "ảnh, phim hay bìa đã khác; chỉ sửa được chữ: gỡ bài (loa withdraw) rồi đăng lại bằng thông điệp mới",
                "its pictures, video or cover are others; only words can be corrected: withdraw it and post a new message",
            )
        )
    today = planner.now.astimezone(planner.settings.zone).date()
    waived = {**authored.campaign.waive, **message.waive}
    spoken = Spoken(post, today, authored.campaign, message, (entry.network,))
    for finding in examiner.findings(spoken):
        if finding.severity == "error" and not (finding.waivable and finding.rule in waived):
            found.append(f"{finding.words} [{finding.rule}]")
    return found
