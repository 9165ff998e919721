"""A post: a message rendered for one channel, nothing left to decide; on its way, and what the network gives for it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from scheduler.channels.spans import Span, spelled


@dataclass(frozen=True)
class Picture:
    """An image of a post: where the approved bytes lie, their fingerprint, and the words for who cannot see it.

    `said`: words of ours that stand on it and not in `alt`; rules hold for them as for the text.
    """

    file: str
    sha256: str
    mime: str
    size: int
    alt: str
    said: str = ""

    @property
    def words(self) -> str:
        """All words of ours that the picture brings along."""
        return "\n".join(part for part in (self.alt, self.said) if part)


@dataclass(frozen=True)
class Video:
    """A film of a post: where the approved bytes lie, their fingerprint, and the words for who cannot see or hear it.

    `size` is in bytes, `width` and `height` in pixels as shown (a film that lies on its side is turned).
    """

    file: str
    sha256: str
    mime: str
    size: int
    seconds: float
    width: int
    height: int
    alt: str


@dataclass(frozen=True)
class Post:
    """A message rendered for one channel, nothing left to decide. It has pictures or a video, never both."""

    text: str
    title: str = ""
    language: str = "vi"
    images: tuple[Picture, ...] = ()
    video: Video | None = None
    cover: Picture | None = None  # shown before the post is opened, where a network has such a place
    spans: tuple[Span, ...] = ()  # what of the text is shown in a way of its own

    @property
    def spelled(self) -> str:
        """All that the text says, also where its links lead: what rules hold for."""
        return spelled(self.text, self.spans)

    def to_json(self) -> str:
        return json.dumps(self._said(asdict), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, body: str) -> Post:
        values = json.loads(body)
        values["images"] = tuple(Picture(**image) for image in values["images"])
        if "video" in values:
            values["video"] = Video(**values["video"])
        if "cover" in values:
            values["cover"] = Picture(**values["cover"])
        if "spans" in values:
            values["spans"] = tuple(Span(**span) for span in values["spans"])
        return cls(**values)

    @property
    def digest(self) -> str:
        """The fingerprint of all that will be public (media by their bytes): change a letter, and it is another."""
        said = self._said(lambda shown: {"sha256": shown.sha256, "alt": shown.alt})
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def _said(self, of: Callable[[Any], Mapping[str, Any]]) -> dict[str, Any]:
        """Return the post with what is made `of` its media; what it does not have is absent, as before there was such."""
        media = {name: of(shown) for name in ("video", "cover") if (shown := getattr(self, name)) is not None}
        words = {"text": self.text, "title": self.title, "language": self.language}
        spans = {"spans": [asdict(span) for span in self.spans]} if self.spans else {}
        return {**words, "images": [of(image) for image in self.images], **media, **spans}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A post on its way: the delivery's key (the same for every attempt), its due time (aware, in the office's zone),
    what earlier steps left, and whom to tell how many bytes of its film have left (sent, of so many). On a channel that
    follows another: where that one has the same message public."""

    key: str
    due: datetime
    post: Post
    checkpoint: Mapping[str, Any] = field(default_factory=dict)
    told: Callable[[int, int], None] = field(default=lambda sent, size: None, compare=False)
    follows: Receipt | None = None

    def sending_on(self, public: Receipt) -> Outgoing:
        """Return it with the post that it sends on."""
        return replace(self, follows=public)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The network's own id of a public post, and its public address."""

    remote_id: str
    url: str = ""
