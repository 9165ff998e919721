"""Words as patterns: whole words only, and `túy` finds `tuý` too, since official papers write both."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_NEW = {
    **dict(zip(("òa", "óa", "ỏa", "õa", "ọa"), ("oà", "oá", "oả", "oã", "oạ"), strict=True)),
    **dict(zip(("òe", "óe", "ỏe", "õe", "ọe"), ("oè", "oé", "oẻ", "oẽ", "oẹ"), strict=True)),
    **dict(zip(("ùy", "úy", "ủy", "ũy", "ụy"), ("uỳ", "uý", "uỷ", "uỹ", "uỵ"), strict=True)),
}
_BLANK = re.compile(r"(\(\?<[!=][^)]*\))| ")  # not those of a look-behind, whose width is fixed
_CHOICE = re.compile(r"\(\?:([^()?]+)\)(?!\?)")
_OPEN = re.compile(f"({'|'.join(_NEW)})(?!\\w)")  # `hoàn` is written one way only


def other_style(word: str) -> str:
    """Return a word with its tone marks where the other style puts them: `túy` -> `tuý`."""
    return _OPEN.sub(lambda found: _NEW[found[1]], word)


def both_styles(pattern: str) -> str:
    """Return a pattern, written in the style of `túy`, that finds either style."""
    return _OPEN.sub(lambda found: f"(?:{found[1]}|{_NEW[found[1]]})", pattern)


def whole(*words: str) -> re.Pattern[str]:
    """Return a pattern for any of these (patterns in lower case) as whole words, for a text in lower case."""
    return re.compile(beginning(*words))


def beginning(*words: str) -> str:
    """Return what `whole` compiles, for a larger pattern that begins with one of these words."""
    joined = "|".join(_begun(with_blanks(both_styles(word))) for word in _spread(words))
    return rf"(?:{joined})(?!\w)"


def with_blanks(pattern: str) -> str:
    """Return a pattern in which a blank stands for any white space."""
    return _BLANK.sub(lambda found: found[1] or r"\s+", pattern)


def _spread(words: Iterable[str]) -> Iterator[str]:
    """Yield the words with a choice at their beginning written out: `(?:con|thằng) nghiện` is two."""
    for word in words:
        for alternative in re.split(r"\|(?![^(]*\))", word):
            choice = _CHOICE.match(alternative)
            if choice:
                yield from (f"{one}{alternative[choice.end() :]}" for one in choice[1].split("|"))
            else:
                yield alternative


def _begun(word: str) -> str:
    """Return a pattern that begins where a word does; a letter in front lets `re` skip quickly to where it stands."""
    return rf"{word[0]}(?<!\w{word[0]}){word[1:]}" if word[:1].isalnum() and word[1:2] != "?" else rf"(?<!\w){word}"
