"""Drugs: how much, for how much and how is never said; it teaches instead of warning.

Source: UNODC/WHO International Standards on Drug Use Prevention (2018).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scheduler.composing.lint.rule import Found, Reading, Rule
from scheduler.composing.lint.styles import beginning, whole
from scheduler.text import say

if TYPE_CHECKING:
    from scheduler.composing.examine import Spoken

DRUGS = (
    "ma túy", "heroin", "hêrôin", "hê-rô-in", "cần sa", "thuốc lắc", "ketamin", "thuốc phiện", "methamphetamin", "cocain",
    "hàng đá", "chất gây nghiện", "chất cấm", "nước vui", "bóng cười", "cỏ mỹ", "tem giấy", "thuốc hướng thần",
)  # fmt: skip
_NAMES = "|".join(rf"{name}e?" if name.endswith("min") else name for name in DRUGS).replace("cocain", "cocaine?")
DRUG = whole(_NAMES)
TAKING = ("liều", "mỗi", "một lần", "dùng", "hút", "hít", "chích", "tiêm", "uống", "ngậm", "nuốt")
MEASURES = (
    "mg",
    "miligam",
    "mi-li-gam",
    "mcg",
    "gam",
    "gram",
    "viên",
    "tép",
    "bi",
    "ml",
    "tem",
    "hơi",
    "điếu",
    "liều",
    "tờ",
)
MEASURED = tuple(f"{digit}{blank}{unit}" for digit in "0123456789" for blank in ("", " ") for unit in (*MEASURES, "g"))
PRICED = tuple(
    f"{digit}{blank}{unit}"
    for digit in "0123456789"
    for blank in ("", " ")
    for unit in ("k", "nghìn", "ngàn", "triệu", "đồng", "đ", "vnđ", "usd")
)
_AMOUNT = r"(?<![\w/.,])\d+(?:[.,]\d+)?\s*(?:-|–|đến)?\s*(?:\d+(?:[.,]\d+)?\s*)?"
OFFERED = ("giá", "bán", "mua", "chỉ từ")
DOSE = re.compile(
    beginning("liều(?: lượng| dùng)?", "mỗi (?:lần|ngày|người)", *TAKING[2:])
    + rf"[^.!?\n]{{0,40}}?{_AMOUNT}(?:{'|'.join(MEASURES)}|g)(?!\w)"
)
PRICE = re.compile(
    beginning(*OFFERED) + r"[^.!?\n]{0,50}?(?<![\w/.,])\d[\d.,]*\s*(?:k|nghìn|ngàn|triệu|đồng|đ|vnđ|usd)(?!\w)"
)
METHOD = whole(
    "(?:cách|cách thức|hướng dẫn|công thức|các bước|mẹo|bí quyết) "
    "(?:sử dụng|dùng|hút|hít|chích|tiêm|pha|pha chế|pha trộn|điều chế|sản xuất|nấu|chiết xuất|trồng|cất giấu|giấu|"
    rf"tìm mua|mua|bán)(?: \w+){{0,3}}? (?:{_NAMES})"
)
CASE = whole(
    "thu giữ", "thu được", "tang vật", "tàng trữ", "vận chuyển", "mua bán", "khối lượng", "trị giá", "phạt", "khởi tố",
    "điều \\d+\\w?", "bắt giữ", "bị bắt", "tuyên", "giám định", "tiền án", "chiếm đoạt", "thu lợi",
)  # fmt: skip
REFUSED = whole(
    "không", "nghiêm cấm", "cấm", "đừng", "chống", "hành vi", "tội", "xử lý", "xử phạt", "từ chối", "gỡ", "chặn"
)


def _doses(reading: Reading, spoken: Spoken) -> Found:
    yield from _unless_a_case(
        reading,
        DOSE,
        say("không nêu liều lượng; chỉ nói tác hại chung và nơi giúp đỡ", "no doses; say where help is to be had"),
    )


def _prices(reading: Reading, spoken: Spoken) -> Found:
    yield from _unless_a_case(
        reading, PRICE, say("không nêu giá ma túy; bỏ câu này", "no prices of drugs; remove the sentence")
    )


def _unless_a_case(reading: Reading, pattern: re.Pattern[str], advice: str) -> Found:
    """Yield the advice for what is found in a sentence on drugs that does not tell of a case or of the law."""
    for found in pattern.finditer(reading.low):
        sentence = reading.sentence(found.start())
        if DRUG.search(sentence) and not CASE.search(sentence):
            yield f'"{reading.shown(found)}": {advice}'


def _methods(reading: Reading, spoken: Spoken) -> Found:
    for found in METHOD.finditer(reading.low):
        if not REFUSED.search(reading.before(found.start())):
            yield say(
                f'"{reading.shown(found)}": không chỉ cách dùng, làm, mua ma túy; nói dấu hiệu cho cha mẹ, thầy cô '
                "và nơi giúp đỡ",
                f'"{reading.shown(found)}": not how drugs are used, made or bought; say the signs, and where help is',
            )


_WHY = (
    "Thông tin về liều, giá, cách dùng khêu gợi tò mò, không phòng ngừa được (UNODC/WHO 2018).",
    "Doses, prices and methods raise curiosity and prevent nothing (UNODC/WHO 2018).",
)
RULES = (
    Rule(
        id="dose",
        guards=("liều lượng ma túy", "doses of drugs"),
        why=_WHY,
        find=_doses,
        severity="error",
        on=(DRUGS, TAKING, MEASURED),
        caught=("Mỗi lần dùng 0,1 gam heroin.", "Ma túy đá thường hút 2 đến 3 hơi."),
        clean=("Thu giữ 5 kg ma túy đá.", "Tàng trữ từ 0,1 gam heroin đã bị xử lý hình sự."),
    ),
    Rule(
        id="price",
        guards=("giá ma túy", "prices of drugs"),
        why=_WHY,
        find=_prices,
        severity="error",
        on=(DRUGS, OFFERED, PRICED),
        caught=("Một viên thuốc lắc bán với giá 300 nghìn.", "Cần sa giá chỉ 200.000 đồng."),
        clean=("Thu giữ ma túy trị giá 2 tỷ đồng.", "Sử dụng ma túy bị phạt từ 1 đến 2 triệu đồng."),
    ),
    Rule(
        id="method",
        guards=("cách dùng, làm, mua, giấu ma túy", "how drugs are used, made, bought or hidden"),
        why=_WHY,
        find=_methods,
        severity="error",
        on=(DRUGS, ("cách", "hướng dẫn", "công thức", "các bước", "mẹo", "bí quyết")),
        caught=("Cách sử dụng ma túy đá.", "Công thức pha chế nước vui."),
        clean=("Nghiêm cấm hướng dẫn sử dụng ma túy.", "Cách nhận biết người sử dụng ma túy."),
    ),
)
