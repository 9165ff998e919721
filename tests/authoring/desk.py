"""A workspace for authors' tests: files are written, and everything that `loa check` says is read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

from PIL import Image

from scheduler.authoring.loader import Book, read_book
from scheduler.composing.compose import Composer
from scheduler.errors import Problem
from scheduler.planning.check import Checker
from scheduler.settings import Settings

NOW = datetime(2027, 5, 1, 1, tzinfo=UTC)  # 08:00 in Hanoi

CHANNELS = """\
channels:
  - {id: bang-tin, network: feed, account: bang-tin, unit: ha-noi, labels: [city]}
  - {id: masto, network: mastodon, account: "@a@b.example", base_url: "https://b.example", unit: ha-dong,
     credentials: {access_token: env:MASTO}}
  - {id: bsky, network: bluesky, account: a.example, credentials: {identifier: env:BSKY, app_password: env:BSKY}}
  - {id: tele, network: telegram, account: "@a", credentials: {bot_token: env:TELE}}
"""


@dataclass
class Desk:
    """One workspace; `at` is the present moment."""

    folder: Path
    secrets: Mapping[str, str] = field(default_factory=lambda: {"MASTO": "x", "BSKY": "x", "TELE": "x"})
    at: datetime = NOW
    known: Callable[[str, str], bool] = lambda campaign, message: False

    def write(self, name: str, content: str | bytes) -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else dedent(content).encode())
        return file

    def picture(self, name: str, size: int = 8) -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (size, size), "red").save(file)
        return file

    @property
    def settings(self) -> Settings:
        return Settings(self.folder, self.secrets)

    @property
    def composer(self) -> Composer:
        return Composer.of(self.book(), self.settings.zone)

    def book(self) -> Book:
        return read_book(self.folder)

    def check(self) -> list[Problem]:
        return Checker(self.book(), self.settings, self.composer, self.at, known=self.known).check()

    def says(self, content: str | bytes | None = None) -> list[str]:
        """Write `campaigns/c.yaml` and return every sentence about the workspace."""
        if content is not None:
            self.write("campaigns/c.yaml", content)
        return [("lưu ý: " if p.warning else "") + str(p).removeprefix("campaigns/") for p in self.check()]

    def about(self, message: str) -> list[str]:
        """Write a campaign of one good message with these lines added, and return what is said of it."""
        known = {line.split(":")[0].strip() for line in message.splitlines() if not line.startswith(" ")}
        lines = [*message.splitlines()]
        if not known & {"text", "template"}:
            lines.append("text: Biết để tránh.")
        if "when" not in known:
            lines.append('when: {on: "2027-06-01 08:00"}')
        if "id" not in known:
            lines.append("id: tin")
        body = "".join(f"    {line}\n" for line in lines)
        return self.says("campaign: c\nchannels: [bang-tin]\nmessages:\n  -\n" + body)
