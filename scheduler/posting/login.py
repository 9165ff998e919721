"""Log in: what a person's consent brings becomes the live secrets of a channel, once they are proven to be its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.channels.consent import Consent
from scheduler.channels.contract import Account, Channel, Renewed
from scheduler.clock import micros
from scheduler.errors import ChannelError, Unauthorized
from scheduler.ledger import vault
from scheduler.posting.renew import Renewer


@dataclass(frozen=True)
class LoggedIn:
    """Whom the network says we are, until when that holds; `unproven` says why it could not be asked."""

    account: str
    ends: datetime | None
    unproven: str = ""


async def log_in(
    renewer: Renewer, channel: Channel, consent: Consent, brought: Mapping[str, str], *, by: str
) -> LoggedIn:
    """Redeem what the browser brought, prove the account, keep the secrets; Unauthorized keeps nothing of another's.

    The secrets are kept also when the network cannot be asked just now: a code is good only once.
    """
    redeem: Any = channel.redeem  # type: ignore[attr-defined]
    renewed: Renewed = await redeem(consent, brought)
    channel.revive = None  # what the vault holds is not what is to be proven
    channel.take(renewed.secrets, renewed.expires)
    unproven = ""
    try:
        account = await channel.check_account()
    except Unauthorized:
        raise
    except ChannelError as error:
        account, unproven = Account(channel.account), str(error)
    kept = renewer.seal(channel, renewed)
    at_us = micros(renewer.clock.now())
    await renewer.ledger.write(lambda c: vault.consent(c, channel.id, kept, by=by, at_us=at_us))
    return LoggedIn(account.name, renewed.ends, unproven)
