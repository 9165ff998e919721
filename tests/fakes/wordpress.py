"""A WordPress site with one user, an author."""

from __future__ import annotations

import base64
import html
import re
from typing import ClassVar

from aiohttp import web

from tests.fakes.server import JSON, Fake, Public, fields, image


class WordPressFake(Fake):
    network = "wordpress"
    user = "truyen-thong"
    password = "wpS3 cret PaSs w0rd 1234 abcd"
    codes: ClassVar[dict[int, tuple[str, str]]] = {
        401: ("rest_cannot_create", "Sorry, you are not allowed to create posts as this user."),
        403: ("rest_forbidden", "Sorry, you are not allowed to do that."),
        404: ("rest_no_route", "No route was found matching the URL and request method."),
        422: ("rest_invalid_param", "Invalid parameter(s): content"),
        500: ("db_insert_error", "Could not insert post into the database."),
    }

    def reset(self) -> None:
        super().reset()
        self.posts: dict[str, JSON] = {}
        self.media: dict[str, JSON] = {}
        self.may_publish = True
        self.may_ask_for_drafts = True
        self.shows_users = True
        self.takes_alt_with_file = True
        self.takes_comments = True

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/wp-json/wp/v2/users/me", self.who),
            web.post("/wp-json/wp/v2/media", self.upload),
            web.post("/wp-json/wp/v2/media/{id}", self.describe),
            web.post("/wp-json/wp/v2/posts", self.publish),
            web.get("/wp-json/wp/v2/posts", self.listed),
            web.get("/wp-json/wp/v2/posts/{id}", self.one),
            web.get("/wp-json/wp/v2/comments", self.comments),
            web.delete("/wp-json/wp/v2/posts/{id}", self.delete),
        ]

    def error(self, status: int, words: str = "", code: str = "") -> web.Response:
        usual, said = self.codes.get(status, ("rest_error", f"Error {status}"))
        body = {"code": code or usual, "message": words or said, "data": {"status": status}}
        return web.json_response(body, status=status)

    def refused(self, words: str) -> web.Response:
        return self.error(400, words, "rest_invalid_param")

    def too_many(self, seconds: float) -> web.Response:
        answer = self.error(429, "Too many requests", "too_many_requests")
        answer.headers["Retry-After"] = str(int(seconds))
        return answer

    def unknown(self, request: web.Request) -> web.Response | None:
        """Return what is wrong with the password of a request; None: nothing."""
        scheme, _, pair = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Basic":
            return self.error(401, "You are not currently logged in.", "rest_not_logged_in")
        user, _, password = base64.b64decode(pair).decode().partition(":")
        if user != self.user:
            return self.error(401, "Unknown username.", "invalid_username")
        if re.sub(r"[^a-zA-Z\d]", "", password) != re.sub(r"[^a-zA-Z\d]", "", self.password):
            return self.error(401, "The provided password is an invalid application password.", "incorrect_password")
        return None

    async def who(self, request: web.Request) -> web.Response:
        if not self.shows_users:
            return self.error(404)
        if wrong := self.unknown(request):
            return wrong
        return web.json_response({"id": 3, "username": self.user, "slug": self.user, "name": "Truyền thông"})

    async def upload(self, request: web.Request) -> web.Response:
        if wrong := self.unknown(request):
            return wrong
        self.requests["media"] += 1
        media = self.next_id()
        if (kind := request.content_type).startswith("video/"):
            return await self.upload_film(request, media, kind)
        held = await fields(request)
        address = f"{self.url}/wp-content/uploads/{media}.png"
        self.media[address] = image(held["file"][0], held.get("alt_text", ""))
        return web.json_response(
            {"id": int(media), "source_url": address, "alt_text": held.get("alt_text", "")}, status=201
        )

    async def upload_film(self, request: web.Request, media: str, kind: str) -> web.Response:
        named = re.fullmatch(r'attachment; filename="([\w.-]+)"', request.headers.get("Content-Disposition", ""))
        if named is None:
            return self.error(400, "No Content-Disposition supplied.", "rest_upload_no_content_disposition")
        address = f"{self.url}/wp-content/uploads/{media}-{named[1]}"
        self.media[address] = image(await request.read())
        return web.json_response({"id": int(media), "source_url": address, "mime_type": kind}, status=201)

    async def describe(self, request: web.Request) -> web.Response:
        held = await fields(request)
        for medium in self.media.values():
            if str(medium["id"]) == request.match_info["id"]:
                medium["alt"] = held["alt_text"]
        return web.json_response({"id": int(request.match_info["id"])})

    async def publish(self, request: web.Request) -> web.StreamResponse:
        if wrong := self.unknown(request):
            return wrong
        return await self.publishing(request, self.accept)

    async def accept(self, request: web.Request) -> web.Response:
        held = await request.json()
        if not held.get("title") and not held.get("content"):
            return self.error(400, "Content, title, and excerpt are empty.", "empty_content")
        post_id, status = self.next_id(), held["status"] if self.may_publish else "pending"
        slug = self.free(held["slug"])
        self.posts[post_id] = {"id": int(post_id), "status": status, "slug": slug, "link": f"{self.url}/{slug}/"}
        if status == "publish":
            pictures = re.findall(r'<img src="([^"]*)" alt="([^"]*)"', held["content"])
            images = [self.media[html.unescape(src)] | {"alt": html.unescape(alt)} for src, alt in pictures]
            shown = re.findall(r'<video controls [^>]*src="([^"]*)" aria-label="([^"]*)"></video>', held["content"])
            films = [self.media[html.unescape(src)] | {"alt": html.unescape(words)} for src, words in shown]
            self.public.append(Public(post_id, read(held["content"]), slug, held.get("title", ""), images, films))
        return web.json_response(self.posts[post_id], status=201)

    def free(self, slug: str) -> str:
        used = {post["slug"] for post in self.posts.values()}
        return next(s for s in (slug, *(f"{slug}-{n}" for n in range(2, 99))) if s not in used)

    async def listed(self, request: web.Request) -> web.Response:
        if wrong := self.unknown(request):
            return wrong
        statuses = request.query.get("status", "publish").split(",")
        if statuses != ["publish"] and not self.may_ask_for_drafts:
            return self.error(400, "Invalid parameter(s): status", "rest_invalid_param")
        slugs = request.query.get("slug", "").split(",")
        found = [post for post in self.posts.values() if post["slug"] in slugs and post["status"] in statuses]
        return web.json_response(found)

    async def one(self, request: web.Request) -> web.Response:
        if wrong := self.unknown(request):
            return wrong
        post = self.posts.get(request.match_info["id"])
        return web.json_response(post) if post else self.error(404, "Invalid post ID.", "rest_post_invalid_id")

    async def comments(self, request: web.Request) -> web.Response:
        if not self.takes_comments:
            return self.error(404)  # a plugin has taken the route away
        self.requests["metrics"] += 1
        of_post = [post for post in self.standing if post.id == request.query["post"]]
        total = sum(post.numbers.get("comments", 0) for post in of_post)
        shown = [{"id": n} for n in range(min(total, int(request.query.get("per_page", 10))))]
        return web.json_response(shown, headers={"X-WP-Total": str(total), "X-WP-TotalPages": str(len(shown))})

    async def delete(self, request: web.Request) -> web.Response:
        if wrong := self.unknown(request):
            return wrong
        post_id = request.match_info["id"]
        if post_id not in self.posts:
            return self.error(404, "Invalid post ID.", "rest_post_invalid_id")
        if self.posts[post_id]["status"] == "trash":
            return self.error(410, "The post has already been deleted.", "rest_already_trashed")
        self.posts[post_id] |= {"status": "trash", "slug": f"{self.posts[post_id]['slug']}__trashed"}
        for post in self.public:
            post.gone = post.gone or post.id == post_id
        return web.json_response(self.posts[post_id])


def read(content: str) -> str:
    """Return what a reader reads of a post's content, without its pictures."""
    text = re.sub(r"\s*<figure>.*?</figure>", "", content, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]*>", "", text))
