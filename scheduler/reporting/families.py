"""Replicas of one model told as one: 126 units are a line, not a page; a replica is named `MODEL.UNIT`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from scheduler.text import say

FEWEST = 3  # replicas that are told as one


def families(names: Iterable[str]) -> dict[str, list[str]]:
    """Return the names of campaigns under what they are told as: themselves, or `MODEL.*` for many replicas."""
    listed = list(names)
    size = Counter(name.rpartition(".")[0] for name in listed)
    found: dict[str, list[str]] = {}
    for name in listed:
        model = name.rpartition(".")[0]
        found.setdefault(f"{model}.*" if model and size[model] >= FEWEST else name, []).append(name)
    return found


def summed(campaigns: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """Return counts by state under the names of families, with how many units a family has."""
    found: dict[str, dict[str, int]] = {}
    for name, members in families(campaigns).items():
        count: Counter[str] = Counter()
        for member in members:
            count.update(campaigns[member])
        units = say(f" ({len(members)} đơn vị)", f" ({len(members)} units)") if name not in campaigns else ""
        found[name + units] = dict(count)
    return found


def how_to_approve(names: Iterable[str]) -> str:
    """Return the command by which an officer looks at the first of these campaigns and approves it."""
    first = next(iter(families(names)))
    name, replicas = (first.removesuffix(".*"), " --replicas") if first.endswith(".*") else (first, "")
    return say(f"loa approve {name}{replicas} --by TÊN", f"loa approve {name}{replicas} --by NAME")
