"""Words as patterns: whole words only, and `túy` finds `tuý` too, since official papers write both."""

from __future__ import annotations

import re

_NEW = {
    **dict(zip(("òa", "óa", "ỏa", "õa", "ọa"), ("oà", "oá", "oả", "oã", "oạ"), strict=True)),
    **dict(zip(("òe", "óe", "ỏe", "õe", "ọe"), ("oè", "oé", "oẻ", "oẽ", "oẹ"), strict=True)),
    **dict(zip(("ùy", "úy", "ủy", "ũy", "ụy"), ("uỳ", "uý", "uỷ", "uỹ", "uỵ"), strict=True)),
}
_BLANK = re.compile(r"(\(\?<[!=][^)]*\))| ")  # not those of a look-behind, whose width is fixed
_OPEN = re.compile(f"({'|'.join(_NEW)})(?!\\w)")  # `hoàn` is written one way only


def other_style(word: str) -> str:
    """Return a word with its tone marks where the other style puts them: `túy` -> `tuý`."""
    return _OPEN.sub(lambda found: _NEW[found[1]], word)


def both_styles(pattern: str) -> str:
    """Return a pattern, written in the style of `túy`, that finds either style."""
    return _OPEN.sub(lambda found: f"(?:{found[1]}|{_NEW[found[1]]})", pattern)


def whole(*words: str) -> re.Pattern[str]:
    """Return a pattern for any of these (patterns in lower case) as whole words, for a text in lower case."""
    joined = "|".join(_BLANK.sub(lambda found: found[1] or r"\s+", both_styles(word)) for word in words)
    return re.compile(rf"(?<!\w)(?:{joined})(?!\w)")


def on(*syllables: str) -> frozenset[str]:
    """Return the syllables on which a rule wakes, in both styles."""
    return frozenset(styled for syllable in syllables for styled in (syllable, other_style(syllable)))
