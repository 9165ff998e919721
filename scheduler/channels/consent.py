"""A consent: a person says in the browser that we may speak for an account, and the browser brings a code back."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from scheduler.errors import Rejected
from scheduler.text import say


@dataclass(frozen=True)
class Consent:
    """One asking: where the browser comes back to, and what proves that an answer is the one to it (PKCE, RFC 7636)."""

    redirect: str
    state: str = field(default_factory=lambda: secrets.token_urlsafe(16), repr=False)
    verifier: str = field(default_factory=lambda: _verifier(), repr=False)

    @property
    def challenge(self) -> str:
        """What is shown of the verifier beforehand: its SHA-256, base64url without padding."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()

    def read(self, pasted: str) -> dict[str, str]:
        """Return what was brought back, from the whole address or from the bare code; Rejected when it is neither."""
        pasted = pasted.strip()
        if "?" in pasted or "/" in pasted:
            return self.accept(dict(parse_qsl(urlsplit(pasted).query)))
        return self.accept({"code": pasted, "state": self.state})

    def accept(self, brought: dict[str, str]) -> dict[str, str]:
        """Return what an address says after its `?`; Rejected when it answers another question, or is no yes."""
        if brought.get("state") != self.state:
            raise Rejected(
                say(
                    "địa chỉ này không thuộc lần đăng nhập này; chạy lại loa login và dùng địa chỉ mới",
                    "this address does not belong to this login; run loa login again and use the new address",
                )
            )
        if not brought.get("code"):
            told = brought.get("error_description") or brought.get("error") or "?"
            raise Rejected(
                say(
                    f"chưa có mã đồng ý trong địa chỉ này ({told}); bấm Đồng ý trên trang của mạng rồi dán địa chỉ sau đó",
                    f"there is no code in this address ({told}); agree on the network's page, then paste what follows",
                )
            )
        return brought


def _verifier() -> str:
    """Return 43 letters and digits, of which some are large, some small and some digits."""
    while True:
        drawn = secrets.token_urlsafe(32)
        if any(c.isupper() for c in drawn) and any(c.islower() for c in drawn) and any(c.isdigit() for c in drawn):
            return drawn
