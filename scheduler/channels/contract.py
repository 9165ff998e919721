"""What every network must do for us: Channel. What it is given to do it with is in `limits` and `post`, and named here too.

A network's file states its limits, says how its account is checked, builds the one request that makes a post public
(`request`) and reads its answer (`receipt`). Everything before that request is harmless and lives in `prepare`.
What a network cannot do is absent: `Channel.can("find", options)` is true when the method is there, and the option too
without which the network would not let us (`needs`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import httpx

from scheduler import clock
from scheduler.channels.http import Answer, Refusal, Wire
from scheduler.channels.limits import GIF, JPEG, MOV, MP4, PNG, SUFFIXES, Limits, VideoLimits
from scheduler.channels.media import Media
from scheduler.channels.post import Outgoing, Picture, Post, Receipt, Video
from scheduler.channels.usage import Usage, usage
from scheduler.errors import ChannelError, Expired, NotFound, Unavailable
from scheduler.text import say

__all__ = [  # all that the file of a network needs
    "FILM_LEAD",
    "GIF",
    "JPEG",
    "LEAD",
    "METRICS",
    "MOV",
    "MP4",
    "PNG",
    "SUFFIXES",
    "Account",
    "Channel",
    "Limits",
    "Outgoing",
    "Picture",
    "Post",
    "Receipt",
    "Renewed",
    "Save",
    "Taken",
    "Video",
    "VideoLimits",
]

T = TypeVar("T")

METRICS = ("views", "reach", "reactions", "comments", "shares", "clicks")  # what `metrics` may tell of a post
LEAD = timedelta(seconds=5)
FILM_LEAD = timedelta(minutes=30)


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
Taken = Collection[str]


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

    @classmethod
    def no_correction(cls) -> str:
        """Return why nothing gives a post other words, where there is no `edit`."""
        return say(
            "mạng này không cho Loa sửa; sửa bằng tay, hoặc gỡ bài",
            "this network lets nobody but a person edit it; do it by hand, or take it down",
        )

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
        """Do the harmless steps (uploads); `save` keeps a checkpoint after each. Return the last checkpoint.

        `amiss` in it: what the network did not take of the post, which goes out all the same; a person is told.
        """
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
