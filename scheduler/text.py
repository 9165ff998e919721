"""Vietnamese text: NFC, folding, counting, sorting, and the two languages in which Loa speaks to people."""

from __future__ import annotations

import os
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable
from difflib import get_close_matches

import grapheme
from grapheme.grapheme_property_group import GraphemePropertyGroup, get_group

URL = re.compile(r"https?://[^\s<>\"'“”]+[^\s<>\"'“”.,;:!?)\]}…]")
HASHTAG = re.compile(r"#(?<![\w&/#]#)(\w*[^\W\d]\w*)")  # the sign first: a pattern that begins so is found fast
_ALONE = "\\x00-\\x0c\\x0e-\\u02ff\\u1e00-\\u1eff\\u2010-\\u2027\\u2030-\\u205e\\u2190-\\u21ff"
JOINING = re.compile(f"[{_ALONE}]?[^{_ALONE}]+(?:[{_ALONE}][^{_ALONE}]+)*[{_ALONE}]?")

_EMOJI = (GraphemePropertyGroup.EXTENDED_PICTOGRAPHIC, GraphemePropertyGroup.REGIONAL_INDICATOR)
_SHOWS_EMOJI = "\ufe0f\u20e3"  # after a sign or a digit: show it as an emoji, in a key

_SENTENCE_END = re.compile(r"[.!?…][\"”»’)\]]*$")
_SHORT_FORMS = frozenset(["tp.", "tx.", "tt.", "ths.", "ts.", "pgs.", "gs.", "bs.", "q.", "p.", "đ.", "tr.", "st."])

ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}


def say(vi: str, en: str) -> str:
    """Return the sentence in the language of LOA_LOCALE (Vietnamese unless it begins with `en`)."""
    return en if os.environ.get("LOA_LOCALE", "vi").lower().startswith("en") else vi


def nfc(text: str) -> str:
    """Return the text in Unicode's composed form, in which Loa counts, compares and posts."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Return lower-case ASCII for names, slugs and search: `Phòng, chống ma túy` -> `phong, chong ma tuy`."""
    plain = text.replace("Đ", "D").replace("đ", "d").replace("Ð", "D").replace("ð", "d")
    stripped = unicodedata.normalize("NFD", plain)
    return "".join(c for c in stripped if not unicodedata.combining(c)).lower()


def slug(text: str, limit: int = 80) -> str:
    """Return the text as words of [a-z0-9] joined by hyphens, at most `limit` characters."""
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")[:limit].strip("-")


def graphemes(text: str) -> int:
    """Return how many characters a person sees (Bluesky's unit)."""
    # Vietnamese letters and common signs stand alone; only what may join with its neighbours is looked at closely
    return len(text) + sum(int(grapheme.length(joined)) - len(joined) for joined in JOINING.findall(text))


def utf16(text: str) -> int:
    """Return the length in UTF-16 units (Telegram's unit)."""
    return len(text.encode("utf-16-le")) // 2


def utf8(text: str) -> int:
    """Return the length in bytes (the unit of YouTube's descriptions)."""
    return len(text.encode())


def emoji_bytes(text: str) -> int:
    """Return the length in code points, but for an emoji the bytes of its UTF-8 (Threads' unit)."""
    close = (sign for joined in JOINING.findall(text) for sign in grapheme.graphemes(joined))
    return len(text) + sum(len(sign.encode()) - len(sign) for sign in close if any(map(_is_of_emoji, sign)))


def _is_of_emoji(character: str) -> bool:
    return character in _SHOWS_EMOJI or get_group(character) in _EMOJI


def squeeze(text: str) -> str:
    """Return the text in NFC with every run of white space as one blank: the form in which two posts are compared."""
    return " ".join(nfc(text).split())


def sort_key(text: str) -> tuple[list[int], list[int]]:
    """Return a key that sorts as a Vietnamese list does: letters first (a ă â b c d đ ...), tones second."""
    letters: list[int] = []
    tones: list[int] = []
    for character in nfc(text).lower():
        parts = unicodedata.normalize("NFD", character)
        tone = next((TONES[p] for p in parts if p in TONES), 0)
        base = nfc("".join(p for p in parts if p not in TONES))
        letters.append(ALPHABET.index(base) + 1000 if base in ALPHABET else ord(base[0]) % 1000)
        tones.append(tone)
    return letters, tones


def cut(text: str, limit: int, count: Callable[[str], int] = len) -> str:
    """Return the beginning of a text that fits `limit` as `count` measures it: whole sentences, else whole syllables.

    A syllable, a hashtag, an address is never split; a text whose first syllable is too long becomes empty. Sentences
    win as long as they keep half of what would fit.
    """
    if count(text) <= limit:
        return text
    ends = [found.end() for found in re.finditer(r"\S+", text)]
    fitting = bisect_right(ends, limit, key=lambda end: count(text[:end]))
    while fitting and count(text[: ends[fitting - 1]]) > limit:
        fitting -= 1
    if not fitting:
        return ""
    whole = next((end for end in reversed(ends[:fitting]) if _ends_sentence(text, end)), 0)
    return text[: whole if whole * 2 >= ends[fitting - 1] else ends[fitting - 1]]


def _ends_sentence(text: str, end: int) -> bool:
    """Whether a sentence or a line ends at this place; the dots of `TP. Hà Nội` and `1. Gọi 113` end none."""
    blank = text[end : end + 2]
    if not blank or "\n" in blank:
        return True
    last = text[text.rfind(" ", 0, end) + 1 : end].split("\n")[-1]
    if not _SENTENCE_END.search(last) or last.lower() in _SHORT_FORMS or last[:-1].isdigit():
        return False
    following = text[end:].lstrip()[:1]
    return not following.islower()


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; ý bạn là "x"?` when something known is near, else an empty string."""
    near = nearest(word, known)
    return say(f'; ý bạn là "{near}"?', f'; did you mean "{near}"?') if near is not None else ""


def few(names: Iterable[str], most: int) -> str:
    """Return the first names of a list as a sentence bears them: `a, b, c, ...`."""
    listed = list(names)
    return ", ".join(listed[:most]) + (", ..." if len(listed) > most else "")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return what is known and most like a word, None when nothing is near."""
    return next(iter(get_close_matches(word, list(known), n=1, cutoff=0.6)), None)
