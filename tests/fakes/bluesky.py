"""A Bluesky server (a PDS) with one account."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from datetime import datetime
from typing import Any

from aiohttp import web

from scheduler.text import graphemes
from tests.fakes.server import JSON, Fake, Public, image

POSTS = "app.bsky.feed.post"
TID = re.compile(r"[2-7a-j][2-7a-z]{12}")
LARGEST_BLOB = 1_000_000
NAMES = {
    401: "AuthenticationRequired",
    403: "Forbidden",
    404: "NotFound",
    422: "InvalidRequest",
    500: "InternalServerError",
}


class BlueskyFake(Fake):
    network = "bluesky"
    handle = "loa.example.org"
    did = "did:plc:loa7x2kq5m3n4p6r"
    password = "bsky-s3cr-etpw-0042"

    def reset(self) -> None:
        super().reset()
        self.access: set[str] = set()
        self.renewals: set[str] = set()
        self.blobs: dict[str, JSON] = {}
        self.records: dict[str, JSON] = {}
        self.has_counted = True  # what was written a moment ago is not in the view of the network yet

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/xrpc/com.atproto.server.createSession", self.login),
            web.post("/xrpc/com.atproto.server.refreshSession", self.renew),
            web.post("/xrpc/com.atproto.repo.uploadBlob", self.upload),
            web.post("/xrpc/com.atproto.repo.putRecord", self.publish),
            web.get("/xrpc/com.atproto.repo.getRecord", self.record),
            web.get("/xrpc/app.bsky.feed.getPosts", self.view),
            web.post("/xrpc/com.atproto.repo.deleteRecord", self.delete),
        ]

    def error(self, status: int, words: str = "", name: str = "") -> web.Response:
        body = {"error": name or NAMES.get(status, "InvalidRequest"), "message": words or f"Error {status}"}
        return web.json_response(body, status=status)

    def refused(self, words: str) -> web.Response:
        return self.error(400, f"Invalid {POSTS} record: {words}", "InvalidRecord")

    def too_many(self, seconds: float) -> web.Response:
        answer = self.error(429, "Rate Limit Exceeded", "RateLimitExceeded")
        reset = str(int(time.time() + seconds))
        answer.headers.update({"RateLimit-Limit": "30", "RateLimit-Remaining": "0", "RateLimit-Reset": reset})
        return answer

    def expire(self) -> web.Response | None:
        self.access.clear()  # the refresh token goes on
        return None

    def unknown(self, request: web.Request) -> web.Response | None:
        """Return what is wrong with the session of a request; None: nothing."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not token:
            return self.error(401, "Authentication Required", "AuthMissing")
        if token not in self.access:
            return self.error(400, "Token has expired", "ExpiredToken")
        return None

    async def login(self, request: web.Request) -> web.Response:
        self.requests["login"] += 1
        if self.requests["login"] > 30:
            return self.too_many(300)
        held = await request.json()
        if held.get("identifier") not in (self.handle, self.did) or held.get("password") != self.password:
            return self.error(401, "Invalid identifier or password", "AuthenticationRequired")
        return self.session()

    async def renew(self, request: web.Request) -> web.Response:
        self.requests["renew"] += 1
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.renewals:
            return self.error(400, "Token has been revoked", "ExpiredToken")
        self.renewals.remove(token)
        return self.session()

    def session(self) -> web.Response:
        number = self.next_id()
        access, renewal = f"eyJ-access-s3cret-{number}", f"eyJ-refresh-s3cret-{number}"
        self.access.add(access)
        self.renewals.add(renewal)
        body = {"did": self.did, "handle": self.handle, "accessJwt": access, "refreshJwt": renewal, "active": True}
        return web.json_response(body)

    async def upload(self, request: web.Request) -> web.Response:
        if wrong := self.unknown(request):
            return wrong
        self.requests["media"] += 1
        content = await request.read()
        if len(content) > LARGEST_BLOB:
            return self.error(413, "request entity too large", "PayloadTooLarge")
        link = cid(content)
        blob = {"$type": "blob", "ref": {"$link": link}, "mimeType": request.content_type, "size": len(content)}
        self.blobs[link] = image(content)
        return web.json_response({"blob": blob})

    async def publish(self, request: web.Request) -> web.StreamResponse:
        if wrong := self.unknown(request):
            return wrong
        return await self.publishing(request, self.accept)

    async def accept(self, request: web.Request) -> web.Response:
        held = await request.json()
        record, rkey = held["record"], held["rkey"]
        if held["repo"] not in (self.did, self.handle) or held["collection"] != POSTS:
            return self.error(400, "Could not find repo", "InvalidRequest")
        if wrong := self.faulty(rkey, record):
            return wrong
        post = Public(rkey, record["text"], rkey, images=self.pictures(record))
        before = self.records.get(rkey)
        if before != record:  # the same record again changes nothing
            self.public.append(post)
        self.records[rkey] = record
        return web.json_response(
            {"uri": self.uri(rkey), "cid": cid(repr(record).encode()), "validationStatus": "valid"}
        )

    def faulty(self, rkey: str, record: JSON) -> web.Response | None:
        text = record["text"]
        if not TID.fullmatch(rkey):
            return self.error(400, "Invalid record key", "InvalidRequest")
        if record["$type"] != POSTS or not record["createdAt"].endswith("Z"):
            return self.refused("Record/createdAt must be an valid atproto datetime")
        datetime.fromisoformat(record["createdAt"])
        if graphemes(text) > 300 or len(text.encode()) > 3000:
            return self.refused("Record/text must not be longer than 300 graphemes")
        for facet in record.get("facets", []):
            text.encode()[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
        embedded = record.get("embed", {}).get("images", [])
        if len(embedded) > 4:
            return self.refused("Record/embed/images must not have more than 4 elements")
        if any(picture["image"]["ref"]["$link"] not in self.blobs for picture in embedded):
            return self.error(400, "Could not find blob", "BlobNotFound")
        return None

    def pictures(self, record: JSON) -> list[JSON]:
        embedded = record.get("embed", {}).get("images", [])
        return [self.blobs[picture["image"]["ref"]["$link"]] | {"alt": picture["alt"]} for picture in embedded]

    def uri(self, rkey: str) -> str:
        return f"at://{self.did}/{POSTS}/{rkey}"

    async def record(self, request: web.Request) -> web.Response:
        rkey = request.query["rkey"]
        if request.query["repo"] not in (self.did, self.handle):
            return self.error(400, "Could not find repo", "InvalidRequest")
        if rkey not in self.records:
            return self.error(400, f"Could not locate record: {self.uri(rkey)}", "RecordNotFound")
        value = self.records[rkey]
        return web.json_response({"uri": self.uri(rkey), "cid": cid(repr(value).encode()), "value": value})

    async def view(self, request: web.Request) -> web.Response:
        if wrong := self.unknown(request):
            return wrong
        self.requests["metrics"] += 1
        rkeys = [uri.rsplit("/", 1)[-1] for uri in request.query.getall("uris") if uri.startswith(self.uri(""))]
        found = [post for post in self.standing if post.id in rkeys and self.has_counted]
        return web.json_response({"posts": [self.counted(post) for post in found]})

    def counted(self, post: Public) -> JSON:
        numbers, quotes = post.numbers, min(1, post.numbers.get("shares", 0))
        return {
            "uri": self.uri(post.id),
            "cid": cid(repr(self.records[post.id]).encode()),
            "author": {"did": self.did, "handle": self.handle},
            "record": self.records[post.id],
            "replyCount": numbers.get("comments", 0),
            "repostCount": numbers.get("shares", 0) - quotes,
            "likeCount": numbers.get("reactions", 0),
            "quoteCount": quotes,
            "indexedAt": self.records[post.id]["createdAt"],
        }

    async def delete(self, request: web.Request) -> web.Response:
        if wrong := self.unknown(request):
            return wrong
        held: dict[str, Any] = await request.json()
        self.records.pop(held["rkey"], None)
        for post in self.public:
            post.gone = post.gone or post.id == held["rkey"]
        return web.json_response({})


def cid(content: bytes) -> str:
    """Return the content's identifier (CIDv1, raw, sha-256)."""
    name = b"\x01\x55\x12\x20" + hashlib.sha256(content).digest()
    return "b" + base64.b32encode(name).decode().lower().rstrip("=")
