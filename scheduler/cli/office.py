"""What every command starts from: the workspace, its settings, its book and its ledger."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated

import typer

from scheduler import clock
from scheduler.authoring.campaign import Message
from scheduler.authoring.loader import Authored, Book, read_book
from scheduler.channels.http import Wire
from scheduler.composing.compose import Composer
from scheduler.errors import CampaignError, NotFoundInLedger, Problem, SettingsError
from scheduler.ledger import counts, plans, waits
from scheduler.ledger.database import Database
from scheduler.planning.check import Checker
from scheduler.planning.sending_on import counted, month_of
from scheduler.planning.waivers import Waived
from scheduler.posting.accounts import Accounts
from scheduler.posting.renew import Renewer
from scheduler.posting.threads import LedgerThreads
from scheduler.registers.moments import parse_date
from scheduler.settings import Settings, load
from scheduler.text import did_you_mean, say

Json = Annotated[bool, typer.Option("--json", help=say("In ra JSON cho máy đọc", "Print JSON for machines"))]
By = Annotated[str, typer.Option("--by", help=say("Tên người ra lệnh (mặc định: LOA_USER)", "Who gives the order"))]
Why = Annotated[str, typer.Option("--why", help=say("Lý do, ghi vào sổ cái", "The reason, kept in the ledger"))]
Key = Annotated[str, typer.Argument(help=say("Mã của lần đăng: chiến-dịch/thông-điệp@lượt/kênh", "The delivery's key"))]


@dataclass
class Office:
    """One workspace, opened by a command."""

    workspace: Path
    waived: list[Waived] = field(default_factory=list)  # what the last check found and its authors let pass

    @cached_property
    def settings(self) -> Settings:
        return load(self.workspace)

    @cached_property
    def book(self) -> Book:
        return read_book(self.settings.workspace)

    @cached_property
    def composer(self) -> Composer:
        return Composer.of(self.book, self.settings.zone)

    @cached_property
    def now(self) -> datetime:
        return clock.now()

    def day(self, on: str | None) -> date:
        """Return the day that an option `--on` names, today when it names none; SettingsError when it is no day."""
        if not on:
            return self.now.astimezone(self.settings.zone).date()
        try:
            found: date = parse_date(on)
        except ValueError as error:
            raise SettingsError(f"--on: {error}") from None
        return found

    @property
    def at_us(self) -> int:
        return clock.micros(clock.now())

    @cached_property
    def database(self) -> Database:
        return Database(self.settings.database, self.settings.database_limits)

    @property
    def has_ledger(self) -> bool:
        """Whether there is a ledger already; `loa check` makes none."""
        return bool(self.settings.database_url) or (self.settings.var / "loa.db").exists()

    @asynccontextmanager
    async def accounts(self) -> AsyncIterator[Accounts]:
        """The channels, as a command speaks on them."""
        threads = LedgerThreads(self.database)
        threads.hurry = True  # a person waits
        try:
            async with Wire(self.settings.timeout) as wire:
                renewer = Renewer(threads, self.settings)
                yield Accounts(self.book, self.settings, wire, renewer=renewer)
                await renewer.close()
        finally:
            threads.close()

    def who(self, by: str) -> str:
        return by or self.settings.who

    def check(self, book: Book | None = None) -> list[Problem]:
        """Return every problem of the workspace, or of a book with drafts in it."""
        book = book or self.book
        if not self.has_ledger:
            return self._checked(Checker(book, self.settings, self.composer, self.now))
        zone = self.settings.zone
        with self.database.reading() as connection:
            return self._checked(
                Checker(
                    book,
                    self.settings,
                    self.composer,
                    self.now,
                    counts.learnt(connection),
                    lambda campaign, message: bool(plans.planned(connection, campaign, message)),
                    waits.said_since(connection, counted(book), clock.micros(month_of(self.now, zone)[0])),
                )
            )

    def _checked(self, checker: Checker) -> list[Problem]:
        problems = checker.check()
        self.waived = checker.waived
        return problems

    def must_know(self, campaign: str | None) -> None:
        """Raise NotFoundInLedger for a campaign that stands neither in the files nor in the ledger."""
        names = {authored.campaign.campaign for authored in self.book.campaigns} | self.book.unread
        if campaign is None or campaign in names:
            return
        with self.database.reading() as connection:
            names |= set(counts.by_campaign(connection))
        if campaign not in names:
            hint = did_you_mean(campaign, names)
            raise NotFoundInLedger(
                say(f"không có chiến dịch {campaign}{hint}", f"there is no campaign {campaign}{hint}")
            )

    def message(self, what: str) -> tuple[Authored, Message]:
        """Return the message CAMPAIGN/MESSAGE; NotFoundInLedger names the nearest, CampaignError a broken file."""
        names = {f"{a.campaign.campaign}/{m.id}": (a, m) for a in self.book.campaigns for m in a.campaign.messages}
        if what not in names:
            campaign = what.partition("/")[0]
            if campaign in self.book.undecided and all(problem.warning for problem in self.book.problems):
                vi = f"{campaign} chờ người quyết định, vì mô hình đã đổi sau khi đơn vị viết khác; xem: loa check"
                en = f"{campaign} waits for a decision, as its model has changed since it deviated; see: loa check"
                raise NotFoundInLedger(say(vi, en))
            if self.book.problems and campaign in self.book.unread:
                raise CampaignError(self.book.problems)
            hint = did_you_mean(what, names)
            raise NotFoundInLedger(say(f"không có thông điệp {what}{hint}", f"there is no message {what}{hint}"))
        return names[what]

    def messages(self, what: str) -> list[tuple[Authored, Message]]:
        """Return the message CAMPAIGN/MESSAGE, or all messages of CAMPAIGN; errors as `message` has them."""
        whole = [(a, m) for a in self.book.campaigns if a.campaign.campaign == what for m in a.campaign.messages]
        return whole or [self.message(what)]

    def must_be_clean(self) -> list[Problem]:
        """Return the warnings, or raise CampaignError with everything."""
        problems = self.check()
        if any(not problem.warning for problem in problems):
            raise CampaignError(problems)
        return problems


def office(context: typer.Context) -> Office:
    """Return the office that the command was called for."""
    found = context.obj
    assert isinstance(found, Office)
    return found


def write_file(file: Path, content: bytes) -> None:
    """Write what a person asked for into a file; SettingsError when it cannot be written."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    except OSError as error:
        words = say("không ghi được; xem lại quyền ghi và đường dẫn", "cannot be written; look at path and permissions")
        raise SettingsError(f"{file}: {words} ({error.strerror})") from None


@contextmanager
def quietly() -> Iterator[None]:
    """End without a traceback when the reader of our output has gone (`loa deliveries | head`)."""
    try:
        yield
    except BrokenPipeError:
        os._exit(0)
