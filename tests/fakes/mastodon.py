"""A Mastodon server with one account."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from aiohttp import web

from scheduler.channels.mastodon import mastodon_length
from scheduler.text import HASHTAG, URL
from tests.fakes.server import JSON, Fake, Public, fields, image

ME = "7001"


class MastodonFake(Fake):
    network = "mastodon"
    token = "masto-s3cret-token-3f9a"
    user = "loa"
    statuses_told: ClassVar[dict[int, str]] = {
        401: "The access token is invalid",
        403: "This action is not allowed",
        404: "Record not found",
        500: "We're sorry, but something went wrong",
    }

    def reset(self) -> None:
        super().reset()
        self.keys: dict[str, str] = {}
        self.media: dict[str, JSON] = {}
        self.largest_film = 103_809_024
        self.conversion = 0  # so many looks at a picture find it still being converted

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/v1/accounts/verify_credentials", self.who),
            web.get("/api/v2/instance", self.instance),
            web.post("/api/v2/media", self.upload),
            web.get("/api/v1/media/{id}", self.uploaded),
            web.post("/api/v1/statuses", self.publish),
            web.get("/api/v1/accounts/{id}/statuses", self.statuses),
            web.get("/api/v1/statuses/{id}", self.one),
            web.delete("/api/v1/statuses/{id}", self.delete),
        ]

    def error(self, status: int, words: str = "") -> web.Response:
        return web.json_response({"error": words or self.statuses_told.get(status, "")}, status=status)

    def refused(self, words: str) -> web.Response:
        return self.error(422, f"Validation failed: {words}")

    def too_many(self, seconds: float) -> web.Response:
        answer = self.error(429, "Too many requests")
        reset = datetime.now(UTC) + timedelta(seconds=seconds)
        answer.headers["X-RateLimit-Remaining"] = "0"
        answer.headers["X-RateLimit-Reset"] = reset.isoformat(timespec="microseconds").replace("+00:00", "Z")
        return answer

    def speak(self, text: str, at: datetime) -> str:
        """Make a post public by other hands."""
        post = Public(self.next_id(), text, at=at)
        self.public.append(post)
        return post.id

    def known(self, request: web.Request) -> bool:
        return request.headers.get("Authorization") == f"Bearer {self.token}"

    async def who(self, request: web.Request) -> web.Response:
        if not self.known(request):
            return self.error(401)
        account = {"id": ME, "username": self.user, "acct": self.user, "url": f"{self.url}/@{self.user}"}
        return web.json_response(account)

    async def instance(self, request: web.Request) -> web.Response:
        return web.json_response(
            {
                "domain": self.url.removeprefix("http://"),
                "version": "4.3.0",
                "configuration": {
                    "statuses": {"max_characters": 500, "max_media_attachments": 4, "characters_reserved_per_url": 23},
                    "media_attachments": {
                        "image_size_limit": 16777216,
                        "description_limit": 1500,
                        "video_size_limit": self.largest_film,
                    },
                },
            }
        )

    async def upload(self, request: web.Request) -> web.Response:
        if not self.known(request):
            return self.error(401)
        self.requests["media"] += 1
        held = await fields(request)
        if not isinstance(held.get("file"), tuple):
            return self.refused("File can't be blank")
        media = self.next_id()
        self.media[media] = image(held["file"][0], held.get("description", "")) | {"looks": self.conversion}
        if held["file"][1].startswith("video/"):
            self.media[media] |= {"film": True, "looks": self.looks + 1, "broken": self.broken > 0}
            self.broken = max(0, self.broken - 1)
        return self.medium(media, 202)

    async def uploaded(self, request: web.Request) -> web.Response:
        media = request.match_info["id"]
        if media not in self.media:
            return self.error(404)
        if self.media[media].get("broken"):
            return self.error(422, "Error processing thumbnail for uploaded media")
        self.media[media]["looks"] -= 1
        return self.medium(media, 206)

    def medium(self, media: str, unready: int) -> web.Response:
        ready = self.media[media]["looks"] <= 0
        body = {"id": media, "type": "unknown", "url": f"{self.url}/media/{media}" if ready else None}
        return web.json_response(body, status=200 if ready else unready)

    async def publish(self, request: web.Request) -> web.StreamResponse:
        if not self.known(request):
            return self.error(401)
        return await self.publishing(request, self.accept)

    async def accept(self, request: web.Request) -> web.Response:
        held, key = await fields(request), request.headers.get("Idempotency-Key", "")
        if key and key in self.keys:
            return web.json_response(self.status(self.post(self.keys[key])))
        text, media = str(held.get("status", "")), list(held.get("media_ids", []))
        if not text.strip() and not media:
            return self.refused("Text can't be blank")
        if mastodon_length(text) > 500:
            return self.refused("Text character limit of 500 exceeded")
        if any(self.media.get(m, {"looks": 1})["looks"] > 0 for m in media) or len(media) > 4:
            return self.refused("Cannot attach files that have not finished processing. Try again in a moment!")
        shown = {m: {name: self.media[m][name] for name in ("sha256", "size", "alt")} for m in media}
        films = [shown[m] for m in media if self.media[m].get("film")]
        images = [shown[m] for m in media if not self.media[m].get("film")]
        post = Public(self.next_id(), text, key, images=images, films=films)
        self.public.append(post)
        self.keys[key] = post.id
        return web.json_response(self.status(post))

    def post(self, id: str) -> Public:
        return next(post for post in self.public if post.id == id)

    def status(self, post: Public) -> JSON:
        return {
            "id": post.id,
            "created_at": post.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "url": f"{self.url}/@{self.user}/{post.id}",
            "uri": f"{self.url}/users/{self.user}/statuses/{post.id}",
            "content": shown(post.text),
            "visibility": "public",
            "replies_count": post.numbers.get("comments", 0),
            "reblogs_count": post.numbers.get("shares", 0),
            "favourites_count": post.numbers.get("reactions", 0),
        }

    async def statuses(self, request: web.Request) -> web.Response:
        if not self.known(request):
            return self.error(401)
        if request.match_info["id"] != ME:
            return self.error(404)
        newest = sorted(self.standing, key=lambda post: int(post.id), reverse=True)
        if before := request.query.get("max_id"):
            newest = [post for post in newest if int(post.id) < int(before)]
        limit = min(int(request.query.get("limit", 20)), 40)
        return web.json_response([self.status(post) for post in newest[:limit]])

    async def one(self, request: web.Request) -> web.Response:
        post = next((post for post in self.standing if post.id == request.match_info["id"]), None)
        if not self.known(request) or post is None:
            return self.error(401 if post else 404)
        self.requests["metrics"] += 1
        return web.json_response(self.status(post))

    async def delete(self, request: web.Request) -> web.Response:
        if not self.known(request):
            return self.error(401)
        post = next((post for post in self.standing if post.id == request.match_info["id"]), None)
        if post is None:
            return self.error(404)
        post.gone = True
        return web.json_response(self.status(post) | {"text": post.text})


def shown(text: str) -> str:
    """Return a status as the server shows it: paragraphs, shortened addresses, hashtags as links."""
    escaped = html.escape(text).replace("&#x27;", "&#39;")
    linked = URL.sub(lambda found: link(found[0]), escaped)
    tagged = HASHTAG.sub(r'<a href="/tags/\1" class="mention hashtag" rel="tag">#<span>\1</span></a>', linked)
    return "".join(f"<p>{part}</p>" for part in tagged.split("\n\n")).replace("\n", "<br />")


def link(address: str) -> str:
    scheme, _, rest = address.partition("://")
    parts = (
        f'<span class="invisible">{scheme}://</span><span class="ellipsis">{rest[:30]}</span>'
        f'<span class="invisible">{rest[30:]}</span>'
    )
    return f'<a href="{address}" target="_blank" rel="nofollow noopener" translate="no">{parts}</a>'
