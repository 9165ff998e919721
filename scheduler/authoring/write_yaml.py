"""A campaign written as its author would have: block scalars for texts, short things on one line, remarks above."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

ONE_LINE = 100  # characters of a list or pairs that stand on one line
_PLAIN = re.compile(r"[A-Za-zÀ-ỹ0-9](?:[\w.,/()+ -]*[\w.)])?")
_OTHER_THAN_TEXT = re.compile(r"[-+.\d_]+|~|null|true|false|yes|no|on|off|y|n", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def campaign_yaml(
    head: Mapping[str, Any], messages: Sequence[tuple[Sequence[str], Mapping[str, Any]]], comments: Iterable[str] = ()
) -> str:
    """Return the file of a campaign. Every message has the remarks that stand above it; empty values are left out.

    Values are texts, lists, pairs, true and false (which the reader gives back as text): what is written here is read there, to the letter.
    """
    lines = [_comment(line) for line in comments]
    lines += _pairs(head, "")
    lines.append("messages:")
    for i, (remarks, message) in enumerate(messages):
        if i:
            lines.append("")
        lines += [f"  {_comment(remark)}" for remark in remarks]
        first, *rest = _pairs(message, "    ")
        lines += [f"  - {first.lstrip()}", *rest]
    return "\n".join(lines) + "\n"


def _comment(text: str) -> str:
    words = " ".join(text.split())
    return words if words.startswith("# yaml-language-server:") else f"# {words}".rstrip()


def _pairs(values: Mapping[str, Any], indent: str) -> list[str]:
    lines: list[str] = []
    for key, value in values.items():
        if value not in (None, "", [], (), {}):
            lines += _pair(key, value, indent)
    return lines


def _pair(key: str, value: Any, indent: str) -> list[str]:
    start = f"{indent}{_key(key)}:"
    if isinstance(value, str):
        if "\n" in value or key == "text":
            return _block(f"{start} {'|' if key == 'text' else '|-'}", value, indent + "  ")
        return [f"{start} {_scalar(value)}"]
    flow = _flow(value)
    if flow is not None and len(flow) <= ONE_LINE:
        return [f"{start} {flow}"]
    if isinstance(value, Mapping):
        return [start, *_pairs(value, indent + "  ")]
    return [start, *(line for entry in value for line in _entry(entry, indent + "  "))]


def _entry(value: Any, indent: str) -> list[str]:
    flow = _flow(value)
    if flow is not None:
        return [f"{indent}- {flow}"]
    if isinstance(value, str):
        start, *rest = _block(f"{indent}- |-", value, indent + "  ")
        return [start, *rest]
    first, *rest = _pairs(value, indent + "  ")
    return [f"{indent}- {first.lstrip()}", *rest]


def _block(start: str, text: str, indent: str) -> list[str]:
    """Return a text as a literal block (the start ends in its sign), or in quotes when a block would not keep it."""
    rows = text.split("\n")
    if not text.strip() or text.startswith("\n") or text.endswith("\n") or text[0] in " \t" or not _printable(text):
        return [f"{start.rpartition(' ')[0]} {_quoted(text)}"]
    return [start, *(f"{indent}{row}" if row else "" for row in rows)]


def _printable(text: str) -> bool:
    return not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]", text)


def _flow(value: Any) -> str | None:
    """Return lists and pairs of short things on one line; None: it needs more than one."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return None if "\n" in value else _scalar(value, flow=True)
    if isinstance(value, Mapping):
        parts = [(_key(k), _flow(v)) for k, v in value.items()]
        return None if any(v is None for _, v in parts) else "{" + ", ".join(f"{k}: {v}" for k, v in parts) + "}"
    entries = [_flow(entry) for entry in value]
    return None if any(e is None for e in entries) else "[" + ", ".join(e for e in entries if e is not None) + "]"


def _key(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z][\w.-]*", text) else _quoted(text)


def _scalar(text: str, *, flow: bool = False) -> str:
    plain = _PLAIN.fullmatch(text) and not _OTHER_THAN_TEXT.fullmatch(text) and not (flow and "," in text)
    return text if plain or _DATE.fullmatch(text) else _quoted(text)


def _quoted(text: str) -> str:
    escaped = json.dumps(text, ensure_ascii=False)  # JSON's quotes are YAML's
    unprintable = "[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]"
    return re.sub(unprintable, lambda found: f"\\u{ord(found[0]):04x}", escaped)
