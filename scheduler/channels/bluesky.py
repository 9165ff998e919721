"""A Bluesky account. Each delivery has a record key of its own, so a repeated request writes the same record again.

Bluesky cannot show a title, and counts what a person sees; addresses and hashtags are only alive where a facet says so.
Logins are few (30 in five minutes), so one session is kept and renewed. Sources: docs.bsky.app (createSession,
putRecord, uploadBlob, richtext), atproto.com/specs/tid.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from PIL import Image

from scheduler import clock
from scheduler.channels.contract import JPEG, PNG, Account, Channel, Limits, Outgoing, Picture, Receipt, Save, Taken
from scheduler.channels.http import Answer
from scheduler.errors import ChannelError, NotFound, Unauthorized, Unavailable, Unconfirmed
from scheduler.text import HASHTAG, URL, graphemes

POSTS = "app.bsky.feed.post"
SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"  # the digits of a TID, in their order
SPREAD = 2**28  # microseconds (four and a half minutes) over which deliveries of one instant are laid
SESSION_LIFE = timedelta(hours=1)  # servers give an access token two hours
BLOB_LIFE = timedelta(minutes=30)  # servers throw away what no record names; uploading again gives the same blob
COUNTERS = {"reactions": ("likeCount",), "comments": ("replyCount",), "shares": ("repostCount", "quoteCount")}
LOCKED_OUT = re.compile(
    "Auth(enticationRequired|FactorTokenRequired|Missing)|(Account|Repo)(Takedown|Takendown|Suspended|Deactivated)"
)


class _Absent(NotFound):
    """The server itself said that there is no such record (a proxy's 404 says nothing)."""


class Bluesky(Channel):
    network = "bluesky"
    limits = Limits(
        text=300, count=graphemes, counted="ký tự nhìn thấy", images=4, image_bytes=1_000_000, alt=2000,
        image_types=(JPEG, PNG), image_side=2000,
    )  # fmt: skip
    credentials = ("identifier", "app_password")
    home = "https://bsky.social"
    idempotent = True
    has_session = True

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._did = ""
        self._entered = datetime.min.replace(tzinfo=UTC)
        self._door = asyncio.Lock()

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secrets['access']}"} if "access" in self.secrets else {}

    async def check_account(self) -> Account:
        self._forget()
        await self._enter()
        return Account(self._profile)

    async def _enter(self) -> None:
        """See to a session that is alive: kept, else renewed, else a new login."""
        async with self._door:
            if "access" in self.secrets and clock.now() - self._entered < SESSION_LIFE:
                return
            session = await self._renewed() or await self._login()
            if not session.keys() >= {"did", "handle", "accessJwt"}:
                raise Unavailable("the server gave no session")
            did, handle = str(session["did"]), str(session["handle"])
            if self._profile.lower() not in (did.lower(), handle.lower()):
                raise Unauthorized(f"the app password belongs to @{handle} ({did}), not to {self.account}")
            # among the secrets, so that they are hidden as such
            self.secrets |= {"access": str(session["accessJwt"]), "refresh": str(session.get("refreshJwt", ""))}
            self._did, self._entered = did, clock.now()

    async def _renewed(self) -> dict[str, Any]:
        if not (token := self.secrets.pop("refresh", "")):
            return {}
        how = {"headers": {"Authorization": f"Bearer {token}"}}
        try:
            return await self.learn(dict, "POST", "/xrpc/com.atproto.server.refreshSession", **how)
        except ChannelError:
            return {}

    async def _login(self) -> dict[str, Any]:
        self._forget()
        who = {"identifier": self.secrets["identifier"], "password": self.secrets["app_password"]}
        return await self.learn(dict, "POST", "/xrpc/com.atproto.server.createSession", json=who)

    def _forget(self) -> None:
        self.secrets.pop("access", None)

    @property
    def _profile(self) -> str:
        return self.account.lstrip("@")

    async def prepare(self, outgoing: Outgoing, save: Save) -> Mapping[str, Any]:
        await self._enter()
        checkpoint = dict(outgoing.checkpoint)
        if checkpoint and clock.now() - datetime.fromisoformat(checkpoint["since"]) > BLOB_LIFE:
            checkpoint = {}
        for picture in outgoing.post.images[len(checkpoint.get("images", ())) :]:
            checkpoint.setdefault("since", clock.now().isoformat())
            checkpoint["images"] = [*checkpoint.get("images", ()), await self._upload(picture)]
            await save(checkpoint)
        return checkpoint

    async def _upload(self, picture: Picture) -> dict[str, Any]:
        content = self.picture_bytes(picture)
        how = {"content": content, "headers": {"Content-Type": picture.mime}}
        answer = await self.learn(dict, "POST", "/xrpc/com.atproto.repo.uploadBlob", **how)
        if not isinstance(answer.get("blob"), dict):
            raise Unavailable("the server did not say where the picture is")
        return {"image": answer["blob"], "alt": picture.alt, **_shape(content)}

    def request(self, outgoing: Outgoing) -> httpx.Request:
        if "access" not in self.secrets:
            raise Unavailable("there is no session")
        return self.build("POST", "/xrpc/com.atproto.repo.putRecord", json=self._record(outgoing))

    def _record(self, outgoing: Outgoing) -> dict[str, Any]:
        post, images = outgoing.post, outgoing.checkpoint.get("images")
        due = outgoing.due.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        record: dict[str, Any] = {"$type": POSTS, "text": post.text, "createdAt": due, "langs": [post.language]}
        if found := facets(post.text):
            record["facets"] = found
        if images:
            record["embed"] = {"$type": "app.bsky.embed.images", "images": images}
        return {**self._place(tid(outgoing.key, outgoing.due)), "record": record}

    def _place(self, rkey: str) -> dict[str, str]:
        return {"repo": self._did, "collection": POSTS, "rkey": rkey}

    def receipt(self, answer: Answer, outgoing: Outgoing) -> Receipt:
        return self._receipt(answer.json()["uri"])

    def _receipt(self, uri: str) -> Receipt:
        if not uri.startswith("at://"):
            raise Unconfirmed("the answer names no record")
        return Receipt(uri, f"https://bsky.app/profile/{self._profile}/post/{uri.rsplit('/', 1)[-1]}")

    def refusal(self, answer: Answer) -> ChannelError | None:
        name, words = answer.object.get("error"), f"HTTP {answer.status}: {answer.words}"
        if not 400 <= answer.status < 500:
            return None
        match name:
            case "ExpiredToken" | "InvalidToken":
                self._forget()
                return Unavailable(words)  # certainly not carried out
            case "BlobNotFound":
                return Unavailable(words)
            case "RecordNotFound":
                return _Absent(words)
            case "InvalidRequest" if answer.words.startswith("Could not locate record"):  # older servers
                return _Absent(words)
            case str() if LOCKED_OUT.fullmatch(name):
                return Unauthorized(words)
        return None

    async def find(self, outgoing: Outgoing, since: datetime, taken: Taken) -> Receipt | None:
        """Look by the record key, which is this delivery's alone: `since` is not needed."""
        await self._enter()
        try:
            record = await self._record_of(tid(outgoing.key, outgoing.due))
        except _Absent:
            return None
        receipt = self._receipt(str(record.get("uri")))
        return None if receipt.remote_id in taken else receipt

    async def _record_of(self, rkey: str) -> dict[str, Any]:
        return await self.learn(dict, "GET", "/xrpc/com.atproto.repo.getRecord", params=self._place(rkey))

    async def delete(self, remote_id: str) -> None:
        await self._enter()
        rkey = remote_id.rsplit("/", 1)[-1]
        await self.gone(self.ask("POST", "/xrpc/com.atproto.repo.deleteRecord", json=self._place(rkey)))

    async def metrics(self, remote_id: str) -> Mapping[str, int]:
        """Ask the view of the whole network, through our server; whether a post is there only our server knows."""
        await self._enter()
        try:
            told = await self.learn(dict, "GET", "/xrpc/app.bsky.feed.getPosts", params={"uris": remote_id})
        except NotFound as error:  # of the question: of a post that is gone the view says nothing
            raise Unavailable(str(error)) from None
        if not (posts := told.get("posts")):
            await self._record_of(remote_id.rsplit("/", 1)[-1])
            raise Unavailable("the network has not counted this post yet")
        return _counted(posts[0])


