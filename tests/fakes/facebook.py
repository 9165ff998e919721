"""Meta's Graph API with one app and one Page of it. Hard on callers: it says nothing that was not asked for by name."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

from aiohttp import web

from tests.fakes.graph import GraphFake
from tests.fakes.server import JSON, Public, fields, hang_up, image

PAGE = "104857600123456"
APP = "990011223344"
OTHER_APP = "119922883377"
ALIVE = ("post_media_view", "post_total_media_view_unique", "post_clicks", "post_reactions_by_type_total")
KINDS = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*")  # JPEG, PNG, GIF, BMP, TIFF


class FacebookFake(GraphFake):
    network = "facebook"
    account = PAGE
    use_case = "pages", 80001
    token = "EAABsbCS1iHgBOZCpag3T0k3nOfTheP4geZCxyz0123456789"
    secret = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"

    keeps_halves = ("/video-upload/",)

    def reset(self) -> None:
        super().reset()
        self.films: dict[str, JSON] = {}
        self.lost_chunks = 0  # taken, and the answer is lost
        self.photos: dict[str, JSON] = {}
        self.apps: dict[str, str] = {}  # by which app a post was written
        self.links: dict[str, str] = {}  # whose page is shown under a post
        self.pictured: dict[str, list[str]] = {}
        self.wants_proof = False
        self.may_delete = True
        self.knows_me = True
        self.expires_at = 0
        self.unreadable: set[str] = set()  # hosts of which no preview can be made
        self.dead: set[str] = set()  # metrics no longer counted
        self.may_count = False
        self.a_page = 25  # posts told at once, at most

    def routes(self) -> list[web.RouteDef]:
        versioned = "/{version:v[0-9]+[.][0-9]}/{node}"
        return [
            web.route("*", versioned, self.node),
            web.route("*", versioned + "/{edge}", self.node),
            web.route("*", f"/{PAGE}/{{edge}}", self.unversioned),
            web.post("/video-upload/{version}/{id}", self.take_reel),
        ]

    # who calls

    def unknown(self, request: web.Request) -> web.Response | None:
        """Return what is wrong with the token of a request, or its proof; None: nothing."""
        token = request.headers.get("Authorization", "").partition("Bearer ")[2] or request.query.get("access_token")
        if not token:
            words = "An active access token must be used to query information about the current user."
            return self.failed(400, 2500, 0, "OAuthException", words)
        if token not in (self.token, f"{APP}|{self.secret}"):
            words = "Invalid OAuth access token - Cannot parse access token"
            return self.failed(400, 190, 0, "OAuthException", words)
        said = request.query.get("appsecret_proof")
        if said is None and self.wants_proof:
            words = "API calls from the server require an appsecret_proof argument"
            return self.failed(400, 100, 0, "GraphMethodException", words)
        if said not in (None, hmac.new(self.secret.encode(), token.encode(), hashlib.sha256).hexdigest()):
            words = "Invalid appsecret_proof provided in the API argument"
            return self.failed(400, 100, 0, "GraphMethodException", words)
        return None

    async def unversioned(self, request: web.Request) -> web.StreamResponse:
        return self.bad("this endpoint is not called without a version", 12)

    async def node(self, request: web.Request) -> web.StreamResponse:
        if wrong := self.unknown(request):
            return wrong
        node = request.match_info["node"]
        match request.method, node, request.match_info.get("edge", ""):
            case "GET", ("me" | "app" | "debug_token"), "" if node != "me" or self.knows_me:
                return self.about(request, node)
            case "GET", id, "" if id == PAGE:
                return self.about(request, "me")
            case "POST", id, "photos" if id == PAGE:
                return await self.stage(request)
            case "POST", id, "feed" if id == PAGE:
                return await self.publishing(request, self.accept)
            case "GET", id, "published_posts" if id == PAGE:
                return self.listed(request)
            case "POST", id, ("videos" | "video_reels") as edge if id == PAGE:
                return await self.upload_film(request, edge)
            case method, id, "" if id in self.films:
                return await self.of_film(request, method, id)
            case method, id, edge if post := self.standing_post(id):
                return self.of_post(request, post, method, edge)
            case _:
                return self.not_there(request, node)

    def about(self, request: web.Request, node: str) -> web.Response:
        if node == "debug_token":
            if request.query.get("input_token") != self.token:
                return self.bad("Invalid OAuth access token.", 190)
            data = {"app_id": APP, "type": "PAGE", "is_valid": True, "profile_id": PAGE, "expires_at": self.expires_at}
            return web.json_response({"data": data})
        known = {"id": PAGE, "name": "Công an phường"} if node == "me" else {"id": APP, "name": "Loa"}
        wanted = [*request.query.get("fields", "").split(","), "id"]
        return web.json_response({name: value for name, value in known.items() if name in wanted})

    # posts

    async def stage(self, request: web.Request) -> web.Response:
        self.requests["media"] += 1
        held = await fields(request)
        content = held["source"][0] if isinstance(held.get("source"), tuple) else b""
        if not content.startswith(KINDS):
            return self.bad("Missing or invalid image file", 324)
        if len(content) > 4_000_000:
            return self.bad("Your photos couldn't be uploaded", 1, 1366046)
        photo = self.next_id() + "0001"
        self.photos[photo] = image(content, held.get("alt_text_custom", ""))
        if str(held.get("published", "true")).lower() != "false":
            self.keep(Public(f"{PAGE}_{self.next_id()}", held.get("message", ""), images=[self.photos[photo]]), [photo])
        return web.json_response({"id": photo})

    async def accept(self, request: web.Request) -> web.Response:
        held = await fields(request)
        text, media = str(held.get("message", "")), held.get("attached_media") or []
        media = json.loads(media) if isinstance(media, str) else media
        photos = [str(medium.get("media_fbid")) for medium in media]
        if wrong := self.wrong(text, photos, str(held.get("link", ""))):
            return wrong
        post = Public(f"{PAGE}_{self.next_id()}", text, images=[self.photos[photo] for photo in photos])
        self.keep(post, photos, str(held.get("link", "")))
        return web.json_response({"id": post.id})

    def wrong(self, text: str, photos: list[str], link: str) -> web.Response | None:
        spent = {photo for used in self.pictured.values() for photo in used}
        if not text.strip() and not photos and not link:
            return self.bad("You must provide either a message, or attached media")
        if len(text) > 63_206:
            return self.bad("Param message must be at most 63206 characters long")
        if link and photos:
            return self.bad("link and attached_media do not go together")
        if any(photo not in self.photos or photo in spent for photo in photos):
            return self.bad("Invalid parameter: attached_media")
        if link and not re.match(r"https?://[^/]+\.[^/]+", link):
            return self.bad("The url you supplied is invalid", 1500)
        if link and (urlsplit(link).hostname or "").endswith("facebook.com"):
            return self.bad("A link to Facebook cannot be shared", 200, 1609008)
        if link and urlsplit(link).hostname in self.unreadable:
            return self.bad("The link could not be scraped", 100, 1609005)
        newest = max(self.standing, key=lambda post: (post.at, post.id), default=None)
        if newest and not photos and newest.text == text and self.apps[newest.id] == APP:
            return self.bad("Duplicate status message", 506)
        return None

    def keep(self, post: Public, photos: list[str], link: str = "", app: str = APP) -> None:
        self.public.append(post)
        self.pictured[post.id], self.links[post.id], self.apps[post.id] = photos, link, app

    def speak(self, text: str, at: datetime | None = None, app: str = OTHER_APP) -> str:
        """Make a post public by other hands."""
        post = Public(f"{PAGE}_{self.next_id()}", text, at=at or datetime.now(UTC))
        self.keep(post, [], app=app)
        return post.id

    def standing_post(self, id: str) -> Public | None:
        return next((post for post in self.standing if post.id == id), None)

    def listed(self, request: web.Request) -> web.Response:
        self.requests["listed"] += 1
        newest = sorted(self.standing, key=lambda post: (post.at.replace(microsecond=0), post.id), reverse=True)
        begin = int(request.query.get("after") or 0)
        end = begin + min(int(request.query.get("limit", 25)), self.a_page, 100)
        data = [self.seen(post, request.query.get("fields", "created_time,message,id")) for post in newest[begin:end]]
        paging: JSON = {"cursors": {"before": str(begin), "after": str(end)}} if data else {}
        if end < len(newest):
            paging["next"] = f"{self.url}{request.path}?after={end}&access_token=***"
        return web.json_response({"data": data} | ({"paging": paging} if paging else {}))

    def seen(self, post: Public, wanted: str) -> JSON:
        """Return of a post what was asked for, and its id."""
        targets = [{"target": {"id": photo}} for photo in self.pictured[post.id]]
        album: JSON = {"target": {"id": "777"}, "type": "album", "subattachments": {"data": targets}}
        attached = [album] if len(targets) > 1 else targets
        if link := self.links[post.id]:
            attached = [{"target": {"url": f"https://l.facebook.com/l.php?u={link}"}, "type": "share"}]
        known: JSON = {
            "message": post.text,
            "created_time": post.at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "application": {"name": "Loa", "id": self.apps[post.id]} if self.apps[post.id] else None,
            "attachments": {"data": attached} if attached else None,
        }
        names = re.findall(r"\w+", re.sub(r"\{.*?\}+", "", wanted))
        if not re.search(r"attachments\{.*subattachments\{.*target", wanted) and len(targets) > 1:
            known["attachments"] = {"data": [{"target": {"id": "777"}}]}
        return {name: value for name, value in known.items() if name in names and value} | {"id": post.id}

    def of_post(self, request: web.Request, post: Public, method: str, edge: str) -> web.Response:
        if method == "DELETE" and not edge:
            if not self.may_delete:
                return self.not_there(request, post.id)
            post.gone = True
            return web.json_response({"success": True})
        if method == "GET" and edge == "insights":
            return self.insights(request)
        if method == "GET" and not edge:
            wanted = request.query.get("fields", "")
            if "summary" not in wanted:
                return web.json_response(self.seen(post, wanted))
            if not self.may_count:
                return self.bad("This endpoint requires the 'pages_read_user_content' permission", 10)
            counted = {
                name: {"data": [], "summary": {"total_count": n}} for n, name in ((7, "reactions"), (2, "comments"))
            }
            return web.json_response({"shares": {"count": 3}, **counted, "id": post.id})
        return self.not_there(request, post.id)

    def insights(self, request: web.Request) -> web.Response:
        self.requests["insights"] += 1
        names = [name for name in request.query.get("metric", "").split(",") if name]
        if not names:
            return self.bad("No metric was specified", 3001, 1504028)
        if any(name not in ALIVE or name in self.dead for name in names):
            return self.bad("The value must be a valid insights metric")
        numbers: JSON = {name: 40 + n for n, name in enumerate(ALIVE)} | {ALIVE[3]: {"like": 4, "love": 1}}
        told = [{"name": name, "period": "lifetime", "values": [{"value": numbers[name]}]} for name in names]
        return web.json_response({"data": told})

    # films

    async def upload_film(self, request: web.Request, edge: str) -> web.StreamResponse:
        held = await fields(request)
        match str(held.get("upload_phase")):
            case "start":
                return self.begin_film(held, edge)
            case "transfer" if edge == "videos":
                return self.take_chunk(request, held)
            case "finish" if str(held.get("published", "true")).lower() == "false" and edge == "videos":
                return self.close_film(held)
            case "finish":
                return await self.publishing(request, self.accept_film)
            case _:
                return self.bad("Invalid parameter: upload_phase")

    def begin_film(self, held: JSON, edge: str) -> web.Response:
        id = self.next_id() + "0002"
        size = int(held.get("file_size", 0))
        begun: JSON = {"size": size, "got": bytearray(), "session": f"s{id}", "closed": False, "published": False}
        self.films[id] = begun | {"reel": edge == "video_reels", "text": "", "looks": self.looks, "broken": False}
        self.requests["films"] += 1
        if edge == "video_reels":
            return web.json_response({"video_id": id, "upload_url": f"{self.url}/video-upload/v26.0/{id}"})
        if size < 1000:
            return self.bad("The file is too small", 382, 1363022)
        return web.json_response({"video_id": id, "upload_session_id": f"s{id}"} | self.wanted(self.films[id]))

    def wanted(self, film: JSON) -> JSON:
        at, step = len(film["got"]), max(10_000, film["size"] // 50)
        return {"start_offset": str(at), "end_offset": str(min(at + step, film["size"]))}

    def of_session(self, held: JSON) -> JSON | None:
        return next((f for f in self.films.values() if f["session"] == held.get("upload_session_id")), None)

    def take_chunk(self, request: web.Request, held: JSON) -> web.Response:
        film, chunk = self.of_session(held), held.get("video_file_chunk")
        if film is None or film["closed"]:
            return self.bad("Your upload session is over", 6001, 1363041)
        if int(held.get("start_offset", -1)) != len(film["got"]):
            words = "(#6001) There was a problem uploading your video file. Please try again with another file."
            more = {"error_data": self.wanted(film)}
            return self.failed(400, 6001, 1363037, "OAuthException", words, **more)
        assert isinstance(chunk, tuple)
        film["got"] += chunk[0]
        self.requests["media"] += 1
        if self.lost_chunks:
            self.lost_chunks -= 1
            return hang_up(request)
        return web.json_response(self.wanted(film))

    def close_film(self, held: JSON) -> web.Response:
        film = self.of_session(held)
        if film is None or film["closed"]:
            return self.bad("Your upload session is over", 6001, 1363041)
        if len(film["got"]) != film["size"]:
            return self.bad("The upload is not complete", 6001, 1363033)
        film["closed"], film["text"] = True, str(held.get("description", ""))
        if self.broken:
            self.broken, film["broken"] = self.broken - 1, True
        return web.json_response({"success": True})

    async def take_reel(self, request: web.Request) -> web.StreamResponse:
        film = self.films[request.match_info["id"]]
        if request.headers.get("Authorization") != f"OAuth {self.token}":
            told = {"retriable": False, "type": "NotAuthorizedError", "message": "who are you"}
            return web.json_response({"debug_info": told}, status=401)
        film["size"] = int(request.headers["file_size"])
        if int(request.headers["offset"]) != len(film["got"]):
            told = {"retriable": True, "type": "OffsetInvalidError", "message": "Request starting offset is invalid"}
            return web.json_response({"debug_info": told}, status=400)
        if (half := await self.half(request)) is not None:
            film["got"] += half
            return hang_up(request, reset=True)
        async for part in request.content.iter_chunked(1 << 20):
            film["got"] += part
        self.requests["media"] += 1
        film["closed"] = len(film["got"]) == film["size"]
        if self.broken:
            self.broken, film["broken"] = self.broken - 1, True
        return web.json_response({"success": True})

    def status_of(self, film: JSON) -> JSON:
        name = "uploading" if not film["closed"] else "error" if film["broken"] else "ready"
        if name == "ready" and film["looks"] > 0:
            film["looks"] -= 1
            name = "processing" if not film["reel"] else "uploading"
        processing: JSON = {"status": "error", "error": {"message": "no pictures"}} if film["broken"] else {}
        publishing = {"status": "complete", "publish_status": "published"} if film["published"] else {}
        return {
            "video_status": name,
            "uploading_phase": {"status": "in_progress", "bytes_transfered": len(film["got"])},
            "processing_phase": processing or {"status": "complete" if name == "ready" else "not_started"},
            "publishing_phase": publishing or {"status": "not_started"},
        }

    async def of_film(self, request: web.Request, method: str, id: str) -> web.StreamResponse:
        film = self.films[id]
        post: Public | None = film.get("post")
        if post is not None and post.gone:
            return self.not_there(request, id)
        match method:
            case "GET":
                known = {"published": film["published"], "status": self.status_of(film)}
                known |= {"post_id": post.id.partition("_")[2]} if post else {}
                wanted = [*request.query.get("fields", "").split(","), "id"]
                return web.json_response({n: v for n, v in (known | {"id": id}).items() if n in wanted})
            case "DELETE" if not self.may_delete:
                return self.not_there(request, id)
            case "DELETE":
                if post is not None:
                    post.gone = True
                return web.json_response({"success": True})
            case _:
                return await self.publishing(request, self.accept_film)

    async def accept_film(self, request: web.Request) -> web.Response:
        held = await fields(request)
        node = request.match_info["node"]
        film = self.of_session(held) or self.films.get(str(held.get("video_id", node)))
        if film is None or len(film["got"]) != film["size"] or film["broken"]:
            return self.bad("The video is not uploaded")
        if film["reel"] and held.get("video_state") != "PUBLISHED":
            return self.bad("Invalid parameter: video_state")
        if node in self.films and (not film["closed"] or film["looks"] > 0):
            return self.bad("The video is still being converted")
        if not film["published"]:
            film["closed"] = film["published"] = True
            id = next(name for name, known in self.films.items() if known is film)
            text = str(held.get("description", film["text"]))
            film["post"] = Public(f"{PAGE}_{self.next_id()}", text, films=[image(bytes(film["got"]))])
            self.keep(film["post"], [id])
        return web.json_response({"success": True})
