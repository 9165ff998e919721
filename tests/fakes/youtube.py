"""YouTube's Data API with one channel, and Google's tokens: resumable uploads to the letter, films that take time or fail.

A session keeps whole steps of 256 KiB of what arrives. `cut_at` are places in a film at which the connection breaks;
`put_faults` befall the next pieces: 500 (not taken), 500_after (taken), lost (taken, no answer), gone (forgotten),
gone_after (taken, then forgotten), less (half is kept), 401 (the token is over), html (a page with status 200).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from aiohttp import web

from tests.fakes.server import JSON, Fake, Public, fields, hang_up, page

CHANNEL = "UCloa0123456789abcdefgh"
OTHER_CHANNEL = "UCkhac123456789abcdefgh"
STEP = 256 * 1024
MUTABLE = {"embeddable": True, "license": "youtube", "publicStatsViewable": True, "selfDeclaredMadeForKids": False}
CATEGORIES = ("1", "22", "25", "27", "28", "29")
SCOPE = "https://www.googleapis.com/auth/youtube"


@dataclass
class Session:
    """An upload: what was said of the film, and what has arrived of it."""

    says: JSON
    size: int
    mime: str
    arrived: int = 0
    digest: Any = field(default_factory=hashlib.sha256)
    film: str = ""


class YouTubeFake(Fake):
    network = "youtube"
    keeps_halves = ("/upload/youtube/v3/videos",)
    client_id = "1234567890-loa.apps.googleusercontent.com"
    client_secret = "GOCSPX-youtube-Secret-9dK2"
    first_refresh = "1//youtube-refresh-first-7fQ2"
    first_access = "ya29.youtube-access-first-9hB4"
    errors: ClassVar[dict[int, tuple[str, str]]] = {
        401: ("authError", "Request had invalid authentication credentials."),
        403: ("forbidden", "The request is not properly authorized to access the video."),
        404: ("videoNotFound", "The video that you are trying to update cannot be found."),
        500: ("backendError", "Backend Error"),
    }

    def reset(self) -> None:
        super().reset()
        self.refresh = self.first_refresh
        self.accesses = {self.first_access}
        self.expiring = False  # before the next request that needs a token
        self.challenges: dict[str, tuple[str, str]] = {}
        self.testing = False  # the consent screen: a refresh token of seven days
        self.grants = True
        self.scope = SCOPE
        self.channel = CHANNEL
        self.long_uploads = "allowed"
        self.films: dict[str, JSON] = {}
        self.sessions: dict[str, Session] = {}
        self.cut_at: list[int] = []
        self.put_faults: list[str] = []
        self.slow = 0.0  # seconds that a piece takes
        self.taken = 0  # bytes that arrived, those that were thrown away too
        self.polls = 0  # how often a new film is said to be processed still
        self.ends_as = "processed"  # or failed/codec, rejected/duplicate ...
        self.refuses_doubles = True
        self.unlisted = 0  # how often the uploads are told without the newest film
        self.audited = True
        self.verified = True  # by telephone: covers can be set
        self.cover_faults: list[tuple[int, str]] = []  # status and reason, of the next covers
        self.units = 10_000
        self.inserts = 100
        self.upload_limit = False
        self.a_page = 50

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/_set", self.be_told),
            web.get("/o/oauth2/v2/auth", self.consent),
            web.post("/token", self.token),
            web.get("/youtube/v3/channels", self.told_channels),
            web.get("/youtube/v3/playlistItems", self.told_uploads),
            web.get("/youtube/v3/videos", self.told_films),
            web.put("/youtube/v3/videos", self.update),
            web.delete("/youtube/v3/videos", self.remove),
            web.post("/upload/youtube/v3/videos", self.insert),
            web.put("/upload/youtube/v3/videos", self.put),
            web.post("/upload/youtube/v3/thumbnails/set", self.cover),
        ]

    async def be_told(self, request: web.Request) -> web.Response:
        """Control: POST /_set {"cut_at": [...], "polls": 3, ...} is how it behaves from now on."""
        for name, value in (await request.json()).items():
            assert hasattr(self, name)
            setattr(self, name, value)
        return web.json_response({"films": self.there, "arrived": sum(s.arrived for s in self.sessions.values())})

    # --- how it answers -----------------------------------------------------------------------------------------

    def says(self, status: int, reason: str, words: str) -> web.Response:
        errors = [{"message": words, "domain": "youtube.common", "reason": reason}]
        return web.json_response({"error": {"code": status, "message": words, "errors": errors}}, status=status)

    def error(self, status: int, words: str = "") -> web.Response:
        reason, usual = self.errors[status]
        return self.says(status, reason, words or usual)

    def refused(self, words: str) -> web.Response:
        return self.says(400, "invalidVideoMetadata", f"The request metadata is invalid: {words}")

    def too_many(self, seconds: float) -> web.Response:
        answer = self.says(403, "rateLimitExceeded", "The request rate is too high.")
        answer.headers["Retry-After"] = str(seconds)
        return answer

    def expire(self) -> web.Response | None:
        self.expiring = True
        return None

    def bad(self, reason: str) -> web.Response:
        return self.says(400, reason, f"The request is wrong: {reason}")

    def wrong(self, request: web.Request, cost: int) -> web.Response | None:
        """Return what is wrong with the token of a request, or its cost; None: nothing."""
        if self.expiring:
            self.expiring = False
            self.accesses.clear()
        token = request.headers.get("Authorization", "").partition("Bearer ")[2]
        if token not in self.accesses:
            return self.error(401)
        if cost > self.units:
            return self.says(403, "quotaExceeded", "The request cannot be completed: you have exceeded your quota.")
        self.units -= cost
        return None

    # --- tokens -------------------------------------------------------------------------------------------------

    async def consent(self, request: web.Request) -> web.Response:
        asked = request.query
        if asked.get("client_id") != self.client_id or asked.get("scope") != SCOPE:
            return page(400)
        offline = asked.get("access_type") == "offline" and asked.get("prompt") == "consent"
        code = f"4/youtube-code-{self.next_id()}"
        self.challenges[code] = asked["code_challenge"], asked["redirect_uri"] if offline else ""
        back = urlencode({"code": code, "scope": SCOPE, "state": asked.get("state", "")})
        return web.Response(status=302, headers={"Location": f"{asked['redirect_uri']}?{back}"})

    async def token(self, request: web.Request) -> web.Response:
        self.requests["token"] += 1
        held = await fields(request)
        if held.get("client_id") != self.client_id or held.get("client_secret") != self.client_secret:
            return self.no_token("invalid_client", "The OAuth client was not found.", 401)
        access: JSON = {"expires_in": 3599, "scope": self.scope, "token_type": "Bearer"}
        if held.get("grant_type") == "authorization_code":
            challenge, redirect = self.challenges.pop(held.get("code", ""), ("", ""))
            shown = base64.urlsafe_b64encode(hashlib.sha256(held.get("code_verifier", "").encode()).digest())
            if not challenge or shown.rstrip(b"=").decode() != challenge:
                return self.no_token("invalid_grant", "Malformed auth code.")
            if held.get("redirect_uri") != redirect:
                return self.no_token("redirect_uri_mismatch", "Bad Request")
            self.refresh = f"1//youtube-refresh-{self.next_id()}"
            access |= {"refresh_token": self.refresh, **({"refresh_token_expires_in": 604799} if self.testing else {})}
        elif held.get("grant_type") != "refresh_token" or held.get("refresh_token") != self.refresh or not self.grants:
            return self.no_token("invalid_grant", "Token has been expired or revoked.")
        token = f"ya29.youtube-access-{self.next_id()}-9hB4"
        self.accesses.add(token)
        return web.json_response({"access_token": token, **access})

    def no_token(self, code: str, words: str, status: int = 400) -> web.Response:
        return web.json_response({"error": code, "error_description": words}, status=status)

    # --- uploads ------------------------------------------------------------------------------------------------

    async def insert(self, request: web.Request) -> web.Response:
        self.requests["insert"] += 1
        if wrong := self.wrong(request, 0):
            return wrong
        if self.upload_limit:
            return self.says(400, "uploadLimitExceeded", "The user has exceeded the number of videos they may upload.")
        if self.inserts <= 0:
            return self.says(403, "quotaExceeded", "The request cannot be completed: you have exceeded your quota.")
        self.inserts -= 1
        says = await fields(request)
        if request.query.get("uploadType") != "resumable" or request.query.get("part") != "snippet,status":
            return self.bad("invalidPart")
        if bad := self.bad_words(says.get("snippet") or {}) or self.bad_status(says.get("status") or {}):
            return self.bad(bad)
        name = f"session-{self.next_id()}"
        size = int(request.headers["X-Upload-Content-Length"])
        self.sessions[name] = Session(says, size, request.headers["X-Upload-Content-Type"])
        where = f"{self.url}{request.path}?uploadType=resumable&upload_id={name}"
        return web.Response(headers={"Location": where})

    def bad_words(self, snippet: JSON) -> str:
        title, text = snippet.get("title", ""), snippet.get("description", "")
        tags = [str(tag) for tag in snippet.get("tags", ())]
        if not 0 < len(title) <= 100 or re.search("[<>]", title):
            return "invalidTitle"
        if len(text.encode()) > 5000 or re.search("[<>]", text):
            return "invalidDescription"
        if len(",".join(f'"{tag}"' if " " in tag else tag for tag in tags)) > 500:
            return "invalidTags"
        return "" if snippet.get("categoryId") in CATEGORIES else "invalidCategoryId"

    def bad_status(self, status: JSON) -> str:
        if "publishAt" in status and status.get("privacyStatus") != "private":
            return "invalidPublishAt"
        known = status.get("privacyStatus") in ("private", "public", "unlisted")
        return "" if known and isinstance(status.get("selfDeclaredMadeForKids"), bool) else "invalidVideoMetadata"

    async def put(self, request: web.Request) -> web.StreamResponse:
        if wrong := self.wrong(request, 0):
            return wrong
        session = self.sessions.get(request.query.get("upload_id", ""))
        if session is None:
            return web.Response(status=404, text="Not Found")
        asked = re.fullmatch(r"bytes (?:(\d+)-(\d+)|\*)/(\d+)", request.headers.get("Content-Range", ""))
        if asked is None or int(asked[3]) != session.size or "Transfer-Encoding" in request.headers:
            return self.bad("invalidContentRange")
        if asked[1] is None:
            self.requests["probe"] += 1
            return self.so_far(session)
        self.requests["put"] += 1
        return await self.piece(request, session, int(asked[1]), int(asked[2]))

    async def piece(self, request: web.Request, session: Session, first: int, last: int) -> web.StreamResponse:
        await asyncio.sleep(self.slow)
        fault = self.put_faults.pop(0) if self.put_faults else ""
        name = request.query["upload_id"]
        whole = last + 1 == session.size
        if first != session.arrived or int(request.headers.get("Content-Length", "-1")) != last + 1 - first:
            return self.bad("invalidContentRange")
        if (last + 1 - first) % STEP and not whole:
            return self.bad("invalidChunkSize")
        match fault:
            case "500":
                return self.error(500)
            case "401":
                self.accesses.clear()
                return self.error(401)
            case "gone":
                del self.sessions[name]
                return web.Response(status=404, text="Not Found")
            case "html":
                await request.read()
                return page(200)
        most = (last + 1 - first) // 2 if fault == "less" else last + 1 - first
        if not await self.take(request, session, most, whole=whole and fault != "less"):
            return hang_up(request, reset=True)
        if whole and session.arrived == session.size:
            self.make_film(session)
        match fault:
            case "500_after":
                return self.error(500)
            case "lost":
                return hang_up(request)
            case "gone_after":
                del self.sessions[name]
                return self.error(500)
        return self.so_far(session)

    async def take(self, request: web.Request, session: Session, most: int, *, whole: bool) -> bool:
        """Keep what arrives in whole steps (the last one of a film may be smaller); False: cut off in the midst."""
        held = b""
        async for content in request.content.iter_any():
            self.taken += len(content)
            if self.cut_at and session.arrived + len(held) + len(content) > self.cut_at[0]:
                held += content[: max(0, self.cut_at.pop(0) - session.arrived - len(held))]
                self.keep(session, held[: len(held) // STEP * STEP])
                return False
            held = (held + content)[:most]
            full = len(held) // STEP * STEP
            self.keep(session, held[:full])
            held, most = held[full:], most - full
        if whole:
            self.keep(session, held)
        return True

    def keep(self, session: Session, content: bytes) -> None:
        session.digest.update(content)
        session.arrived += len(content)

    def so_far(self, session: Session) -> web.Response:
        if session.film:
            return web.json_response(self.shown(session.film, "snippet,status"))
        kept = {"Range": f"bytes=0-{session.arrived - 1}"} if session.arrived else {}
        return web.Response(status=308, headers={**kept, "Content-Length": "0"})

    def make_film(self, session: Session) -> None:
        self.requests["media"] += 1
        digest = session.digest.hexdigest()
        double = any(film["sha256"] == digest and not film["gone"] for film in self.films.values())
        status = {**MUTABLE, **session.says["status"], "uploadStatus": "uploaded"}
        session.film = f"film{int(self.next_id()):07d}"
        ends = "rejected/duplicate" if double and self.refuses_doubles else self.ends_as
        self.films[session.film] = {
            "snippet": {**session.says["snippet"], "channelId": self.channel, "publishedAt": _now()},
            "status": status,
            "sha256": digest,
            "size": session.size,
            "polls": self.polls,
            "ends_as": ends,
            "gone": False,
            "cover": "",
        }
        if status["privacyStatus"] == "public":
            self.requests["publish"] += 1
            self.become_public(session.film)

    # --- films --------------------------------------------------------------------------------------------------

    def shown(self, id: str, part: str) -> JSON:
        film = self.films[id]
        if film["polls"] <= 0 and film["status"]["uploadStatus"] == "uploaded":
            end, _, why = film["ends_as"].partition("/")
            film["status"]["uploadStatus"] = end
            if why:
                film["status"][{"failed": "failureReason", "rejected": "rejectionReason"}[end]] = why
        numbers = next((post.numbers for post in self.public if post.id == id), {})
        statistics = {
            "viewCount": str(numbers.get("views", 0)),
            "likeCount": str(numbers.get("reactions", 0)),
            "commentCount": str(numbers.get("comments", 0)),
            "favoriteCount": "0",
        }
        details = {"hasCustomThumbnail": bool(film["cover"])}
        known = {
            "snippet": film["snippet"],
            "status": film["status"],
            "statistics": statistics,
            "contentDetails": details,
        }
        parts = {name: known[name] for name in part.split(",") if name in known}
        return {"kind": "youtube#video", "id": id, **json.loads(json.dumps(parts))}

    async def told_films(self, request: web.Request) -> web.Response:
        if wrong := self.wrong(request, 1):
            return wrong
        self.requests["list"] += 1
        ids = [id for id in request.query.get("id", "").split(",") if id in self.films and not self.films[id]["gone"]]
        told = [self.shown(id, request.query.get("part", "")) for id in ids]
        for id in ids:
            self.films[id]["polls"] -= 1
        return web.json_response({"kind": "youtube#videoListResponse", "items": told})

    async def update(self, request: web.Request) -> web.StreamResponse:
        if wrong := self.wrong(request, 50):
            return wrong
        held = await fields(request)
        film = self.films.get(str(held.get("id")))
        if film is None or film["gone"]:
            return self.error(404)
        if (held.get("status") or {}).get("privacyStatus") == "public":
            return await self.publishing(request, self.accept)
        if film["status"]["privacyStatus"] == "public":
            return await self.correcting(request, self.accept)
        return await self.accept(request)

    async def accept(self, request: web.Request) -> web.Response:
        held = await fields(request)
        id, part = str(held["id"]), request.query.get("part", "")
        film = self.films[id]
        if "snippet" in part.split(","):
            if bad := self.bad_words(held.get("snippet") or {}):
                return self.bad(bad)
            server = {name: film["snippet"][name] for name in ("channelId", "publishedAt")}
            film["snippet"] = {"tags": [], "description": "", **held["snippet"], **server}  # what is not said is lost
            self.reword(id)
        if "status" in part.split(","):
            if bad := self.bad_status(held.get("status") or {}):
                return self.bad(bad)
            said = {name: value for name, value in held["status"].items() if name in (*MUTABLE, "privacyStatus")}
            film["status"] |= {**MUTABLE, **said}  # what is not said is as it was at first
            if not self.audited or film["status"]["uploadStatus"] in ("failed", "rejected"):
                film["status"]["privacyStatus"] = "private"
            if film["status"]["privacyStatus"] == "public":
                self.become_public(id)
        return web.json_response(self.shown(id, part))

    def become_public(self, id: str) -> None:
        words = self.films[id]["snippet"]
        if all(post.id != id for post in self.public):
            self.public.append(
                Public(
                    id,
                    words.get("description", ""),
                    key=",".join(words.get("tags", ())),
                    title=words["title"],
                    films=[{"sha256": self.films[id]["sha256"], "size": self.films[id]["size"], "alt": ""}],
                )
            )

    def reword(self, id: str) -> None:
        """The public reads the words of a film."""
        words = self.films[id]["snippet"]
        for post in self.public:
            if post.id == id:
                post.text, post.title, post.key = words["description"], words["title"], ",".join(words["tags"])

    async def remove(self, request: web.Request) -> web.Response:
        if wrong := self.wrong(request, 50):
            return wrong
        id = request.query.get("id", "")
        if id not in self.films or self.films[id]["gone"]:
            return self.error(404)
        self.films[id]["gone"] = True
        for post in self.public:
            post.gone = post.gone or post.id == id
        return web.Response(status=204)

    async def cover(self, request: web.Request) -> web.Response:
        if wrong := self.wrong(request, 50):
            return wrong
        content = await request.read()
        film = self.films.get(request.query.get("videoId", ""))
        if film is None or film["gone"]:
            return self.error(404)
        if self.cover_faults:
            return self.says(*self.cover_faults.pop(0), "Not this cover, not now.")
        if not self.verified:
            return self.error(403, "The authenticated user doesnt have permissions to upload custom thumbnails.")
        if len(content) > 2_097_152 or not content.startswith((b"\x89PNG", b"\xff\xd8\xff")):
            return self.bad("invalidImage")
        film["cover"] = hashlib.sha256(content).hexdigest()
        return web.json_response({"kind": "youtube#thumbnailSetResponse", "items": [{}]})

    # --- the channel --------------------------------------------------------------------------------------------

    async def told_channels(self, request: web.Request) -> web.Response:
        if wrong := self.wrong(request, 1):
            return wrong
        if request.query.get("mine") != "true" or not self.channel:
            return web.json_response({"kind": "youtube#channelListResponse", "pageInfo": {"totalResults": 0}})
        us = {
            "id": self.channel,
            "snippet": {"title": "Công an Thành phố"},
            "contentDetails": {"relatedPlaylists": {"uploads": "UU" + self.channel[2:]}},
            "status": {"longUploadsStatus": self.long_uploads},
        }
        wanted = {"id", *request.query.get("part", "").split(",")}
        items = [{name: value for name, value in us.items() if name in wanted}]
        return web.json_response({"pageInfo": {"totalResults": 1}, "items": items})

    async def told_uploads(self, request: web.Request) -> web.Response:
        if wrong := self.wrong(request, 1):
            return wrong
        if request.query.get("playlistId") != "UU" + self.channel[2:]:
            return self.says(404, "playlistNotFound", "The playlist cannot be found.")
        newest = [id for id in reversed(self.films) if not self.films[id]["gone"]]
        if self.unlisted > 0:
            self.unlisted -= 1
            newest = newest[1:]
        begin = int(request.query.get("pageToken") or 0)
        end = begin + min(int(request.query.get("maxResults", 5)), self.a_page)
        told: JSON = {"items": [{"contentDetails": {"videoId": id}} for id in newest[begin:end]]}
        if end < len(newest):
            told["nextPageToken"] = str(end)
        return web.json_response(told)

    def film(self, words: str = "", tags: list[str] | None = None, *, public: bool = False) -> str:
        """Put a film on the channel by other hands; return its id."""
        id = f"film{int(self.next_id()):07d}"
        snippet = {"title": words or id, "description": words, "tags": tags or [], "publishedAt": _now()}
        status = {**MUTABLE, "privacyStatus": "public" if public else "private", "uploadStatus": "processed"}
        shared = {"sha256": id, "size": 1, "polls": 0, "ends_as": "processed", "gone": False, "cover": ""}
        self.films[id] = {"snippet": snippet, "status": status, **shared}
        return id

    @property
    def there(self) -> list[str]:
        """The ids of all films on the channel, the private ones too."""
        return [id for id, film in self.films.items() if not film["gone"]]


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
