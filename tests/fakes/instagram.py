"""Instagram: one professional account, reached by the token of its Page (graph.facebook.com) or by its own."""

from __future__ import annotations

from aiohttp import web

from tests.fakes.containers import ContainersFake
from tests.fakes.server import JSON, fields

PAGE = "104857600123456"


class InstagramFake(ContainersFake):
    network = "instagram"
    account = "17841400008460056"
    use_case = "instagram", 80002
    grant = "ig"
    version = "v26.0"
    edge, posts, quota_edge = "media", "media", "content_publishing_limit"
    state, why, words = "status_code", "status", "caption"
    alive = ("views", "reach", "likes", "comments", "shares")
    kinds = {"JPEG": "image/jpeg"}
    suffix = 24, 2207008
    page_token = "EAAB-page-token-of-instagram-5tR8"

    def wrong(self, held: JSON) -> web.Response | None:
        text = str(held.get("caption", ""))
        child = held.get("is_carousel_item") == "true"
        if child and text:
            return self.bad("a child has no caption")
        if len(text) > 2200:
            return self.bad("The caption is too long", 36004, 2207010)
        if text.count(" #") > 5:
            return self.bad("Too many hashtags")
        if held.get("media_type", "IMAGE") not in ("IMAGE", "CAROUSEL", "REELS"):
            return self.bad("Unknown media type", 100, 2207023)
        if "video_url" in held and (held.get("media_type") != "REELS" or "alt_text" in held):
            return self.bad("A video is a reel, and has no alt_text")
        if not any(held.get(name) for name in ("image_url", "video_url", "children")):
            return self.bad("The parameter image_url is required")
        return None

    def misshapen(self, ratio: float) -> web.Response | None:
        if not 0.8 <= ratio <= 1.91:
            return self.bad("The submitted image has an aspect ratio that is not supported", 36003, 2207009)
        return None

    # logging in at Facebook

    def routes(self) -> list[web.RouteDef]:
        facebook = f"/{self.version}"
        return [
            web.get(f"{facebook}/dialog/oauth", self.authorize),
            web.post(f"{facebook}/oauth/access_token", self.first_token),
            web.get(f"{facebook}/oauth/access_token", self.user_token),
            web.get(f"{facebook}/me/accounts", self.pages),
            *super().routes(),
        ]

    async def first_token(self, request: web.Request) -> web.Response:
        if "dialog" in request.path or request.path.startswith(f"/{self.version}"):
            return await super().first_token(request)
        if wrong := self.wrong_code(await fields(request)):
            return wrong
        return web.json_response({"data": [{"access_token": self.fresh("short"), "user_id": self.account}]})

    async def user_token(self, request: web.Request) -> web.Response:
        asked = request.query
        if (asked.get("grant_type"), asked.get("client_secret")) != ("fb_exchange_token", self.app_secret):
            return self.bad("Error validating client secret.", 101)
        if asked.get("fb_exchange_token") not in self.tokens:
            return self.error(401)
        return self.of_long_life(self.fresh("user"))

    async def pages(self, request: web.Request) -> web.Response:
        if wrong := self.unknown(request):
            return wrong
        self.tokens.add(self.page_token)
        other = {"id": "1", "access_token": "another-pages-token"}
        ours = {"id": PAGE, "access_token": self.page_token, "instagram_business_account": {"id": self.account}}
        return web.json_response({"data": [other, ours]})
