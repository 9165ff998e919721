"""How Meta's networks say that something is wrong, whichever of them it is."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from aiohttp import web

from tests.fakes.server import JSON, Fake

NOT_THERE = (
    "Unsupported {} request. Object with ID '{}' does not exist, cannot be loaded due to missing permissions, "
    "or does not support this operation"
)
Error = tuple[int, int, int, str, str]  # status, code, subcode, type, message


class GraphFake(Fake):
    account: ClassVar[str]
    use_case: ClassVar[tuple[str, int]]  # its name in the header of usage, and the code when it is used up
    errors: ClassVar[dict[int, Error]] = {
        401: (400, 190, 460, "OAuthException", "Error validating access token: the session has been invalidated"),
        403: (403, 200, 0, "OAuthException", "(#200) The user hasn't authorized the application to do this"),
        404: (400, 100, 33, "GraphMethodException", NOT_THERE.format("post", "1")),
        500: (500, 2, 0, "OAuthException", "An unexpected error has occurred. Please retry your request later."),
    }

    # errors

    def failed(self, status: int, code: int, subcode: int, kind: str, words: str, **more: Any) -> web.Response:
        error: JSON = {"message": words, "type": kind, "code": code, "fbtrace_id": "AbCdEfGhIjK"} | more
        if subcode:
            error["error_subcode"] = subcode
        return web.json_response({"error": error}, status=status)

    def error(self, status: int, words: str = "") -> web.Response:
        answered, code, subcode, kind, usual = self.errors[status]
        return self.failed(answered, code, subcode, kind, words or usual, is_transient=status == 500)

    def bad(self, words: str, code: int = 100, subcode: int = 0) -> web.Response:
        return self.failed(400, code, subcode, "OAuthException", f"(#{code}) {words}")

    def refused(self, words: str) -> web.Response:
        return self.bad(words)

    def not_there(self, request: web.Request, id: str) -> web.Response:
        words = NOT_THERE.format(request.method.lower(), id)
        return self.failed(400, 100, 33, "GraphMethodException", words)

    def too_many(self, seconds: float) -> web.Response:
        """Meta says whole minutes; parts of one are for who tests and will not wait."""
        answer = self.bad("There have been too many calls to this account.", self.use_case[1], 2446079)
        used = {"type": self.use_case[0], "call_count": 100, "total_cputime": 3, "total_time": 4}
        told = {self.account: [used | {"estimated_time_to_regain_access": seconds / 60}]}
        answer.headers["X-Business-Use-Case-Usage"] = json.dumps(told)
        return answer

    def expire(self) -> web.Response | None:
        return self.failed(400, 190, 463, "OAuthException", "Error validating access token: Session has expired")
