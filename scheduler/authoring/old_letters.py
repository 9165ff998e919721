"""Vietnamese in the letters of the nineties (TCVN3 fonts such as .VnTime, VNI fonts): recognised and read as Unicode.

In those fonts `Kế hoạch` is stored as `KÕ ho¹ch` or `Keá hoaïch`; without the font nobody can read it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Literal

from scheduler.text import nfc

Letters = Literal["TCVN3", "VNI"]

_TCVN3_STORED = "".join(map(chr, [
    *range(0xA1, 0xAF), *range(0xB5, 0xBA), *range(0xBB, 0xBF), *range(0xC6, 0xCD), *range(0xCE, 0xD9), *range(0xDC, 0xE0), *range(0xE1, 0xF0), *range(0xF1, 0xFF),
]))  # fmt: skip
_TCVN3_MEANT = "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ"
TCVN3 = str.maketrans(dict(zip(_TCVN3_STORED, _TCVN3_MEANT, strict=True)))

_VNI_MARKS = {"a": "ùøûõïâáàåãäêéèúüë", "e": "ùøûõïâáàåãä", "o": "ùøûõïâáàåãä", "u": "ùøûõï", "y": "ùøûõ",
              "ô": "ùøûõï", "ö": "ùøûõï"}  # fmt: skip
_VNI_MEANT = {"a": "áàảãạâấầẩẫậăắằẳẵặ", "e": "éèẻẽẹêếềểễệ", "o": "óòỏõọôốồổỗộ", "u": "úùủũụ", "y": "ýỳỷỹ",
              "ô": "ớờởỡợ", "ö": "ứừửữự"}  # fmt: skip
_VNI_ALONE = {"ô": "ơ", "ö": "ư", "ñ": "đ", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
VNI = {base + mark: meant for base, marks in _VNI_MARKS.items() for mark, meant in zip(marks, _VNI_MEANT[base], strict=True)}  # fmt: skip
VNI |= _VNI_ALONE
VNI |= {k.upper(): v.upper() for k, v in VNI.items()} | {k[0].upper() + k[1:]: v.upper() for k, v in VNI.items()}
_VNI_PAIRS = re.compile("|".join(sorted(map(re.escape, VNI), key=len, reverse=True)))

_UNICODE = re.compile("[ăđĩũơưĂĐĨŨƠƯ\u1ea0-\u1ef9]")  # letters that only Unicode has
_HIGH = re.compile("[\u00a1-\u00ff]")
_WORD = re.compile("[a-z\u00a1-\u00ff\u0100-\u024f\u1e00-\u1eff]+")
_CLOSING = "a ă â e ê i o ô ơ u ư y iê yê oa oă oe oo ua uâ uê uô uy uyê ươ"  # vowels after which a syllable may close
_OPEN = "ai ao au ay âu ây eo êu ia iêu yêu iu oai oao oay oeo oi ôi ơi uây ui uôi uơ uya uyu ưa ưi ươi ươu ưu"
_SYLLABLE = re.compile(
    r"(?:ngh?|nh|gh?|gi|kh|ph|qu|th|tr|ch|[bcdđhklmnprstvx])?"
    rf"(?:(?:{'|'.join(_CLOSING.split())})(?:ch|ng|nh|[cmnpt])?|(?:{'|'.join(_OPEN.split())}))"
)
_TONES = str.maketrans({
    letter: base
    for base, letters in {"a": "àảãáạ", "ă": "ằẳẵắặ", "â": "ầẩẫấậ", "e": "èẻẽéẹ", "ê": "ềểễếệ", "i": "ìỉĩíị", "o": "òỏõóọ",
                          "ô": "ồổỗốộ", "ơ": "ờởỡớợ", "u": "ùủũúụ", "ư": "ừửữứự", "y": "ỳỷỹýỵ"}.items()
    for letter in letters
})  # fmt: skip
SURE = 0.8  # share of the words that must be Vietnamese syllables after reading


def read_tcvn3(text: str) -> str:
    """Return text stored for a TCVN3 font as Unicode."""
    return text.translate(TCVN3)


def read_vni(text: str) -> str:
    """Return text stored for a VNI font as Unicode."""
    return _VNI_PAIRS.sub(lambda found: VNI[found[0]], text)


_READERS: dict[Letters, Callable[[str], str]] = {"TCVN3": read_tcvn3, "VNI": read_vni}


def read_old(text: str, letters: Letters, font: str = "") -> str:
    """Return text stored in old letters as Unicode; a font whose name ends in H shows small letters as capitals."""
    read = nfc(_READERS[letters](text))
    return read.upper() if letters == "TCVN3" and font.lower().startswith(".vn") and font.endswith("H") else read


def by_font(font: str) -> Letters | None:
    """Return the old letters for which a font was made."""
    name = font.strip().lower()
    return "TCVN3" if name.startswith(".vn") else "VNI" if name.startswith("vni-") else None


def recognised(text: str) -> Letters | None:
    """Return in which old letters a text is stored; None: it is Unicode, plain ASCII, or nothing that we know."""
    if _UNICODE.search(text) or not _HIGH.search(text) or _likeness(text) >= SURE:
        return None
    best = max(_READERS, key=lambda letters: _likeness(_READERS[letters](text)))
    return best if _likeness(_READERS[best](text)) >= SURE else None


def may_be(text: str, letters: Letters) -> bool:
    """Tell whether a text in the company of old letters is stored in them, too: `Giê` beside `Ngµy` is `Giờ`."""
    if _UNICODE.search(text) or not _HIGH.search(text):
        return False
    return _likeness(_READERS[letters](text)) >= SURE


def common(texts: Iterable[str]) -> Letters | None:
    """Return the old letters of most of these texts, as far as they are not plain ASCII."""
    marked = [recognised(text) for text in texts if not text.isascii()]
    for letters in _READERS:
        if marked.count(letters) * 2 > len(marked):
            return letters
    return None


def _likeness(text: str) -> float:
    """Return the share of the words with Vietnamese letters that are Vietnamese syllables; a lone sign is no word."""
    words = [word for word in _WORD.findall(nfc(text).lower()) if len(word) > 1 and not word.isascii()]
    return sum(map(_vietnamese, words)) / len(words) if words else 0.0


def _vietnamese(word: str) -> bool:
    toneless = word.translate(_TONES)
    tones = sum(before != after for before, after in zip(word, toneless, strict=True))
    return tones <= 1 and _SYLLABLE.fullmatch(toneless) is not None
