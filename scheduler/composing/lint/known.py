"""What an office knows that its posts are held against: its hotlines, and the sites and mail it may lead to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from scheduler.authoring.loader import Book
from scheduler.registers.hotlines import Hotlines

STATE = ("gov.vn",)


@dataclass(frozen=True)
class Known:
    """The hotlines and the allowed domains of one office. `strict`: the office keeps a list of its own."""

    hotlines: Hotlines = field(default_factory=Hotlines)
    links: frozenset[str] = frozenset(STATE)
    mail: frozenset[str] = frozenset(STATE)
    strict: bool = False

    def may_lead_to(self, host: str) -> bool:
        """Whether a post may lead to this host."""
        return _lies_below(host, self.links)

    def may_name_mail(self, domain: str) -> bool:
        """Whether a post may name an address of this domain."""
        return _lies_below(domain, self.mail)


def known_to(book: Book) -> Known:
    """Return what the office of a book knows."""
    hosts = {urlsplit(entry.base_url).hostname or "" for entry in book.channels.values() if entry.base_url}
    hosts |= {entry.account.rpartition("@")[2].lower() for entry in book.channels.values() if "." in entry.account}
    hosts |= {host.lower() for entry in book.hotlines.entries for host in re.findall(r"[\w.-]+\.\w+", entry.address)}
    return Known(
        hotlines=book.hotlines,
        links=frozenset({*STATE, *hosts, *book.allowed.links}),
        mail=frozenset({*STATE, *book.allowed.mail}),
        strict=book.allowed.there,
    )


def _lies_below(host: str, domains: frozenset[str]) -> bool:
    parts = host.lower().strip(".").split(".")
    return any(".".join(parts[i:]) in domains for i in range(len(parts)))
