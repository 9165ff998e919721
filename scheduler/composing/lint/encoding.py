"""Text whose letters were lost on the way: old Vietnamese encodings, UTF-8 read as another, characters nobody sees.

A document in an old font (TCVN3, VNI) or encoding (VISCII) that is pasted here shows as `Phßng chèng` or `Phoøng choáng`.
A word counts as garbled only if it holds what Vietnamese never writes and is a Vietnamese syllable once it is decoded.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from scheduler.composing.lint.rule import Found, Reading, Rule
from scheduler.text import nfc, say

if TYPE_CHECKING:
    from scheduler.composing.examine import Spoken

# Letters of the upper half of each encoding. Source: TCVN 5712:1993 and RFC 1456, as glibc's iconv has them.
_TCVN3 = dict(
    zip(
        range(0xA1, 0x100),
        "ĂÂÊÔƠƯĐăâêôơưđẰ°±²³´àảãáạẲằẳẵắẴẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịòỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ",
        strict=True,
    )
)
_VISCII = dict(
    zip(
        range(0x80, 0x100),
        "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯ"
        "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ",
        strict=True,
    )
)

# VNI writes a letter and then its mark as a letter of its own.
_VNI_MARKS = dict(zip("ùøûõïâáàåãäêéèúüë", (
    "\u0301", "\u0300", "\u0309", "\u0303", "\u0323", "\u0302", "\u0302\u0301", "\u0302\u0300", "\u0302\u0309",
    "\u0302\u0303", "\u0302\u0323", "\u0306", "\u0306\u0301", "\u0306\u0300", "\u0306\u0309", "\u0306\u0303",
    "\u0306\u0323",
), strict=True))  # fmt: skip
_VNI_LETTERS = dict(zip("ñôöæóòîÑÔÖÆÓÒÎ", "đơưỉĩịỵĐƠƯỈĨỊỴ", strict=True))
_VNI = re.compile(f"([aeouyAEOUYôöÔÖ])([{''.join(_VNI_MARKS)}{''.join(_VNI_MARKS).upper()}])")

# What Vietnamese never writes inside a word, in these encodings' upper half (as Latin-1 or Windows-1252 shows it).
ODD = re.compile("[\x80-\x9f\xa1-\xbf×÷ÄÅÆÇËÎÏÐÑÖØÛÜÞßäåæçëîïðñöøûüþÿŒœŠšŽžŸƒˆ˜‚„†‡‰‹›€™]")
_LETTER = re.compile("[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]")
_MEASURE = re.compile(r"[\d.,]*(?:[mck]?m|[kmd]?l|ha)?[°²³]?[CF]?[®©™°²³]*")  # 50 m², 39°C
_WORD = re.compile(r"[^\s\"'“”()\[\]{},;:!?/.]+")
_SYLLABLE = re.compile(
    "(?:ngh|ng|nh|ch|gh|gi|kh|ph|th|tr|qu|[bcdđghklmnpqrstvx])?"
    "(?:uyê|uya|iê|yê|uô|ươ|oa|oă|oe|uê|uy|uâ|uơ|ia|ua|ưa|ya|i|y|e|ê|a|ă|â|o|ô|ơ|u|ư)"
    "(?:ch|nh|ng|c|m|n|p|t|i|y|o|u)?"
)
_TONES = re.compile("[\u0300\u0301\u0303\u0309\u0323]")

# Control characters (but line end and tab), invisible and direction marks, private use, and the sign of a lost letter.
STRANGE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u2028-\u202e\u2060-\u2069\ufeff\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff]"
)


def decoded(text: str) -> str | None:
    """Return a garbled text as it was meant, or None when it is not garbled."""
    if not ODD.search(text):
        return None
    odd = [
        word
        for word in _WORD.findall(text)
        if ODD.search(word) and _LETTER.search(word) and not _MEASURE.fullmatch(word)
    ]
    readings = [(sum(_vietnamese(decode(word)) for word in odd), decode) for decode in (_utf8, _tcvn3, _vni, _viscii)]
    most = max(n for n, _ in readings)
    if not most:
        return None
    best = [decode for n, decode in readings if n == most]
    every = _WORD.findall(text)
    decode = max(best, key=lambda decode: sum(_vietnamese(decode(word)) for word in every))  # the first of equals
    return nfc(_WORD.sub(lambda found: decode(found[0]), text))


def _vietnamese(word: str) -> bool:
    """Whether a word is a Vietnamese syllable that carries a mark."""
    bare = nfc(_TONES.sub("", unicodedata.normalize("NFD", word.lower())))
    in_one_case = word[1:] == word[1:].lower() or word == word.upper()  # a wrong table mixes them: `chẰng`
    return in_one_case and not word.isascii() and _SYLLABLE.fullmatch(bare) is not None


def _bytes(word: str) -> bytes:
    """Return the bytes that Windows-1252 (and Latin-1, where that has none) shows as this word."""
    return b"".join(_byte(c) for c in word)


@lru_cache(maxsize=512)
def _byte(character: str) -> bytes:
    try:
        return character.encode("cp1252")
    except UnicodeEncodeError:
        return character.encode("latin-1", "replace")


def _utf8(word: str) -> str:
    try:
        return _bytes(word).decode("utf-8")
    except UnicodeDecodeError:
        return word


def _tcvn3(word: str) -> str:
    return "".join(_TCVN3.get(ord(c), c) for c in word)


def _viscii(word: str) -> str:
    return "".join(_VISCII.get(_bytes(c)[0], c) if not c.isascii() and len(_bytes(c)) == 1 else c for c in word)


def _vni(word: str) -> str:
    def joined(found: re.Match[str]) -> str:
        return _VNI_LETTERS.get(found[1], found[1]) + _VNI_MARKS[found[2].lower()]

    parts = _VNI.sub(joined, unicodedata.normalize("NFC", word))
    return nfc("".join(_VNI_LETTERS.get(c, c) for c in parts))


def _garbled(reading: Reading, spoken: Spoken) -> Found:
    meant = decoded(reading.text)
    if meant is not None:
        wrong = " ".join(next(line for line in reading.text.split("\n") if ODD.search(line)).split())[:60]
        right = " ".join(next(m for m, line in zip(meant.split("\n"), reading.text.split("\n"), strict=True)
                              if ODD.search(line)).split())[:60]  # fmt: skip
        yield say(
            f'"{wrong}" là chữ sai bảng mã (TCVN3, VNI, VISCII hoặc UTF-8 hỏng); viết lại bằng Unicode: "{right}"',
            f'"{wrong}" is in an old or wrong encoding; write it in Unicode: "{right}"',
        )


def _strange(reading: Reading, spoken: Spoken) -> Found:
    for character in dict.fromkeys(STRANGE.findall(reading.text)):
        at = reading.text.index(character)
        near = " ".join(STRANGE.sub("", reading.text[max(0, at - 15) : at + 16]).split())
        yield say(
            f'ký tự lạ U+{ord(character):04X} gần "{near}"; xoá đi rồi gõ lại chỗ ấy',
            f'a strange character U+{ord(character):04X} near "{near}"; remove it and type the place again',
        )


RULES = (
    Rule(
        id="mojibake",
        guards=("chữ sai bảng mã", "text in an old or wrong encoding"),
        why=(
            "Chép từ tệp dùng phông cũ (.VnTime, VNI-Times) hoặc tệp hỏng mã thì mạng đăng nguyên chữ vỡ.",
            "What is pasted from old fonts or broken files is posted as it looks.",
        ),
        find=_garbled,
        severity="error",
        caught=("Phßng chèng ma tóy", "Phoøng choáng ma tuùy", "PhÃ²ng chá»\x91ng ma tÃºy"),
        clean=("Phòng, chống ma túy", "Nhiệt độ 39°C, diện tích 50 m²"),
    ),
    Rule(
        id="strange-character",
        guards=("ký tự điều khiển, ký tự ẩn", "control and hidden characters"),
        why=(
            "Ký tự ẩn làm hỏng liên kết, hashtag, số điện thoại; mạng có thể từ chối bài.",
            "Hidden characters break links, hashtags and numbers; a network may refuse the post.",
        ),
        find=_strange,
        severity="error",
        caught=("Gọi 1\u200b13", "Biểu tượng \ue001"),
        clean=("Gọi 113", "Gia đình 👨\u200d👩\u200d👧"),
    ),
)
