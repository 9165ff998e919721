"""Recognises citations of legal texts in free text: by number, by title and year, by alias; and how they are meant.

A text is looked at in two forms of the same length: without marks (for numbers and titles: both tone styles are one
there) and in lower case (for the words around, where `này` and `nay` must stay two words).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from scheduler.registers.law import Law, name_key, number_key
from scheduler.registers.laws import Laws, Trap
from scheduler.registers.verdict import date_pattern
from scheduler.text import URL, fold, nfc, say

MOST_TEXTS = 50_000  # remembered; a year of messages for 126 units stays below
MOST_AROUND = 400  # characters on either side of a citation that say how it is meant
LEGISLATION = ("luat ", "bo luat ", "phap lenh ", "nghi quyet ", "nghi dinh ")  # titles that are cited with a year

_LETTERS = [chr(c) for block in (range(0x41, 0x5B), range(0xC0, 0x250), range(0x1E00, 0x1F00)) for c in block]
_WITHOUT_MARKS = str.maketrans({c: fold(c) for c in _LETTERS if len(fold(c)) == 1} | dict.fromkeys("‐‑‒–—", "-"))

_PERHAPS_A_NUMBER = re.compile(r"/(?<=\d/)(?:\d{4}/)?[A-Za-zĐÐđð]{2}")  # begins with what is rare in a text
_NUMBER = re.compile(
    r"(?<![\w/=&?%-])\d{1,4}/"
    r"(?:\d{4}/(?:qh\d{1,2}|nd-cp|nq-[a-z]+\d{0,2}|qd-[a-z]+|ct-[a-z]+|pl-ubtvqh\d{1,2}|tt-[a-z]+|ttlt(?:-[a-z]+)+)"
    r"|(?P<bare>qd-ttg|ct-ttg|cd-ttg|nq-cp|kh-ubnd|qd-ubnd|tb-ubnd|nq-ubtvqh\d{1,2}))(?![\w/])"
)
_ITS_DATE = re.compile(
    r"\s*[,(]?\s*(?:ngay\s+)?(\d{1,2})(?:\s?[/.-]\s?|\s+thang\s+)(\d{1,2})(?:\s?[/.-]\s?|\s+nam\s+)(\d{4})(?!\d)"
)
_ITS_YEAR = re.compile(r"\s*[,(]?\s*nam\s+(\d{4})(?!\d)")
_SENTENCE_END = re.compile(r"[.!?…;](?=\s)|\n\s*\n|\n(?=\s*[•*+–-]\s)")

_CITED = "\ufffc"  # stands for every letter of a citation while the words around it are read
_KINDS = "bộ luật|luật|pháp lệnh|nghị quyết|nghị định|quyết định|thông tư|chỉ thị"
_REPLACED = "thay thế|thay|bãi bỏ|hủy bỏ|huỷ bỏ"
_ISSUER = "quốc hội|chính phủ|thủ tướng chính phủ|ủy ban thường vụ quốc hội|uỷ ban thường vụ quốc hội"
_FORMERLY = re.compile(  # before the citation: "trước đây, theo ...", "thay thế Luật ..."
    r"\btrước (?:đây|kia)\b(?!.*\b(?:nay|hiện hành|hiện tại)\b)"
    rf"|\b(?:{_REPLACED})(?: cho)?(?: các| một phần)?\s+(?:(?:{_KINDS})\b|{_CITED}|$)"
    r"(?:(?!\b(?:nay|hiện hành|hiện tại|theo|tại|căn cứ|bằng|bởi|cũ)\b)[^:]){0,160}$",
    re.DOTALL,
)
_ENDED = re.compile(  # after it: "... (đã hết hiệu lực)", "... và ... được thay thế bởi ..."
    rf"(?:[\s,()\[\]{_CITED}]|\b(?:và|số|hiện|nay|này|vừa|cũng|đều|đã|sẽ|chính thức|{_KINDS})\b"
    rf"|\bngày [\d/.-]+(?: tháng \d+)?(?: năm \d+)?|\bnăm \d+|\bcủa (?:{_ISSUER})\b)*?"
    rf"\b(?:hết hiệu lực|không còn hiệu lực|(?:được|bị) (?:{_REPLACED})|trước (?:đây|kia))\b"
)
_COMING = re.compile(
    r"\b(?:sẽ|sắp|bắt đầu|chưa|mới) có hiệu lực|\bcó hiệu lực (?:thi hành )?(?:kể )?từ|\bsẽ (?:được )?(?:áp dụng|thi hành)"
)
_FROM = re.compile(r"\btu\s+(?:0 ?(?:h|gio)\s+)?(?:ngay\s+)?$")


@dataclass(frozen=True)
class Citation:
    """One place at which a legal text is cited. `law` is None when the register does not know it."""

    shown: str  # as it stands in the text
    key: str  # of its number, '' when it is cited by name
    law: Law | None
    sentence: str = ""  # the sentence around it
    history: bool = False  # the words around it speak of an old rule
    undated: bool = False  # an act whose number comes back every year, cited without its date
    dated: bool = False  # such an act with its date


@dataclass(frozen=True)
class Reading:
    """What one text cites. `traps`: sentences about citations that circulate wrongly."""

    text: str
    citations: tuple[Citation, ...] = ()
    coming: bool = False  # somewhere it says that something comes into force
    traps: tuple[str, ...] = ()

    def announces(self, day: date) -> bool:
        """Tell whether the text says of something that it applies from this day on."""
        plain = fold(self.text)
        from_then = (_FROM.search(plain, max(0, m.start() - 30), m.start()) for m in date_pattern(day).finditer(plain))
        return self.coming or any(from_then)


NOTHING = Reading("")


class Recogniser:
    """Reads texts against one register, each distinct text once."""

    def __init__(self, laws: Laws) -> None:
        self.laws = laws
        self._read: dict[str, Reading] = {}
        titles = [n for law in laws.texts for n in (law.title_vi, *law.aliases)]
        titles = [n for n in titles if name_key(n) in laws.aliases or f"{name_key(n)} ".startswith(LEGISLATION)]
        self._names = _any_of(titles) if titles else None
        self._perhaps_a_name = _first_words(titles)
        self._phrases = [(trap, _phrase(trap.text)) for trap in laws.traps if trap.text]

    def read(self, text: str) -> Reading:
        """Return what a text cites."""
        known = self._read.get(text)
        if known is None:
            if len(self._read) >= MOST_TEXTS:
                self._read.clear()
            composed = nfc(text)
            known = self._read[text] = self._look(composed) if self.may_cite(composed) else NOTHING
        return known

    def may_cite(self, text: str) -> bool:
        """Tell fast whether a text could cite anything at all."""
        return bool(_PERHAPS_A_NUMBER.search(text) or self._perhaps_a_name.search(text))

    def _look(self, text: str) -> Reading:
        scan = _Scan(text)
        places = [*self._numbers(scan), *self._named(scan)]
        if not places:
            return NOTHING
        masked = scan.masked(places)
        found = tuple(_citation(scan, masked, place) for place in places if place.cites)
        traps = [_trapped(trap) for trap, phrase in self._phrases if phrase.search(scan.plain)]
        traps += [_trapped(trap) for trap in self.laws.traps if trap.number and self._falls_into(trap, found)]
        return Reading(text, found, bool(_COMING.search(scan.lower)), tuple(traps))

    def _numbers(self, scan: _Scan) -> Iterator[_Place]:
        for match in _NUMBER.finditer(scan.plain):
            if scan.in_address(match.start()):
                continue
            key = number_key(match[0])
            acts = self.laws.by_number.get(key, [])
            if match["bare"] is None:
                yield _Place(*match.span(), key, acts[0] if acts else None)
            elif _ITS_DATE.match(scan.plain, match.end()) or _ITS_YEAR.match(scan.plain, match.end()):
                yield _Place(*match.span(), key, _of_that_date(acts, scan.plain, match.end()), dated=True)
            else:
                yield _Place(*match.span(), key, acts[0] if len(acts) == 1 else None, undated=True)

    def _named(self, scan: _Scan) -> Iterator[_Place]:
        for match in self._names.finditer(scan.plain) if self._names else ():
            if scan.in_address(match.start()):
                continue
            name, alias = name_key(match["name"]), self.laws.aliases.get(name_key(match["name"]))
            if match["year"] is None:
                yield _Place(match.start(), match.end("name"), "", alias, cites=alias is not None)
                continue
            year = int(match["year"])
            law = self.laws.named(name, year) or (alias if alias and alias.year == year else None)
            yield _Place(match.start(), match.end("year"), "", law)

    def _falls_into(self, trap: Trap, found: Sequence[Citation]) -> bool:
        wrong, right = number_key(trap.number), number_key(trap.right)
        for citation in found:
            if citation.key == wrong:
                words = f" {name_key(citation.sentence)} "
                also_right = any(c.key == right and c.sentence == citation.sentence for c in found)
                if not also_right and all(f" {name_key(word)} " in words for word in trap.with_words):
                    return True
        return False


@dataclass(frozen=True)
class _Place:
    start: int
    end: int
    key: str
    law: Law | None
    undated: bool = False
    dated: bool = False
    cites: bool = True  # a title alone, without year or number, says not which text is meant


class _Scan:
    """A text in its two forms, both as long as the text itself."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.plain = text.translate(_WITHOUT_MARKS)
        lower = text.lower()  # one letter of Turkish becomes two
        self.lower = lower if len(lower) == len(text) else self.plain
        self.addresses = [match.span() for match in URL.finditer(self.plain)] if "://" in text else []
        self._ends = [match.end() for match in _SENTENCE_END.finditer(self.plain)]

    def in_address(self, at: int) -> bool:
        return any(start <= at < end for start, end in self.addresses)

    def sentence(self, start: int, end: int) -> tuple[int, int]:
        """Return where the sentence around a place begins and ends, as far as it matters."""
        before, after = bisect_right(self._ends, start), bisect_left(self._ends, end)
        begins = self._ends[before - 1] if before else 0
        ends = self._ends[after] if after < len(self._ends) else len(self.text)
        return max(begins, start - MOST_AROUND), min(ends, end + MOST_AROUND)

    def masked(self, places: Sequence[_Place]) -> str:
        """Return the lower-case text in which citations are no words any more."""
        letters = list(self.lower)
        for place in places:
            letters[place.start : place.end] = _CITED * (place.end - place.start)
        return "".join(letters)


