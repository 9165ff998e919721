"""What Instagram and Threads have in common: containers that take their time, fail and run out; tokens; a list; numbers.

Hard on callers: pictures are fetched from their address and looked at, nothing is said that was not asked for by name, and
a container that is published twice is two posts.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from PIL import Image

from tests.fakes.graph import GraphFake
from tests.fakes.server import JSON, Public, fields, image, page

A_DAY = timedelta(hours=24)


@dataclass
class Container:
    """One container. `looks`: how often it is still in progress; `unseen`: how often publishing does not see it."""

    id: str
    text: str
    images: list[JSON]
    child: bool
    at: datetime
    looks: int
    unseen: int
    state: str = ""  # ERROR or PUBLISHED, once it is that
    why: str = ""
    said: JSON = field(default_factory=dict)
    films: list[JSON] = field(default_factory=list)


class ContainersFake(GraphFake):
    grant: ClassVar[str]  # of tokens: ig, th
    version: ClassVar[str]
    edge: ClassVar[str]  # on which containers are made, and posts are listed
    posts: ClassVar[str]
    state: ClassVar[str]  # the field of a container's state, and of its reason
    why: ClassVar[str]
    words: ClassVar[str]  # the field of a text
    alive: ClassVar[tuple[str, ...]]  # metrics
    kinds: ClassVar[dict[str, str]]  # formats of pictures, with their types
    quota_edge: ClassVar[str]
    suffix: ClassVar[tuple[int, int]]  # how it says that a container is not seen: code, subcode
    username = "loa.ha.noi"
    token = "THAAVd0ZCw9mYBUVNYbTJ4dkZAKRkFvc2RzZA0123456789"
    app_id = "990011223344"
    app_secret = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
    children = (2, 10)

    def reset(self) -> None:
        super().reset()
        self.containers: dict[str, Container] = {}
        self.links: dict[str, str] = {}  # permalinks by post
        self.folder = Path()  # where /_media/ has its files
        self.looks, self.unseen = 1, 0  # of the next containers
        self.fails: list[str] = []  # why the next containers with a picture fail; "": this one does not
        self.passed = timedelta(0)  # by which it is later here than it is
        self.live_spam: bool | None = None  # the next publication is held as spam; True: and is public
        self.lists_after = 0  # lists in which a new post is not there yet
        self.shows_published = True  # a published container can still be read
        self.quota: tuple[int, int] | None = (0, 50)  # used before, in all; None: nobody is told
        self.tokens = {self.token}
        self.too_young = False  # a token that is not a day old
        self.codes: set[str] = set()
        self.renewals = 0
        self.may_delete = True
        self.may_count = True
        self.dead: set[str] = set()
        self.a_page = 25
        self.expires_at = 0
        self.wants_proof = False

    def routes(self) -> list[web.RouteDef]:
        versioned = "/{version:v[0-9]+[.][0-9]}/{node}"
        return [
            web.get("/_media/{name}", self.media),
            web.get("/oauth/authorize", self.authorize),
            web.post("/oauth/access_token", self.first_token),
            web.get("/access_token", self.long_token),
            web.get("/refresh_access_token", self.refreshed),
            web.route("*", versioned, self.node),
            web.route("*", versioned + "/{edge}", self.node),
            web.route("*", f"/{self.account}/{{edge}}", self.unversioned),
        ]

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self.passed

    # who calls

    def unknown(self, request: web.Request) -> web.Response | None:
        """Return what is wrong with the token of a request, or its proof; None: nothing."""
        token = request.headers.get("Authorization", "").partition("Bearer ")[2]
        if token not in self.tokens:
            words = "Invalid OAuth access token - Cannot parse access token"
            return self.failed(400, 190, 0, "OAuthException", words)
        said = request.query.get("appsecret_proof")
        proof = hmac.new(self.app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        if said != proof and (self.wants_proof or said is not None):
            words = "Invalid appsecret_proof provided in the API argument"
            return self.failed(400, 100, 0, "GraphMethodException", words)
        return None

    async def unversioned(self, request: web.Request) -> web.StreamResponse:
        return self.bad("this endpoint is not called without a version", 12)

    async def node(self, request: web.Request) -> web.StreamResponse:
        if wrong := self.unknown(request):
            return wrong
        node, edge = request.match_info["node"], request.match_info.get("edge", "")
        if request.match_info["version"] != self.version:
            return self.bad("no such version", 2635)
        match request.method, node, edge:
            case "GET", ("me" | self.account), "":
                return self.asked(request, {"id": self.account, "user_id": self.account, "username": self.username})
            case "GET", "debug_token", "":
                return web.json_response({"data": {"is_valid": True, "expires_at": self.expires_at}})
            case "POST", self.account, self.edge:
                return await self.make(request)
            case "POST", self.account, edge if edge == f"{self.edge}_publish":
                return await self.publishing(request, self.accept)
            case "GET", self.account, self.posts:
                return self.listed(request)
            case "GET", self.account, self.quota_edge:
                return self.room(request)
            case "GET", id, "" if id in self.containers:
                return self.look(request, self.containers[id])
            case method, id, edge if post := next((p for p in self.standing if p.id == id), None):
                return self.of_post(request, post, method, edge)
            case _:
                return self.not_there(request, node)

    def asked(self, request: web.Request, known: JSON) -> web.Response:
        """Return what was asked for by name, and the id."""
        wanted = [*request.query.get("fields", "").split(","), "id"]
        return web.json_response({name: known[name] for name in wanted if known.get(name)})

    # tokens

    async def authorize(self, request: web.Request) -> web.Response:
        """Somebody agrees at once; Meta ends the address in #_."""
        asked = request.query
        if asked.get("client_id") != self.app_id or asked.get("response_type") != "code" or not asked.get("scope"):
            return page(400)
        code = f"code-{self.next_id()}"
        self.codes.add(code)
        back = urlencode({"code": code, "state": asked.get("state", "")})
        return web.Response(status=302, headers={"Location": f"{asked['redirect_uri']}?{back}#_"})

    def wrong_code(self, held: JSON) -> web.Response | None:
        if (held.get("client_id"), held.get("client_secret")) != (self.app_id, self.app_secret):
            return self.bad("Error validating client secret.", 101)
        if held.get("grant_type") != "authorization_code" or held.get("code") not in self.codes:
            words = {"error_type": "OAuthException", "code": 400, "error_message": "Invalid authorization code"}
            return web.json_response(words, status=400)
        self.codes.discard(held["code"])
        return None

    async def first_token(self, request: web.Request) -> web.Response:
        if wrong := self.wrong_code(await fields(request)):
            return wrong
        return web.json_response({"access_token": self.fresh("short"), "user_id": int(self.account)})

    def fresh(self, kind: str) -> str:
        token = f"{kind}-token-{self.next_id()}-9hB4"
        self.tokens.add(token)
        return token

    def of_long_life(self, token: str) -> web.Response:
        return web.json_response({"access_token": token, "token_type": "bearer", "expires_in": 5_184_000})

    async def long_token(self, request: web.Request) -> web.Response:
        asked = request.query
        if (asked.get("grant_type"), asked.get("client_secret")) != (f"{self.grant}_exchange_token", self.app_secret):
            return self.bad("Error validating client secret.", 101)
        if asked.get("access_token") not in self.tokens:
            return self.error(401)
        return self.of_long_life(self.fresh("long"))

    async def refreshed(self, request: web.Request) -> web.Response:
        self.requests["token"] += 1
        if request.query.get("grant_type") != f"{self.grant}_refresh_token":
            return self.bad("Invalid grant_type")
        if request.query.get("access_token") not in self.tokens:
            return self.error(401)
        if self.too_young:
            return self.bad("The token is not old enough to be refreshed", 10)
        self.renewals += 1
        return self.of_long_life(self.fresh("renewed"))

    # containers

    async def make(self, request: web.Request) -> web.Response:
        self.requests["media"] += 1
        held = await fields(request)
        if wrong := self.wrong(held):
            return wrong
        images, films, why = [], [], ""
        if address := held.get("image_url"):
            shown = await self.fetch(address, held.get("alt_text", ""))
            if isinstance(shown, web.Response):
                return shown
            images, why = [shown], self.fails.pop(0) if self.fails else ""
        if address := held.get("video_url"):
            shown = await self.fetch_film(address, held.get("alt_text", ""))
            if isinstance(shown, web.Response):
                return shown
            films, why = [shown], self.fails.pop(0) if self.fails else ""
        if named := held.get("children"):
            found = [self.containers.get(id) for id in named.split(",")]
            if not self.children[0] <= len(found) <= self.children[1]:
                return self.bad("Invalid number of children", 100, 2207028)
            if any(c is None or not c.child or self.state_of(c) != "FINISHED" for c in found):
                return self.bad("Carousel item is not ready", 24, 4279004)
            images = [shown for c in found if c for shown in c.images]
        made = Container(
            self.next_id() + "77", str(held.get(self.words, "")), images, held.get("is_carousel_item") == "true",
            self.now, self.looks, self.unseen, said=held, films=films,
        )  # fmt: skip
        if why:
            made.state, made.why = "ERROR", why
        self.containers[made.id] = made
        return web.json_response({"id": made.id})

    def wrong(self, held: JSON) -> web.Response | None:
        raise NotImplementedError

    async def fetch(self, address: str, alt: str) -> JSON | web.Response:
        """Fetch a picture as Meta does, and return it as the public sees it, or what is wrong with it."""
        if not re.fullmatch(r"https?://[!-~]+", address):
            return self.bad("Only ASCII addresses", 100)
        if len(alt) > 1000:
            return self.bad("alt_text is too long")
        try:
            async with aiohttp.ClientSession() as session, session.get(address, allow_redirects=False) as answer:
                content, kind = await answer.read(), answer.content_type
                found = answer.status == 200
        except aiohttp.ClientError:
            found = False
        if not found:
            return self.bad("The media could not be fetched from this URI", 9004, 2207052)
        with Image.open(io.BytesIO(content)) as opened:
            width, height, form = opened.width, opened.height, str(opened.format)
        if self.kinds.get(form) != kind:
            return self.bad("The image format is not supported", 36001, 2207005)
        if wrong := self.misshapen(width / height):
            return wrong
        return image(content, alt)

    async def fetch_film(self, address: str, alt: str) -> JSON | web.Response:
        async with aiohttp.ClientSession() as session, session.get(address, allow_redirects=False) as answer:
            content = await answer.read()
            if answer.status != 200 or answer.content_type != "video/mp4" or content[4:8] != b"ftyp":
                return self.bad("The video could not be fetched", 352, 2207026)
        return image(content, alt)

    def misshapen(self, ratio: float) -> web.Response | None:
        return None

    def state_of(self, container: Container) -> str:
        if container.state:
            return container.state
        if self.now - container.at > A_DAY:
            return "EXPIRED"
        return "IN_PROGRESS" if container.looks > 0 else "FINISHED"

    def look(self, request: web.Request, container: Container) -> web.Response:
        self.requests["look"] += 1
        state = self.state_of(container)
        container.looks -= 1
        if state == "PUBLISHED" and not self.shows_published:
            return self.bad(f"Tried accessing nonexisting field ({self.state})")
        return self.asked(request, {"id": container.id, self.state: state, self.why: container.why})

    async def accept(self, request: web.Request) -> web.Response:
        container = self.containers.get(str((await fields(request)).get("creation_id")))
        if container is None or container.child or self.state_of(container) in ("ERROR", "EXPIRED"):
            return self.bad("Media ID is not available", *self.suffix)
        if container.unseen > 0:
            container.unseen -= 1
            return self.failed(
                400, *self.suffix, "OAuthException", "The requested resource does not exist", is_transient=False
            )
        if self.state_of(container) == "IN_PROGRESS":
            return self.bad("Media ID is not available", 9007, 2207027)
        if self.quota is not None and self.used >= self.quota[1]:
            return self.bad("Application request limit reached", 9, 2207042)
        spam, self.live_spam = self.live_spam, None
        if spam is not False:
            post = self.speak(container)
        if spam is not None:
            return self.bad("We restrict certain activity to protect our community", 4, 2207051)
        return web.json_response({"id": post})

    def speak(self, container: Container) -> str:
        """Make a container public; return the id of the post."""
        container.state = "PUBLISHED"
        post = Public(self.next_id() + "0001", container.text, images=container.images, films=container.films)
        self.links[post.id] = f"https://www.{self.network}.com/p/C{hashlib.sha256(post.id.encode()).hexdigest()[:9]}/"
        post.key = str(self.lists_after)
        self.public.append(post)
        return post.id

    def say(self, text: str, at: datetime | None = None) -> str:
        """Make a post public by other hands."""
        post = Public(self.next_id() + "0001", text, at=at or datetime.now(UTC), key="0")
        self.links[post.id] = f"https://www.{self.network}.com/p/X{post.id}/"
        self.public.append(post)
        return post.id

    @property
    def used(self) -> int:
        return (self.quota or (0, 0))[0] + len(self.public)

    def room(self, request: web.Request) -> web.Response:
        if self.quota is None:
            return self.bad("This endpoint requires a permission", 10)
        known = {"quota_usage": self.used, "config": {"quota_total": self.quota[1], "quota_duration": 86400}}
        wanted = request.query.get("fields", "quota_usage").split(",")
        return web.json_response({"data": [{name: known[name] for name in wanted if name in known}]})

    # posts

    def listed(self, request: web.Request) -> web.Response:
        self.requests["listed"] += 1
        shown = [post for post in self.standing if int(post.key or 0) <= 0]
        for post in self.public:
            post.key = str(int(post.key or 0) - 1)
        newest = sorted(shown, key=lambda post: (post.at.replace(microsecond=0), post.id), reverse=True)
        begin = int(request.query.get("after") or 0)
        end = begin + min(int(request.query.get("limit", 25)), self.a_page)
        data = [self.seen(post, request.query.get("fields", "id")) for post in newest[begin:end]]
        paging: JSON = {"cursors": {"before": str(begin), "after": str(end)}} if data else {}
        if end < len(newest):
            paging["next"] = f"{self.url}{request.path}?after={end}&access_token=***"
        return web.json_response({"data": data} | ({"paging": paging} if paging else {}))

    def seen(self, post: Public, wanted: str) -> JSON:
        known = {
            self.words: self.shown_text(post.text),
            "timestamp": post.at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "permalink": self.links[post.id],
            "like_count": 7,
            "comments_count": 2,
        }
        return {name: value for name, value in known.items() if name in wanted.split(",")} | {"id": post.id}

    def shown_text(self, text: str) -> str:
        return text

    def of_post(self, request: web.Request, post: Public, method: str, edge: str) -> web.Response:
        match method, edge:
            case "DELETE", "" if self.may_delete:
                post.gone = True
                return web.json_response({"success": True, "deleted_id": post.id})
            case "GET", "insights":
                return self.insights(request)
            case "GET", "":
                wanted = request.query.get("fields", "")
                if self.state in wanted:
                    return self.bad(f"Tried accessing nonexisting field ({self.state})")
                return web.json_response(self.seen(post, wanted))
            case _:
                return self.not_there(request, post.id)

    def insights(self, request: web.Request) -> web.Response:
        self.requests["insights"] += 1
        if not self.may_count:
            return self.bad("This endpoint requires the permission to read insights", 10)
        names = [name for name in request.query.get("metric", "").split(",") if name]
        if not names or any(name not in self.alive or name in self.dead for name in names):
            return self.bad("metric must be one of the following values")
        numbers: dict[str, Any] = {name: 40 + n for n, name in enumerate(self.alive)}
        told = [{"name": name, "period": "lifetime", "values": [{"value": numbers[name]}]} for name in names]
        return web.json_response({"data": told})

    async def media(self, request: web.Request) -> web.StreamResponse:
        """A picture of ours, as our own server gives it."""
        file = self.folder / request.match_info["name"]
        return web.FileResponse(file) if file.is_file() else page(404)
