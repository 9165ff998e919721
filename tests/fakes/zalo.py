"""A Zalo Official Account: tokens that die when they are renewed, errors in a 200, articles that are verified with patience.

Pictures are fetched from the addresses in the article, also from this server's own /_pictures/NAME (files of `folder`).
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from tests.fakes.server import ACCEPTED, JSON, Fake, Fault, Public, fields, image, page, take

SHOWN, HIDDEN = "show", "hide"
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=")
MESSAGES = {
    -14002: "Invalid app id",
    -14003: "Invalid redirect uri",
    -14004: "Invalid secret key",
    -14005: "Authorization code is invalid, expired or was used",
    -14014: "Invalid refresh token.",
    -14018: "Invalid grant type",
}


HANOI = timezone(timedelta(hours=7))
TARGETS = {"ages": 7, "gender": 2, "locations": 2, "cities": 63, "platform": 3}


class ZaloFake(Fake):
    network = "zalo"
    oa = "4318657068771012646"
    app_id = "1234567890123456789"
    app_secret = "zalo-app-secret-Kx93"
    first_refresh = "zalo-refresh-first-7fQ2"
    first_access = "zalo-access-first-9hB4"

    def reset(self) -> None:
        super().reset()
        self.refresh, self.access = self.first_refresh, self.first_access
        self.challenges: dict[str, str] = {}  # by code
        self.pairs = 0
        self.articles: dict[str, JSON] = {}
        self.tokens: dict[str, JSON] = {}  # what verify is asked about
        self.folder = Path()
        self.copies: dict[str, bytes] = {}  # of pictures, by what they show
        self.polls = 1  # how often verify says that the media are being processed
        self.names_verified = True  # verify says the id
        self.tells_whole = True  # the detail of an article tells its cover, author and body
        self.lists_late = False  # an article that nobody verified is not in the list
        self.quota: int | None = None
        self.package_ends = ""  # day/month/year
        self.sent: list[JSON] = []  # broadcasts: message_id, articles, target
        self.hour: int | None = None  # at which broadcasts are asked for (None: a good one)
        self.broadcasts: int | None = None  # how many more the package allows
        self.broadcast_faults: list[Fault] = []
        self.token_faults: list[str] = []  # what becomes of the next renewals: lost, 500, html_403

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/v4/oa/permission", self.permission),
            web.post("/v4/oa/access_token", self.token),
            web.get("/v2.0/oa/getoa", self.getoa),
            web.post("/v2.0/article/create", self.create),
            web.post("/v2.0/article/update", self.update),
            web.post("/v2.0/article/verify", self.verify),
            web.post("/v2.0/article/remove", self.remove),
            web.get("/v2.0/article/getdetail", self.getdetail),
            web.get("/v2.0/article/getslice", self.getslice),
            web.post("/v2.0/oa/message", self.message),
            web.get("/_pictures/{name}", self.picture),
            web.get("/copies/{name}", self.copy),
            web.get("/_sent", self._tell_sent),
            web.post("/_broadcast_fault", self._told_of_broadcasts),
        ]

    # --- how it answers -----------------------------------------------------------------------------------------

    def says(self, code: int, message: str) -> web.Response:
        """Return an error as this network gives it: in a 200."""
        return web.json_response({"error": code, "message": message})

    def error(self, status: int, words: str = "") -> web.Response:
        match status:
            case 401:
                return self.says(-216, words or "Access token is invalid")
            case 403:
                return self.says(-219, "App was removed or disabled by Official Account")
            case 404:
                return web.json_response({"error": 404, "message": "Empty api"}, status=404)
            case _:  # a code of theirs in a 5xx proves nothing
                return web.json_response({"error": -200, "message": "Send message failed"}, status=status)

    def refused(self, words: str) -> web.Response:
        return self.says(-201, f"Parameter is invalid: {words}")

    def too_many(self, seconds: float) -> web.Response:
        answer = self.says(-32, "Reach the limit of requests in a minute")
        answer.headers.update({"X-RateLimit-Limit": "4000", "X-RateLimit-Remain": "0"})
        return answer

    def done(self, **data: Any) -> web.Response:
        return web.json_response({"error": 0, "message": "Success", "data": data})

    def unknown(self, request: web.Request) -> web.Response | None:
        """Return what is wrong with the token of a request (only its own header counts); None: nothing."""
        if request.headers.get("access_token") != self.access:
            return self.error(401)
        return None

    # --- tokens -------------------------------------------------------------------------------------------------

    async def permission(self, request: web.Request) -> web.Response:
        """An administrator agrees at once, and the browser goes back with a code."""
        asked = request.query
        if asked.get("app_id") != self.app_id or len(asked.get("code_challenge", "")) != 43:
            return page(400)
        code = f"zalo-code-{self.next_id()}"
        self.challenges[code] = asked["code_challenge"]
        back = urlencode({"code": code, "oa_id": self.oa, "state": asked.get("state", "")})
        return web.Response(status=302, headers={"Location": f"{asked['redirect_uri']}?{back}"})

    async def token(self, request: web.Request) -> web.StreamResponse:
        held = await fields(request)
        fault = self.token_faults.pop(0) if self.token_faults else ""
        self.requests["token"] += 1
        if fault == "html_403":
            return page(403)
        if request.content_type != "application/x-www-form-urlencoded" or held.get("app_id") != self.app_id:
            return self._no_token(-14002)
        if request.headers.get("secret_key") != self.app_secret:
            return self._no_token(-14004)
        match held.get("grant_type"):
            case "refresh_token":
                if held.get("refresh_token") != self.refresh:
                    return self._no_token(-14014)
            case "authorization_code":
                challenge = self.challenges.pop(held.get("code", ""), None)
                digest = hashlib.sha256(held.get("code_verifier", "").encode()).digest()
                if challenge is None or base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != challenge:
                    return self._no_token(-14005)
            case _:
                return self._no_token(-14018)
        self.pairs += 1
        self.refresh, self.access = f"zalo-refresh-{self.pairs}-7fQ2", f"zalo-access-{self.pairs}-9hB4"
        pair = {"access_token": self.access, "refresh_token": self.refresh, "expires_in": "90000"}
        if fault == "lost" and request.transport:
            request.transport.close()
        return page(500) if fault == "500" else web.json_response(pair)

    def _no_token(self, code: int) -> web.Response:
        said = {
            "error": code,
            "error_name": MESSAGES[code],
            "error_description": MESSAGES[code],
            "ref_doc": "https://x",
        }
        return web.json_response(said)

    async def getoa(self, request: web.Request) -> web.Response:
        return self.unknown(request) or self.done(
            oaid=self.oa,
            name="Công an Thành phố",
            is_verified=True,
            oa_type=4,
            num_follower=10,
            package_name="Tăng trưởng",
            package_valid_through_date=self.package_ends,
        )

    # --- broadcasts ---------------------------------------------------------------------------------------------

    async def message(self, request: web.Request) -> web.StreamResponse:
        """Send articles to all followers. The same again is another broadcast: nobody looks whether it was sent."""
        if wrong := self.unknown(request):
            return wrong
        await fields(request)
        self.requests["broadcast"] += 1
        fault = take(self.broadcast_faults)
        if fault is None:
            return await self.broadcast(request)
        answer = await self.broadcast(request) if fault.name in ACCEPTED else web.Response()
        return await self._fails(fault, request, answer)

    async def broadcast(self, request: web.Request) -> web.Response:
        held = await fields(request)
        try:
            target = held["recipient"]["target"]
            attachment = held["message"]["attachment"]
            elements = attachment["payload"]["elements"]
            wrong = attachment["type"] != "template" or attachment["payload"]["template_type"] != "media"
            articles = [str(element["attachment_id"]) for element in elements]
        except (KeyError, TypeError):
            return self.refused("message")
        if wrong or not 1 <= len(articles) <= 5 or any(e.get("media_type") != "article" for e in elements):
            return self.refused("elements")
        for name, value in target.items():
            if name not in TARGETS or any(not n.isdecimal() or int(n) > TARGETS[name] for n in value.split(",")):
                return self.refused(name)
        if self.hour is not None and not 6 <= self.hour < 22:
            return self.says(-234, "Cannot send message at this time")
        if self.broadcasts is not None:
            if self.broadcasts <= 0:
                return self.says(-211, "Out of quota")
            self.broadcasts -= 1
        for id in articles:
            article = self.articles.get(id)
            if article is None or article["removed"] or article["status"] != SHOWN:
                return self.refused("attachment_id")
        sent = {"message_id": f"message{self.next_id()}", "articles": articles, "target": target}
        self.sent.append(sent)
        self.is_sent(sent)
        return self.done(message_id=sent["message_id"])

    def is_sent(self, sent: JSON) -> None:
        """Followers have it."""

    async def _tell_sent(self, request: web.Request) -> web.Response:
        return web.json_response(self.sent)

    async def _told_of_broadcasts(self, request: web.Request) -> web.Response:
        self.broadcast_faults.append(Fault(**await request.json()))
        return web.json_response({})

    # --- articles -----------------------------------------------------------------------------------------------

    async def create(self, request: web.Request) -> web.StreamResponse:
        return await self._written(request, "")

    async def update(self, request: web.Request) -> web.StreamResponse:
        return await self._written(request, str((await fields(request)).get("id", "")))

    async def _written(self, request: web.Request, id: str) -> web.StreamResponse:
        if wrong := self.unknown(request):
            return wrong
        held = await fields(request)
        if id and (id not in self.articles or self.articles[id]["removed"]):
            return self.refused("id")
        if id and self.articles[id]["status"] == SHOWN:
            return await self.correcting(request, self.accept)
        if held.get("status", HIDDEN) == SHOWN:
            return await self.publishing(request, self.accept)
        return await self.accept(request)

    async def accept(self, request: web.Request) -> web.Response:
        held = await fields(request)
        if wrong := self._wrong(held):
            return wrong
        status = held.get("status", HIDDEN)
        if status == SHOWN and self.quota is not None:
            if self.quota <= 0:
                return self.says(-223, "OA has reached the quota of published articles")
            self.quota -= 1
        token = f"zalo-article-token-{self.next_id()}"
        self.tokens[token] = {"polls": self.polls, "id": None}
        fetched = [await self._fetch(held["cover"]["photo_url"])]
        pictures = [block for block in held["body"] if block["type"] == "image"]
        fetched += [await self._fetch(block["url"]) for block in pictures]
        if None in fetched:
            return self.done(token=token)  # only verify will say it
        id = str(held.get("id") or f"article{self.next_id()}")
        now = datetime.now(UTC)
        old = self.articles.get(id, {"status": HIDDEN, "create_date": int(now.timestamp() * 1000), "verified": False})
        self.articles[id] = {**old, "id": id, "title": held["title"], "status": status, "removed": False}
        cover, *shown = [self._copy(content or b"") for content in fetched]
        body = [{**block, "url": shown.pop(0)} if block["type"] == "image" else block for block in held["body"]]
        self.articles[id] |= {
            "cover": cover,
            "given": held["cover"]["photo_url"],
            "comment": held.get("comment", SHOWN),
        }
        self.articles[id] |= {"author": held.get("author", ""), "body": body, "said": held["description"]}
        self.tokens[token]["id"] = id
        images = [image(c or b"", b["caption"]) for c, b in zip(fetched[1:], pictures, strict=True)]
        text = "".join(read(block["content"]) for block in held["body"] if block["type"] == "text")
        if status == SHOWN and old["status"] == HIDDEN:
            self.public.append(Public(id, text, title=held["title"], images=images))
        for post in self.public:
            if post.id == id and status == SHOWN:
                post.text, post.title, post.images = text, held["title"], images
        return self.done(token=token)

    def _wrong(self, held: JSON) -> web.Response | None:
        cover = held.get("cover") or {}
        addresses = [cover.get("photo_url", "")] + [
            b.get("url", "") for b in held.get("body", ()) if b["type"] == "image"
        ]
        if held.get("type") != "normal":
            return self.refused("type")
        if not 1 <= len(held.get("title", "")) < 150:
            return self.refused("title allow 1 to 150 characters")
        if not 1 <= len(held.get("description", "")) < 300 or len(held.get("author", "")) > 50:
            return self.refused("description or author")
        if cover.get("cover_type") != "photo" or cover.get("status") != SHOWN:
            return self.says(-200, "create media fail")
        for address in addresses:
            if not re.fullmatch(r"https?://[!-~]+", address):
                return self.refused(f"photo_url {address} is invalid")
        if not held.get("body") or held.get("comment", SHOWN) not in (SHOWN, HIDDEN):
            return self.refused("body or comment")
        return None

    async def _fetch(self, address: str) -> bytes | None:
        try:
            async with aiohttp.ClientSession() as session, session.get(address, allow_redirects=False) as answer:
                content = await answer.read()
                return content if answer.status == 200 and len(content) < 1_000_000 else None
        except aiohttp.ClientError:
            return None

    def _copy(self, content: bytes) -> str:
        """Keep what was fetched, and return its address here: a network shows its own copies, not ours."""
        name = hashlib.sha256(content).hexdigest()[:16]
        self.copies[name] = content
        return f"{self.url}/copies/{name}"

    async def copy(self, request: web.Request) -> web.Response:
        content = self.copies.get(request.match_info["name"])
        return web.Response(status=404) if content is None else web.Response(body=content)

    async def verify(self, request: web.Request) -> web.Response:
        if wrong := self.unknown(request):
            return wrong
        asked = self.tokens.get(str((await fields(request)).get("token")))
        if asked is None:
            return self.refused("token")
        if asked["polls"] > 0:
            asked["polls"] -= 1
            return self.says(-214, "Media is being processed")
        if asked["id"] is None:
            return self.says(-200, "Upload media failed")
        self.articles[asked["id"]]["verified"] = True
        return self.done(**({"id": asked["id"]} if self.names_verified else {}))

    async def remove(self, request: web.Request) -> web.Response:
        if wrong := self.unknown(request):
            return wrong
        id = str((await fields(request)).get("id"))
        if id not in self.articles or self.articles[id]["removed"]:
            return self.refused("id")
        self.articles[id]["removed"] = True
        for post in self.public:
            post.gone = post.gone or post.id == id
        return web.json_response({"error": 0, "message": "Success"})

    async def getdetail(self, request: web.Request) -> web.Response:
        if wrong := self.unknown(request):
            return wrong
        article = self.articles.get(request.query.get("id", ""))
        if article is None or article["removed"]:
            return self.refused("id")
        return self.done(**self.shown(article), **(self.whole(article) if self.tells_whole else {}))

    async def getslice(self, request: web.Request) -> web.Response:
        if wrong := self.unknown(request):
            return wrong
        asked = request.query
        if asked.get("type") not in ("normal", "video"):
            return self.refused("type")
        offset, limit = int(asked.get("offset", "0")), int(asked.get("limit", "10"))
        if limit > 10:
            return self.says(-201, "maximum limit is 10")
        listed = [a for a in self.articles.values() if not a["removed"] and (a["verified"] or not self.lists_late)]
        newest = [self.shown(article) for article in reversed(listed)]
        return self.done(medias=newest[offset : offset + limit], total=len(newest))

    def shown(self, article: JSON) -> JSON:
        link = f"{self.url}/d/{self.oa}?id={article['id']}&pageId={self.oa}"
        shared = {name: article[name] for name in ("id", "title", "status", "create_date")}
        numbers = next((post.numbers for post in self.public if post.id == article["id"]), {})
        counted = {"total_view": numbers.get("views", 0), "total_share": numbers.get("shares", 0)}
        return {**shared, "type": "normal", **counted, "link_view": link}

    def whole(self, article: JSON) -> JSON:
        """Return what only the detail of an article tells."""
        cover = {"cover_type": "photo", "photo_url": article["cover"], "status": SHOWN}
        told = {name: article[name] for name in ("author", "comment", "body")}
        return {**told, "cover": cover, "description": article["said"]}

    async def picture(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        file = self.folder / name
        if name == "cover.png":
            return web.Response(body=PIXEL, content_type="image/png")
        if not file.is_file():
            return page(404)
        return web.FileResponse(file)


class ZaloBroadcastFake(ZaloFake):
    """The same, where what is public is what followers were sent, and faults meet the request that sends it."""

    network = "zalo_broadcast"

    def article(self, text: str, images: list[JSON]) -> str:
        """Let an article be public already; return its id."""
        id = f"article{self.next_id()}"
        self.articles[id] = {"id": id, "text": text, "images": images, "status": SHOWN, "removed": False}
        return id

    async def message(self, request: web.Request) -> web.StreamResponse:
        return self.unknown(request) or await self.publishing(request, self.broadcast)

    def is_sent(self, sent: JSON) -> None:
        article = self.articles[sent["articles"][0]]
        self.public.append(Public(sent["message_id"], article["text"], images=article["images"]))


def read(content: str) -> str:
    """Return what a reader reads of a text block."""
    return html.unescape(re.sub(r"<[^>]*>", "", re.sub(r"<br\s*/?>", "\n", content)))
