"""What every network must do for us, and what it is given: Limits, Post, Outgoing, Receipt, Channel.

A network's file states its limits, says how its account is checked, builds the one request that makes a post public
(`request`) and reads its answer (`receipt`). Everything before that request is harmless and lives in `prepare`.
What a network cannot do is absent: `Channel.can("find", options)` is true when the method is there, and the option too
without which the network would not let us (`needs`).
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import httpx

from scheduler import clock
from scheduler.channels.http import Answer, Refusal, Wire
from scheduler.channels.media import Media
from scheduler.channels.spans import Span, spelled
from scheduler.channels.usage import Usage, usage
from scheduler.errors import ChannelError, Expired, NotFound, Unavailable
from scheduler.text import say

T = TypeVar("T")

METRICS = ("views", "reach", "reactions", "comments", "shares", "clicks")  # what `metrics` may tell of a post


JPEG, PNG, GIF = "image/jpeg", "image/png", "image/gif"
MP4, MOV = "video/mp4", "video/quicktime"
SUFFIXES = {JPEG: ".jpg", PNG: ".png", GIF: ".gif", MP4: ".mp4", MOV: ".mov"}


LEAD = timedelta(seconds=5)
FILM_LEAD = timedelta(minutes=30)


@dataclass(frozen=True)
class VideoLimits:
    """What one network takes of a video: bytes, seconds (least, most), pixels of the longer side, width / height.

    `codecs` and `sounds` by the names of people (H.264, AAC), `fps` pictures a second (least, most), `bit_rate` bits a
    second, all files alike. `index_first`: its index must stand before its pictures.
    """

    size: int
    seconds: tuple[float, float] = (0, math.inf)
    types: tuple[str, ...] = (MP4, MOV)
    side: int = 4096
    ratio: tuple[float, float] = (0, math.inf)
    codecs: tuple[str, ...] = ("H.264", "H.265")
    sounds: tuple[str, ...] = ("AAC",)
    fps: tuple[float, float] = (0, math.inf)
    bit_rate: float = math.inf
    index_first: bool = False


@dataclass(frozen=True)
class Limits:
    """What one network takes. `text` and `caption` are counted by `count`; sizes are bytes, `alt` code points.

    A picture that is of another type, larger or wider is converted while a post is composed; one whose shape is not
    taken is refused.
    """

    text: int
    count: Callable[[str], int] = len
    counted: str = "ký tự"
    caption: int | None = None  # the limit of the text when there are pictures, where it is another
    images: int = 0
    image_bytes: int = 10_000_000
    image_types: tuple[str, ...] = (JPEG, PNG, GIF)  # GIF: it moves there; where it would stand still, it is left out
    image_side: int = 4096  # pixels; the network itself shows nothing wider or higher
    image_ratio: tuple[float, float] = (0, math.inf)  # the least and the largest width / height
    video: VideoLimits | None = None  # None: no video; a message's pictures are shown there instead
    alt: int = 1500
    needs_media: bool = False  # no post without a picture or a video
    tags: int | None = None  # hashtags in one post
    links: int | None = None  # different addresses in one post
    cover: bool = False  # the network shows a picture before the post is opened
    never: str = ""  # characters that neither the text nor the title may hold
    title: bool = False  # the network shows a title of its own
    title_most: int | None = None  # code points of that title, where there is a bound
    spans: int = 0  # stretches of a text shown in bold, as a link with words and so on; 0: it shows plain words only
    marked_tags: bool = True  # a hashtag with Vietnamese marks stays what it is
    card: tuple[int, int] = (1200, 630)  # width and height (pixels) in which a card is shown whole


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


@dataclass(frozen=True)
class Account:
    """Whom the network says we are, the limits it told us (names as in Limits), and when token or package run out.

    `expires` is aware UTC; None: never, or the network does not tell.
    """

    name: str
    limits: Mapping[str, int] = field(default_factory=dict)
    expires: datetime | None = None


@dataclass(frozen=True)
class Renewed:
    """New secrets by the names of credentials, when they run out, and from when a person must agree again.

    `ends` None: nothing new is known of that. Both aware UTC.
    """

    secrets: Mapping[str, str] = field(repr=False)
    expires: datetime
    ends: datetime | None = None


Save = Callable[[Mapping[str, Any]], Any]


class Channel:
    """One account of ours on one network. A network adds `find`, `delete` and others where it can.

    async def find(outgoing, since, taken) -> Receipt | None   look for the post among what is public since then,
                                                               not among the ids `taken` by other deliveries (with
                                                               the last one before); Unconfirmed: only a person can tell
    async def delete(remote_id) -> None                        take it down; a second time is done as well
    async def edit(remote_id, post) -> None                    give it the words of this post; a second time is done as well
    async def metrics(remote_id) -> Mapping[str, int]          what became of it until now, by our words (views, reach,
                                                               clicks, reactions, comments, shares); what the network
                                                               does not tell is absent; NotFound when it is gone
    async def renew() -> Renewed                               new secrets for those in `kept`. Unauthorized: they are
                                                               dead, only a person gets others; Unconfirmed: they may
                                                               be spent; Rejected: we are refused, they are untouched
    def consent_page(consent) -> str                           where a person agrees that we speak for the account
    async def redeem(consent, brought) -> Renewed              make secrets of what the browser brought back from there
    """

    network: ClassVar[str]
    limits: ClassVar[Limits]
    credentials: ClassVar[tuple[str, ...]] = ()
    optional_credentials: ClassVar[tuple[str, ...]] = ()
    home: ClassVar[str] = ""  # the network's fixed address, where it has one
    has_session: ClassVar[bool] = False  # `prepare` also keeps a login alive, so it is needed for every post
    idempotent: ClassVar[bool] = False  # the network itself makes a repeated publishing request harmless
    kept: ClassVar[tuple[str, ...]] = ()  # credentials that are renewed: the ledger keeps them, .env has the first
    renew_every: ClassVar[timedelta | None] = None  # whether anything is posted or not; None: only when it runs out
    rotates: ClassVar[bool] = False  # renewing spends the old secrets, also when the answer is lost
    options: ClassVar[Mapping[str, str]] = {}  # what channels.yaml may say under `options`, with what holds otherwise
    needs: ClassVar[Mapping[str, str]] = {}  # abilities that are there only when an option is given: which one
    early: ClassVar[timedelta] = LEAD  # how long before its time a post is made ready (`prepare`) at the most
    film_early: ClassVar[timedelta] = FILM_LEAD  # the same of one with a film: it is uploaded, and converted there
    follows: ClassVar[str] = ""  # the network whose posts are sent on here: the option `of` names the channel
    per_day: ClassVar[int | None] = None  # our own limits where channels.yaml names none; a plan must keep to them
    per_month: ClassVar[int | None] = None
    has_hours: ClassVar[bool] = False  # it takes posts at certain hours only: `opens_at`
    fetches: ClassVar[bool] = False  # the network takes addresses of pictures (`self.media`), not their bytes

    def __init__(
        self,
        *,
        id: str,
        account: str,
        base_url: str | None,
        secrets: Mapping[str, str],
        wire: Wire,
        folder: Path,
        options: Mapping[str, str] = {},
    ) -> None:
        self.id = id
        self.account = account
        self.given_url = base_url
        self.base_url = (base_url or self.home).rstrip("/")
        self.secrets = dict(secrets)
        self.wire = wire
        self.folder = folder  # where this channel may write, for networks that are files
        self.chosen = dict(options)
        self.first = {name: self.secrets[name] for name in self.kept if name in self.secrets}
        self.expires: datetime | None = None  # when renewed secrets run out; None: they were not taken up yet
        self.revive: Callable[[], Awaitable[bool]] | None = None  # get newer secrets, True when there are any
        self.media = Media("", wire)  # where pictures can be fetched; nowhere, unless whoever makes the channel says so
        self.leader: Channel | None = None  # the channel whose posts are sent on here, and by whose secrets
        self.usage: Usage | None = None  # what the network last said of our allowance; whoever acts on it clears it

    @classmethod
    def can(cls, ability: str, options: Mapping[str, str] = {}) -> bool:
        """Tell whether a channel with these options has an ability."""
        needed = cls.needs.get(ability)
        return callable(getattr(cls, ability, None)) and (needed is None or bool(options.get(needed)))

    @classmethod
    def keeps(cls, options: Mapping[str, str] = {}) -> tuple[str, ...]:
        """Return the names of the credentials that are renewed for a channel with these options."""
        return cls.kept if cls.can("renew", options) else ()

    @classmethod
    def wrong_option(cls, name: str, value: str) -> str:
        """Return a sentence that says what is wrong with the value of an option, or an empty text."""
        return ""

    @classmethod
    def doubtful(cls, options: Mapping[str, str]) -> str:
        """Return a warning about what these options lead to, or an empty text."""
        return ""

    @classmethod
    def lacking(cls, post: Post, options: Mapping[str, str]) -> str:
        """Return a sentence about what a post lacks to go out on a channel with these options, or an empty text."""
        return ""

    @classmethod
    def needs_media(cls, options: Mapping[str, str]) -> bool:
        """Tell whether a channel with these options lets the network fetch pictures from LOA_MEDIA_URL."""
        return cls.fetches

    @classmethod
    def opens_at(cls, at: datetime, options: Mapping[str, str]) -> datetime:
        """Return the first moment from then on (aware) at which the network takes a post."""
        return at

    @classmethod
    def no_way_back(cls) -> str:
        """Return why nothing takes a post down, where there is no `delete`."""
        return say("mạng này không cho Loa gỡ; gỡ bằng tay", "this network lets nobody but a person take it down")

    def follow(self, leader: Channel) -> None:
        """Send on what `leader` publishes, and speak by its secrets: they are one, and renewed by it alone."""
        self.leader, self.secrets, self.revive = leader, leader.secrets, leader.revive
        if not self.given_url:
            self.base_url = leader.base_url

    @property
    def appears_within(self) -> timedelta:
        """How long after it was asked for a post may take until `find` sees it."""
        return timedelta(0)

    def lead(self, post: Post) -> timedelta:
        """How long before its time a post is made ready; no longer than `early`, or `film_early` of one with a film."""
        return self.early if post.video is None else self.film_early

    def option(self, name: str) -> str:
        """Return what channels.yaml says of an option, or what holds where it says nothing."""
        return self.chosen.get(name, self.options[name])

    async def check_account(self) -> Account:
        """Prove that the token works and belongs to the declared account; Unauthorized when it does not."""
        raise NotImplementedError

    async def prepare(self, outgoing: Outgoing, save: Save) -> Mapping[str, Any]:
        """Do the harmless steps (uploads); `save` keeps a checkpoint after each. Return the last checkpoint."""
        return outgoing.checkpoint

    def request(self, outgoing: Outgoing) -> httpx.Request:
        """Build the one request that makes the post public."""
        raise NotImplementedError

    def receipt(self, answer: Answer, outgoing: Outgoing) -> Receipt:
        """Read the answer of the publishing request. Whatever goes wrong here means `unconfirmed`."""
        raise NotImplementedError

    def refusal(self, answer: Answer) -> ChannelError | None:
        """Say what this network's own error body means; None leaves it to the rules for HTTP."""
        return None

    async def publish(self, outgoing: Outgoing, request: httpx.Request | None = None) -> Receipt:
        """Make the post public: the one request that is not harmless. `request` may have been built beforehand."""
        answer = await self._send(lambda: self.request(outgoing), publishing=True, built=request)
        return self.wire.understand(lambda: self.receipt(answer, outgoing))

    async def ask(self, method: str, path: str, **how: Any) -> Answer:
        """Send a harmless request to the network and return its answer, or raise one of our errors."""
        return await self._send(lambda: self.build(method, path, **how), publishing=False)

    async def send_up(self, method: str, path: str, body: Callable[[], Mapping[str, Any]]) -> Answer:
        """Send a harmless request with a large body, made anew by `body` for each try (see upload)."""
        return await self._send(lambda: self.build(method, path, **body()), publishing=False)

    async def exchange(self, request: httpx.Request, refusal: Refusal) -> Answer:
        """Send a request that spends a secret, once: what is unclear after it is Unconfirmed."""
        return await self.wire.send(request, refusal, hide=[*self.secrets.values()], publishing=True)

    async def _send(
        self,
        build: Callable[[], httpx.Request],
        *,
        publishing: bool,
        built: httpx.Request | None = None,
    ) -> Answer:
        spoken_by = dict(self.secrets)
        if built is None or self.kept:  # what was built beforehand may speak by secrets that are over
            built = build()
        try:
            return await self._sent(built, publishing=publishing)
        except Expired:
            renewed_meanwhile = self.secrets != spoken_by
            if not renewed_meanwhile and (self.revive is None or not await self.revive()):
                raise
        return await self._sent(build(), publishing=publishing)

    async def _sent(self, request: httpx.Request, *, publishing: bool) -> Answer:
        hide = self.secrets.values()
        return await self.wire.send(request, self.refusal, hide=hide, publishing=publishing, heard=self._hear)

    def take(self, secrets: Mapping[str, str], expires: datetime) -> None:
        """Speak by these secrets from now on."""
        self.secrets |= secrets
        self.expires = expires

    def _hear(self, answer: Answer) -> None:
        self.usage = usage(answer.headers, clock.now()) or self.usage

    async def learn(self, kind: type[T], method: str, path: str, **how: Any) -> T:
        """Ask a harmless question and return its JSON, a dict or a list; a page of maintenance is Unavailable."""
        answer = await self.ask(method, path, **how)
        try:
            value = answer.json()
        except ValueError:
            value = None
        if not isinstance(value, kind):
            raise Unavailable(f"HTTP {answer.status}: an answer that cannot be read")
        return value

    def build(self, method: str, path: str, **how: Any) -> httpx.Request:
        """Build a request to the network, signed by `headers()`."""
        headers = {**self.headers(), **how.pop("headers", {})}
        return self.wire.build(method, self.base_url + path, headers=headers, **how)

    def headers(self) -> dict[str, str]:
        """The headers by which the network knows us."""
        return {}

    async def gone(self, asked: Any) -> None:
        """Await a deletion; that it was not there any more is as good."""
        try:
            await asked
        except NotFound:
            return

    def picture_bytes(self, picture: Picture) -> bytes:
        """Return the approved bytes of a picture, or Unavailable when they are not what was approved."""
        try:
            content = Path(picture.file).read_bytes()
        except OSError as error:
            raise Unavailable(f"{Path(picture.file).name}: {error.strerror}") from None
        if hashlib.sha256(content).hexdigest() != picture.sha256:
            raise Unavailable(f"{Path(picture.file).name}: not the picture that was approved")
        return content


Taken = Collection[str]
