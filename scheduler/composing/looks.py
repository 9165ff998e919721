"""How a post looks on each network, in plain styles of our own: what is where, and after how much a reader must tap."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """A network as its readers see it. `fold_lines` and `fold_letters`: about where it cuts (None: nowhere)."""

    label: str
    fold_lines: int | None = None
    fold_letters: int | None = None
    actions: tuple[tuple[str, str], ...] = ()  # in Vietnamese and English


_TALK = (("Thích", "Like"), ("Bình luận", "Comment"), ("Chia sẻ", "Share"))
_ANSWER = (("Trả lời", "Reply"), ("Đăng lại", "Repost"), ("Thích", "Like"))

LOOKS: dict[str, Look] = {
    "facebook": Look("Facebook", 5, 480, _TALK),
    "zalo": Look("Zalo", 3, 200, _TALK[:2]),
    "zalo_broadcast": Look("Zalo: gửi tới người quan tâm", 3, 200),
    "instagram": Look("Instagram", 2, 125, _TALK),
    "threads": Look("Threads", None, None, _ANSWER),
    "mastodon": Look("Mastodon", None, None, _ANSWER),
    "bluesky": Look("Bluesky", None, None, _ANSWER),
    "telegram": Look("Telegram"),
    "wordpress": Look("WordPress"),
    "youtube": Look("YouTube", 3, 160, (("Thích", "Like"), ("Không thích", "Dislike"), ("Chia sẻ", "Share"))),
    "feed": Look("Bảng tin"),
}


def look_of(network: str) -> Look:
    """Return the look of a network; one that we do not know looks plain."""
    return LOOKS.get(network, Look(network))


def folded(text: str, look: Look) -> tuple[str, str]:
    """Return what a reader sees at once and what only after a tap, cut between words, so never in an address or a tag."""
    end = len(text)
    if look.fold_lines is not None:
        ends = [match.start() for match in re.finditer("\n", text)]
        end = ends[look.fold_lines - 1] if len(ends) >= look.fold_lines else end
    if look.fold_letters is not None:
        end = min(end, look.fold_letters)
    if not text[end:].strip():
        return text, ""
    blanks = [match.start() for match in re.finditer(r"\s", text)]
    cut = max((blank for blank in blanks if blank <= end), default=min(blanks, default=len(text)))
    return text[:cut].rstrip(), text[cut:].lstrip("\n ")


def initials(name: str) -> str:
    """Return the letters on an avatar: of `Phường Hà Đông` HĐ."""
    words = [word for word in re.split(r"[\s._-]+", name) if word and word[0].isalnum()]
    return "".join(word[0] for word in words[-2:]).upper() or "?"
