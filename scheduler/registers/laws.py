"""The legal texts that messages may cite: found by number, name or family, and judged by the day of posting."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches

from scheduler.registers.law import Law, Mode, name_key, number_key
from scheduler.registers.verdict import Verdict, judge
from scheduler.text import say

FILE = "campaigns/laws.yaml"

_NEAR = 0.75  # of two numbers: one digit of the year or of the number is another
_YEAR = re.compile(r"(.+?)(?: nam)? (\d{4})")


@dataclass(frozen=True)
class Trap:
    """A citation that circulates wrongly: a number together with words, or a whole phrase; and what is right."""

    right: str
    number: str = ""
    with_words: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True)
class Case:
    """What the rule must say of one citation: for tests and for who changes the register."""

    cite: str
    mode: Mode
    post_on: date
    expect: str
    suggest: str = ""


@dataclass
class Laws:
    """The register. `present`: there is a file (else nothing is enforced); `whole`: all of it could be read."""

    texts: tuple[Law, ...] = ()
    families: Mapping[str, tuple[Law, ...]] = field(default_factory=dict)
    traps: tuple[Trap, ...] = ()
    cases: tuple[Case, ...] = ()
    present: bool = False
    whole: bool = True

    def __post_init__(self) -> None:
        self.by_id = {law.id: law for law in self.texts}
        self.by_number = _grouped((law.key, law) for law in self.texts)
        names = ((name_key(name), law) for law in self.texts for name in (law.title_vi, *law.aliases))
        self.by_name = _grouped(names)
        self.aliases = {name_key(alias): law for law in self.texts for alias in law.aliases}
        self._earlier, self._later = self._links()
        self._families = {name_key(name): members for name, members in self.families.items()}
        self._families |= {k: v for k, v in self._by_stem().items() if k not in self._families}
        self._mentioned = {number_key(n) for law in self.texts for n in _numbers_in(law)}

    # --- finding ------------------------------------------------------------------------------------------------

    def find(self, reference: str, day: date, mode: Mode = "basis") -> Law | None:
        """Return the text that a reference means: a number, an id, a name (with a year), or a family on that day.

        A family (`ma-tuy`, `luat-pcmt`, or a title without a year) gives its member in force on the day; with the mode
        `upcoming` the issued one that comes next, with `history` the one that ended last, if there is such a one.
        """
        if acts := self.by_number.get(number_key(reference)):
            return self.act(acts, day)
        name = name_key(reference)
        if law := self.by_id.get(reference.strip()) or self.aliases.get(name):
            return law
        if members := self._families.get(name) or self.by_name.get(name):
            return self._member(members, day, mode)
        if (found := _YEAR.fullmatch(name)) and (named := self.named(found[1], int(found[2]))):
            return named
        return None

    def act(self, acts: Iterable[Law], day: date) -> Law:
        """Return the newest of several acts of one number (acts without a year in it) that is issued by that day."""
        known = sorted(acts, key=lambda law: law.issued or law.effective_from)
        return next((law for law in reversed(known) if (law.issued or law.effective_from) <= day), known[0])

    def named(self, name: str, year: int) -> Law | None:
        """Return the text of a name (`name_key`) that is called by that year."""
        of_year = [law for law in self.by_name.get(name, ()) if law.year == year]
        return of_year[0] if of_year else None

    def near(self, number: str) -> str:
        """Return the number of the register that was meant by an unknown one, '' when none is near."""
        own, _, issuer = number_key(number).rpartition("/")
        same = {law.key: law.number for law in self.texts if law.key.rpartition("/")[2] == issuer}
        close = [key for key in same if _one_off(own, key.rpartition("/")[0])]
        near = close[:1] or get_close_matches(number_key(number), [law.key for law in self.texts], n=1, cutoff=_NEAR)
        return self.by_number[near[0]][0].number if near else ""

    def mentions(self, number: str) -> bool:
        """Tell whether a number stands in an entry of another text (what it amends, supersedes, is amended by)."""
        return number_key(number) in self._mentioned

    # --- judging ------------------------------------------------------------------------------------------------

    def judge(self, law: Law, mode: Mode, day: date, text: str) -> Verdict:
        """Return whether a text that is public on a (local) day may cite the law so; see `verdict.judge`."""
        return judge(law, mode, day, text, lambda: self.instead_of(law, day))

    def instead_of(self, law: Law, day: date) -> Law | None:
        """Return the text that is in force on a day in the place of one that is not (yet, or any more)."""
        if law.ended(day):
            return self._successor(law, day)
        before = [other for other in self._earlier[law.id] if other.in_force(day)]
        same = [other for other in before if name_key(other.title_vi) == name_key(law.title_vi)]
        return next(iter(same or before), None)

    def _successor(self, law: Law, day: date) -> Law | None:
        seen = {law.id}
        ahead = [law]
        while ahead:
            for later in self._later[ahead.pop(0).id]:
                if later.in_force(day):
                    return later
                if later.id not in seen:
                    seen.add(later.id)
                    ahead.append(later)
        return None

    def _links(self) -> tuple[dict[str, list[Law]], dict[str, list[Law]]]:
        """Return by id what each text supersedes and what supersedes it; either side may say so."""
        earlier: dict[str, list[Law]] = {law.id: [] for law in self.texts}
        later: dict[str, list[Law]] = {law.id: [] for law in self.texts}
        for law in self.texts:
            before = [o for number in law.supersedes for o in self.by_number.get(number_key(number), ())]
            after = self.by_number.get(number_key(law.superseded_by), ()) if law.superseded_by else ()
            for old, new in [*((o, law) for o in before), *((law, o) for o in after)]:
                if old not in earlier[new.id]:
                    earlier[new.id].append(old)
                if new not in later[old.id]:
                    later[old.id].append(new)
        return earlier, later

    # --- families -----------------------------------------------------------------------------------------------

    def chain(self, members: Iterable[Law]) -> list[Law]:
        """Return all texts that are joined to these by supersession, in order of entry into force."""
        found: dict[str, Law] = {}
        ahead = list(members)
        while ahead:
            law = ahead.pop()
            if law.id not in found:
                found[law.id] = law
                ahead += [*self._earlier[law.id], *self._later[law.id]]
        return sorted(found.values(), key=lambda law: law.effective_from)

    def _member(self, members: Iterable[Law], day: date, mode: Mode) -> Law | None:
        own = sorted(members, key=lambda law: law.effective_from)
        chain = self.chain(own)
        titles = {name_key(law.title_vi) for law in own}
        joined = [law for law in chain if name_key(law.title_vi) in titles] or chain
        for group in (own, joined):
            coming = [law for law in group if law.issued and law.issued <= day < law.effective_from]
            ended = [law for law in group if law.ended(day)]
            if mode == "upcoming" and coming:
                return coming[0]
            if mode == "history" and ended:
                return max(ended, key=lambda law: law.effective_to or day)
        for group in (own, joined, chain):
            if standing := [law for law in group if law.in_force(day)]:
                return standing[-1]
        return None

    def _by_stem(self) -> dict[str, tuple[Law, ...]]:
        """Return the families that ids make by themselves (`luat-pcmt-2021` and others: `luat-pcmt`), each one chain."""
        stems: dict[str, list[Law]] = {}
        for law in self.texts:
            if found := re.fullmatch(r"(.+)-\d{4}", law.id):
                stems.setdefault(name_key(found[1]), []).append(law)
        one_chain = {
            stem: tuple(members)
            for stem, members in stems.items()
            if {law.id for law in members} <= {law.id for law in self.chain(members[:1])}
        }
        return {stem: members for stem, members in one_chain.items() if stem not in self.by_name}

    def family_names(self) -> list[str]:
        """Return what a template may write besides numbers and ids."""
        stems = {law.id.rpartition("-")[0] for law in self.texts}
        return sorted({*self.families, *(stem for stem in stems if name_key(stem) in self._families)})


def missing() -> str:
    """Return the sentence for who asks for a law where there is no register."""
    return say(
        f"chưa có {FILE}, sổ văn bản pháp luật; chép tệp này từ một thư mục mới tạo bằng: loa init",
        f"there is no {FILE}, the register of laws; copy it from a new folder made with: loa init",
    )


def _grouped(pairs: Iterable[tuple[str, Law]]) -> dict[str, list[Law]]:
    groups: dict[str, list[Law]] = {}
    for key, law in pairs:
        group = groups.setdefault(key, [])
        if law not in group:
            group.append(law)
    return groups


def _numbers_in(law: Law) -> list[str]:
    amended = [amendment.number for amendment in law.amended_by]
    return [*law.supersedes, *law.amends, *amended, *([law.superseded_by] if law.superseded_by else [])]


def _one_off(asked: str, known: str) -> bool:
    """Whether number and year differ in one part only: 120/2024 and 120/2025, or 121/2025 with one digit another."""
    (a, _, a_year), (b, _, b_year) = asked.partition("/"), known.partition("/")
    if a == b:
        return a_year != b_year
    return a_year == b_year and len(a) == len(b) and sum(x != y for x, y in zip(a, b, strict=True)) == 1
