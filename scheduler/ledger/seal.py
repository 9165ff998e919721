"""The seal: secrets lie in the ledger encrypted, under keys that stand in the environment and nowhere else.

Several keys, the newest first: what an older one has sealed can be read, and is sealed anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from scheduler.errors import SettingsError, Unauthorized
from scheduler.text import say


@dataclass(frozen=True)
class Pair:
    """The live secrets of a channel by the names of its credentials. `first`: of which first secrets they come."""

    secrets: Mapping[str, str] = field(repr=False)
    first: str = ""


class Seal:
    """Closes and opens under the keys of LOA_VAULT_KEY; SettingsError when one of them is no key."""

    def __init__(self, keys: str) -> None:
        from cryptography.fernet import Fernet, InvalidToken, MultiFernet  # megabytes, for who has keys

        self._invalid = InvalidToken
        names = [key.strip() for key in keys.split(",") if key.strip()]
        try:
            self._fernets = [Fernet(key) for key in names]
            self._all = MultiFernet(self._fernets)
        except ValueError:
            raise SettingsError(
                say(
                    "LOA_VAULT_KEY có khoá sai: mỗi khoá dài 44 ký tự, cách nhau bằng dấu phẩy; khoá mới: loa login KÊNH",
                    "LOA_VAULT_KEY holds what is no key: each has 44 characters, a comma between two; a new one: loa login",
                )
            ) from None

    def close(self, channel: str, pair: Pair) -> str:
        """Return a pair as the ledger keeps it, bound to its channel."""
        said = {"channel": channel, "secrets": dict(pair.secrets), "first": pair.first}
        return self._all.encrypt(json.dumps(said).encode()).decode()

    def open(self, channel: str, sealed: str) -> Pair:
        """Return what was sealed for this channel; Unauthorized when our keys do not open it."""
        try:
            said = json.loads(self._all.decrypt(sealed))
        except self._invalid:
            said = {}
        if said.get("channel") != channel:
            raise Unauthorized(
                say(
                    f"LOA_VAULT_KEY không mở được mã truy cập của kênh {channel}; "
                    f"đặt lại khoá cũ (thêm vào sau dấu phẩy), hoặc: loa login {channel}",
                    f"LOA_VAULT_KEY does not open the token of {channel}; "
                    f"put the old key back (after a comma), or: loa login {channel}",
                )
            )
        return Pair(said["secrets"], said["first"])

    def anew(self, sealed: str) -> str | None:
        """Return the same under the newest key; None when it is already, or cannot be opened."""
        try:
            self._fernets[0].decrypt(sealed)
        except self._invalid:
            pass
        else:
            return None
        try:
            return self._all.rotate(sealed).decode()
        except self._invalid:
            return None


def new_key() -> str:
    """Return a fresh key for LOA_VAULT_KEY."""
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()


def mark(secrets: Mapping[str, str]) -> str:
    """Return what tells one set of first secrets from another, and nothing of them; of none it is empty."""
    said = json.dumps(sorted(secrets.items()))
    return hashlib.sha256(said.encode()).hexdigest()[:16] if secrets else ""
