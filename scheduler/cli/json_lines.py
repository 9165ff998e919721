"""The log for machines: one JSON object a line (LOA_LOG=json), with the delivery that a line speaks of."""

from __future__ import annotations

import json
import logging
import re
from datetime import datetime, tzinfo
from typing import Any

from scheduler.ledger.delivery import State, name_of

_KEY = re.compile(r"[^/@\s]+/[^/@\s]+@[^/\s]+/(?P<channel>[^/\s]+)")
_URL = re.compile(r"https?://\S+")


class JsonLines(logging.Formatter):
    """Time with its offset, level, message; of a delivery also event, key, channel, state, and its url or why."""

    def __init__(self, zone: tzinfo | None = None) -> None:
        super().__init__()
        self.zone = zone

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, self.zone)
            .astimezone(self.zone)
            .isoformat("T", "milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            **_of_a_delivery(record),
            "message": " ".join(record.getMessage().split("  ")).strip(),
        }
        if record.exc_info:
            said["trace"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


def _of_a_delivery(record: logging.LogRecord) -> dict[str, str]:
    """Return what a line `state  key  details` says, by name; nothing for any other line."""
    match record.args:
        case (str(words), str(key), str(details)) if named := _KEY.fullmatch(key):
            said = {"key": key, "channel": named["channel"]}
            if state := next((s.value for s in State if words.startswith(name_of(s))), ""):
                said |= {"event": state, "state": state}
            if details:
                said |= {"url" if _URL.fullmatch(details) else "why": details}
            return said
    return {}
