"""Reads `laws.yaml`, and finds every mistake in it: dates that cannot be, texts that stand twice, chains that break."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import ClassVar, Literal, TypeVar

from pydantic import BaseModel

from scheduler.errors import Problem
from scheduler.registers.law import Law, LawDay, Mode, PerhapsLawDay, name_key, number_key, shown_date
from scheduler.registers.laws import Case, Laws, Trap
from scheduler.registers.source import Source, Strict, open_source
from scheduler.text import did_you_mean, say

KEYS = ("register", "texts", "families", "citation_traps", "checks")

M = TypeVar("M", bound=BaseModel)


class Head(Strict):
    """What the file says of itself."""

    EXAMPLE: ClassVar[str] = '{version: 1, checked_on: "2026-11-24"}'

    version: str = ""
    checked_on: PerhapsLawDay = None
    horizon: str = ""
    official_lookup: tuple[str, ...] = ()


class WrongCitation(Strict):
    """What circulates: a number together with words, or a whole phrase."""

    EXAMPLE: ClassVar[str] = '{number: "91/2025/QH15", with_words: ["sửa đổi"]}'

    number: str = ""
    with_words: tuple[str, ...] = ()
    text: str = ""


class TrapEntry(Strict):
    """A citation that circulates wrongly, and what is right."""

    EXAMPLE: ClassVar[str] = '{wrong: {number: ..., with_words: [...]}, right: "86/2025/QH15"}'

    wrong: WrongCitation
    right: str
    seen_at: str = ""


class CaseEntry(Strict):
    """A case that the rule must decide so."""

    EXAMPLE: ClassVar[str] = '{cite: "120/2025/QH15", mode: basis, post_on: "2026-07-01", expect: ok}'

    cite: str
    mode: Mode
    post_on: LawDay
    expect: Literal["ok", "warn", "refuse"]
    suggest: str = ""


def read_laws(file: Path, shown: Path) -> tuple[Laws, list[Problem]]:
    """Read `laws.yaml`; a missing file is an empty register, of which nothing is enforced."""
    if not file.exists():
        return Laws(), []
    source = open_source(file, shown)
    if not isinstance(source.values, dict):
        if not source.problems:
            source.report((), say("phải có texts: [...], danh sách văn bản", "must hold texts: [...], a list of texts"))
        return Laws(present=True, whole=False), source.problems
    _refuse_unknown_keys(source)
    if "register" in source.values:
        source.read(Head, source.values["register"] or {}, ("register",))
    texts = _each(source, "texts", Law)
    _check_texts(source, texts)
    traps, cases = _each(source, "citation_traps", TrapEntry), _each(source, "checks", CaseEntry)
    families = _families(source, texts)
    laws = Laws(
        texts=tuple(texts.values()),
        families=families,
        traps=tuple(Trap(t.right, t.wrong.number, t.wrong.with_words, t.wrong.text) for t in traps.values()),
        cases=tuple(Case(c.cite, c.mode, c.post_on, c.expect, c.suggest) for c in cases.values()),
        present=True,
        whole=all(problem.warning for problem in source.problems),
    )
    return laws, source.problems


def _refuse_unknown_keys(source: Source) -> None:
    listed = ", ".join(KEYS)
    for key in source.values:
        if key not in KEYS:
            hint = did_you_mean(key, KEYS)
            words = say(f"không có khoá này{hint} (các khoá: {listed})", f"no such key{hint} (keys: {listed})")
            source.report((key,), words)
    if "texts" not in source.values:
        source.report((), say("thiếu texts, danh sách văn bản", "texts, the list of legal texts, is missing"))


def _each(source: Source, key: str, model: type[M]) -> dict[int, M]:
    """Return the entries of a list that could be read, by their place in it: a wrong one does not hide the others."""
    values = source.values.get(key)
    if key in source.values and not isinstance(values, list):
        source.report((key,), say("phải là danh sách, mỗi mục bắt đầu bằng -", "must be a list, each entry after -"))
    listed = values if isinstance(values, list) else []
    read = {i: source.read(model, {} if entry is None else entry, (key, i)) for i, entry in enumerate(listed)}
    return {i: entry for i, entry in read.items() if entry is not None}


# --- what a single text cannot show ---------------------------------------------------------------------------------


def _check_texts(source: Source, texts: Mapping[int, Law]) -> None:
    _check_dates(source, texts)
    _check_twice(source, texts)
    _check_chains(source, texts)


def _check_dates(source: Source, texts: Mapping[int, Law]) -> None:
    for i, law in texts.items():
        if law.effective_to is not None and law.effective_to <= law.effective_from:
            words = say(
                f"effective_to ({shown_date(law.effective_to)}) phải sau effective_from "
                f"({shown_date(law.effective_from)}); effective_to là ngày đầu tiên không còn hiệu lực",
                "effective_to must lie after effective_from (it is the first day on which the text applies no longer)",
            )
            source.report(("texts", i, "effective_to"), words)
        if law.issued is not None and law.issued > law.effective_from:
            words = say(
                f"ban hành ({shown_date(law.issued)}) sau ngày có hiệu lực ({shown_date(law.effective_from)})? xem lại",
                "issued after it came into force? look again",
            )
            source.report(("texts", i, "issued"), words, warning=True)
        if law.superseded_by is not None and law.effective_to is None:
            words = say(
                f"đã có văn bản thay thế ({law.superseded_by}); thêm effective_to, ngày đầu tiên không còn hiệu lực",
                f"there is a successor ({law.superseded_by}); add effective_to, the first day without force",
            )
            source.report(("texts", i, "superseded_by"), words, warning=True)


def _check_twice(source: Source, texts: Mapping[int, Law]) -> None:
    ids: dict[str, int] = {}
    acts: dict[tuple[str, date | None], int] = {}
    aliases: dict[str, int] = {}
    for i, law in texts.items():
        if law.id in ids:
            _report_twice(source, i, "id", law.id, ids[law.id])
        ids.setdefault(law.id, i)
        bare = law.key.count("/") == 1  # an act without a year in its number: its date tells it from others
        act = law.key, law.issued if bare else None
        if act in acts:
            _report_same_number(source, i, law, acts[act], texts[acts[act]])
        acts.setdefault(act, i)
        for j, alias in enumerate(law.aliases):
            first = aliases.setdefault(name_key(alias), i)
            if first != i:
                other = texts[first].number
                words = say(f'"{alias}" đã là tên gọi của {other}', f'"{alias}" is a name of {other} already')
                source.report(("texts", i, "aliases", j), words)


def _report_twice(source: Source, i: int, key: str, value: str, first: int) -> None:
    line = source.line(("texts", first, key))
    words = say(f'"{value}" đã có ở dòng {line}', f'"{value}" stands on line {line} already')
    source.report(("texts", i, key), words)


def _report_same_number(source: Source, i: int, law: Law, first: int, other: Law) -> None:
    overlap = (law.effective_to is None or other.effective_from < law.effective_to) and (
        other.effective_to is None or law.effective_from < other.effective_to
    )
    if not overlap:
        _report_twice(source, i, "number", law.number, first)
        return
    line = source.line(("texts", first, "number"))
    words = say(
        f'"{law.number}" đã có ở dòng {line}, và thời gian hiệu lực chồng lên nhau; mỗi số hiệu chỉ ghi một lần',
        f'"{law.number}" stands on line {line} already, and their times of validity overlap; write each number once',
    )
    source.report(("texts", i, "number"), words)


def _check_chains(source: Source, texts: Mapping[int, Law]) -> None:
    by_key = {law.key: law for law in texts.values()}
    for i, law in texts.items():
        if law.superseded_by is None:
            continue
        at = ("texts", i, "superseded_by")
        if number_key(law.superseded_by) == law.key:
            source.report(at, say("văn bản tự thay thế chính nó", "the text supersedes itself"))
        elif number_key(law.superseded_by) not in by_key:
            hint = did_you_mean(law.superseded_by, [known.number for known in texts.values()])
            words = say(
                f'"{law.superseded_by}" chưa có trong sổ này{hint}', f'"{law.superseded_by}" is not in here{hint}'
            )
            source.report(at, words, warning=True)
        elif _in_a_circle(law, by_key):
            words = say(
                f"vòng thay thế quay lại chính văn bản này (qua {law.superseded_by})",
                f"the chain of successors comes back to this text (by {law.superseded_by})",
            )
            source.report(at, words)


def _in_a_circle(law: Law, by_key: Mapping[str, Law]) -> bool:
    seen: set[str] = set()
    at: Law | None = law
    while at is not None and at.superseded_by is not None and at.key not in seen:
        seen.add(at.key)
        at = by_key.get(number_key(at.superseded_by))
    return at is law


def _families(source: Source, texts: Mapping[int, Law]) -> dict[str, tuple[Law, ...]]:
    """Return the named families; a member that is not in the register is a problem."""
    values = source.values.get("families") or {}
    if not isinstance(values, dict):
        words = say(
            'phải là các cặp tên: [số hiệu, ...], ví dụ: ma-tuy: ["120/2025/QH15"]', "must be pairs name: [number, ...]"
        )
        source.report(("families",), words)
        return {}
    by_key = {key: law for law in texts.values() for key in (law.key, law.id)}
    found: dict[str, tuple[Law, ...]] = {}
    for name, numbers in values.items():
        listed = numbers if isinstance(numbers, list) else [numbers]
        members = []
        for j, number in enumerate(listed):
            law = by_key.get(number_key(str(number))) or by_key.get(str(number))
            if law is not None:
                members.append(law)
                continue
            hint = did_you_mean(str(number), [known.number for known in texts.values()])
            words = say(f'không có văn bản "{number}" trong sổ này{hint}', f'there is no text "{number}" in here{hint}')
            source.report(("families", name, j), words)
        if members:
            found[name] = tuple(members)
    return found
