"""The alarm: tells somebody, once a trouble, by e-mail and by a webhook, with the remedy in the text."""

from __future__ import annotations

import asyncio
import json
import logging
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from scheduler import clock
from scheduler.channels.http import Wire
from scheduler.errors import ChannelError
from scheduler.ledger import counts
from scheduler.ledger.guard import running
from scheduler.ledger.moves import beat
from scheduler.posting.threads import LedgerThreads
from scheduler.reporting.status import status
from scheduler.reporting.trouble import Trouble
from scheduler.settings import Settings
from scheduler.text import say

log = logging.getLogger("loa")

MEMORY = "alarm"  # the sign of life under which the ledger keeps what was told
PATIENCE = 20  # seconds


@dataclass
class Alarm:
    """Watches the status of one ledger. What was told is remembered until it is over, also by the next daemon."""

    ledger: LedgerThreads
    settings: Settings
    wire: Wire

    @property
    def wanted(self) -> bool:
        return bool(self.settings.alert_email or self.settings.alert_webhook)

    async def look(self) -> None:
        """Tell of every trouble that is new since the last look."""
        now = clock.now()
        holder = running(self.settings.var)
        here = await self.ledger.read(lambda c: status(c, now=now, zone=self.settings.zone, holder=holder))
        beats = await self.ledger.read(counts.beats)
        told = set(json.loads(beats[MEMORY].detail)) if MEMORY in beats else set()
        new = [trouble for trouble in here.troubles if trouble.urgent and trouble.name not in told]
        if new and not await self._tell(new):
            return  # nobody was reached: told again at the next look
        still = sorted({trouble.name for trouble in here.troubles if trouble.urgent})
        if set(still) != told:
            await self.ledger.write(lambda c: beat(c, MEMORY, clock.micros(now), json.dumps(still)))

    async def _tell(self, troubles: Sequence[Trouble]) -> bool:
        reached = []
        if self.settings.alert_email:
            reached.append(await self._by_email(troubles))
        if self.settings.alert_webhook:
            reached.append(await self._by_webhook(troubles))
        return any(reached)

    async def _by_email(self, troubles: Sequence[Trouble]) -> bool:
        letter = EmailMessage()
        letter["Subject"] = say(f"Loa cần một người: {troubles[0].what}", f"Loa needs a person: {troubles[0].what}")[
            :150
        ]
        letter["To"] = self.settings.alert_email
        letter["From"] = self.settings.alert_from or self.settings.alert_email
        letter.set_content("\n\n".join(f"{t.what}\n  -> {t.remedy}" for t in troubles))
        try:
            await asyncio.to_thread(_send, self.settings.alert_smtp_url, letter)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            log.error("the alarm's e-mail did not go out: %s", type(error).__name__)
            return False
        return True

    async def _by_webhook(self, troubles: Sequence[Trouble]) -> bool:
        said = {"text": "\n".join(f"{t.what} -> {t.remedy}" for t in troubles)}
        try:
            request = self.wire.build("POST", self.settings.alert_webhook, json=said)
            await self.wire.send(request, lambda answer: None, hide=[self.settings.alert_webhook], publishing=False)
        except ChannelError as error:
            log.error("the alarm's webhook did not take it: %s", error)
            return False
        return True


def _send(smtp_url: str, letter: EmailMessage) -> None:
    """Send by smtp://user:password@host:port or smtps://...; without a user, without a login."""
    at = urlsplit(smtp_url or "smtp://localhost:25")
    secure = at.scheme == "smtps"
    kind = smtplib.SMTP_SSL if secure else smtplib.SMTP
    with kind(at.hostname or "localhost", at.port or (465 if secure else 25), timeout=PATIENCE) as server:
        if at.username and not secure:
            server.starttls()
        if at.username:
            server.login(unquote(at.username), unquote(at.password or ""))
        server.send_message(letter)