def _citation(scan: _Scan, masked: str, place: _Place) -> Citation:
    begin, end = scan.sentence(place.start, place.end)
    history = bool(_FORMERLY.search(masked[begin : place.start]) or _ENDED.match(masked[place.end : end]))
    shown = " ".join(scan.text[place.start : place.end].replace("Ð", "Đ").split())
    shown += ")" * (shown.count("(") - shown.count(")"))
    sentence = scan.text[begin:end]
    return Citation(shown, place.key, place.law, sentence, history, place.undated, place.dated)


def _of_that_date(acts: Sequence[Law], plain: str, end: int) -> Law | None:
    """Return the act that was issued on the date behind its number, or in that year."""
    if found := _ITS_DATE.match(plain, end):
        asked = int(found[3]), int(found[2]), int(found[1])
        same = (a for a in acts if a.issued and (a.issued.year, a.issued.month, a.issued.day) == asked)
        return next(same, None)
    year = _ITS_YEAR.match(plain, end)
    return next((a for a in acts if year and a.year == int(year[1])), None)


def _any_of(names: Sequence[str]) -> re.Pattern[str]:
    """Return what finds any of the names in text without marks, the longest first, and a year behind it."""
    words = sorted({name_key(name) for name in names}, key=len, reverse=True)
    joined = "|".join(r"\W{1,3}".join(name.split()) for name in words)
    year = r"(?:\)?\s+|\s*\()(?:nam\s+)?(?P<year>(?:19|20)\d\d)(?![\w/])"
    return re.compile(rf"(?<![\w#@/-])(?P<name>{joined})(?!\w)(?:{year})?")