def _counted(post: Mapping[str, Any]) -> dict[str, int]:
    found = {
        word: [post[name] for name in names if isinstance(post.get(name), int)] for word, names in COUNTERS.items()
    }
    return {word: sum(numbers) for word, numbers in found.items() if numbers}


def tid(key: str, due: datetime) -> str:
    """Return a delivery's record key: 13 digits made of its due time and its key, always the same for one delivery."""
    mark = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8])
    number = (clock.micros(due) - (mark >> 10) % SPREAD) << 10 | mark & 1023
    return "".join(SORTABLE[number >> shift & 31] for shift in range(60, -1, -5))


def facets(text: str) -> list[dict[str, Any]]:
    """Return what is alive in a text, by offsets in UTF-8 bytes: addresses, and hashtags that lie in no address."""
    links = [(m.span(), {"$type": "app.bsky.richtext.facet#link", "uri": m[0]}) for m in URL.finditer(text)]
    tags = [
        (m.span(), {"$type": "app.bsky.richtext.facet#tag", "tag": m[1]})
        for m in HASHTAG.finditer(text)
        if graphemes(m[1]) <= 64 and not any(start <= m.start() < end for (start, end), _ in links)
    ]
    return [
        {
            "index": {"byteStart": len(text[:start].encode()), "byteEnd": len(text[:end].encode())},
            "features": [feature],
        }
        for (start, end), feature in sorted(links + tags, key=lambda found: found[0])
    ]


def _shape(content: bytes) -> dict[str, Any]:
    try:
        with Image.open(io.BytesIO(content)) as image:
            return {"aspectRatio": {"width": image.width, "height": image.height}}
    except (OSError, ValueError):
        return {}  # the network will say what it thinks of it