def _phrase(text: str) -> re.Pattern[str]:
    """Return what finds a phrase in text without marks, its dates written in any way."""
    parts = []
    for word in fold(text).split():
        if found := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", word):
            parts.append(rf"(?:ngay\W+)?(?:{date_pattern(date(int(found[3]), int(found[2]), int(found[1]))).pattern})")
        else:
            parts.append(re.escape(word))
    return re.compile(r"\W{1,3}".join(parts))


def _first_words(names: Sequence[str]) -> re.Pattern[str]:
    """Return what finds fast that a name may stand in a text: its word `luật`, or its first two words."""
    pieces: dict[str, None] = {}
    for name in names:
        words = name.split()
        law = next((w for w in words[:2] if fold(w) == "luat"), None)
        piece = law[1:] if law else " ".join(words[:2])[1:]  # a capital or a small letter before it
        pieces |= dict.fromkeys(form for p in (piece, fold(piece)) for form in (p, p.lower(), p.upper()))
    return re.compile("|".join(map(re.escape, pieces)) or r"(?!)")


def _trapped(trap: Trap) -> str:
    wrong = trap.text or f"{trap.number} ({', '.join(trap.with_words)})"
    return say(
        f'"{wrong}" là chỗ hay bị ghi nhầm; đúng là {trap.right}',
        f'"{wrong}" is often written wrongly; right is {trap.right}',
    )
