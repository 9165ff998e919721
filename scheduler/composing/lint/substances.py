"""Drugs: how much, for how much and how is never said; it teaches instead of warning.

Source: UNODC/WHO International Standards on Drug Use Prevention (2018).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scheduler.composing.lint.rule import Found, Reading, Rule
from scheduler.composing.lint.styles import both_styles, on, whole
from scheduler.text import say

if TYPE_CHECKING:
    from scheduler.composing.examine import Spoken

_DRUGS = (
    "ma túy|heroin|hê-?rô-?in|cần sa|thuốc lắc|ketamine?|thuốc phiện|methamphetamine?|cocaine?|hàng đá|chất gây nghiện|"
    "chất cấm|nước vui|bóng cười|cỏ mỹ|tem giấy|thuốc hướng thần"
)
DRUG = whole(_DRUGS)
DRUGS_ON = on("túy", "heroin", "hê", "hêrôin", "sa", "lắc", "ketamin", "ketamine", "phiện", "methamphetamin",
              "methamphetamine", "cocain", "cocaine", "đá", "nghiện", "cấm", "vui", "cười", "mỹ", "giấy", "hướng")  # fmt: skip
_AMOUNT = r"(?<![\w/.,])\d+(?:[.,]\d+)?\s*(?:-|–|đến)?\s*(?:\d+(?:[.,]\d+)?\s*)?"
DOSE = re.compile(
    r"(?<!\w)(?:liều(?:\s+lượng|\s+dùng)?|mỗi\s+(?:lần|ngày|người)|một\s+lần|dùng|hút|hít|chích|tiêm|uống|ngậm|nuốt)(?!\w)"
    rf"[^.!?\n]{{0,40}}?{_AMOUNT}(?:mg|miligam|mi-li-gam|mcg|g|gam|gram|viên|tép|bi|ml|tem|hơi|điếu|liều|tờ)(?!\w)"
)
PRICE = re.compile(
    r"(?<!\w)(?<!trị\s)(?<!thanh\s)(?:giá|bán|mua|chỉ\s+từ)(?!\w)[^.!?\n]{0,50}?"
    r"(?<![\w/.,])\d[\d.,]*\s*(?:k|nghìn|ngàn|triệu|đồng|đ|vnđ|usd)(?!\w)"
)
METHOD = re.compile(
    both_styles(
        r"(?<!\w)(?:cách|hướng\s+dẫn|công\s+thức|các\s+bước|mẹo|bí\s+quyết)(?:\s+thức)?\s+"
        r"(?:sử\s+dụng|dùng|hút|hít|chích|tiêm|pha(?:\s+chế|\s+trộn)?|điều\s+chế|sản\s+xuất|nấu|chiết\s+xuất|trồng|"
        rf"cất\s+giấu|giấu|tìm\s+mua|mua|bán)(?:\s+\w+){{0,3}}?\s+(?:{_DRUGS.replace(' ', chr(92) + 's+')})(?!\w)"
    )
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
        on=DRUGS_ON,
        caught=("Mỗi lần dùng 0,1 gam heroin.", "Ma túy đá thường hút 2 đến 3 hơi."),
        clean=("Thu giữ 5 kg ma túy đá.", "Tàng trữ từ 0,1 gam heroin đã bị xử lý hình sự."),
    ),
    Rule(
        id="price",
        guards=("giá ma túy", "prices of drugs"),
        why=_WHY,
        find=_prices,
        severity="error",
        on=DRUGS_ON,
        caught=("Một viên thuốc lắc bán với giá 300 nghìn.", "Cần sa giá chỉ 200.000 đồng."),
        clean=("Thu giữ ma túy trị giá 2 tỷ đồng.", "Sử dụng ma túy bị phạt từ 1 đến 2 triệu đồng."),
    ),
    Rule(
        id="method",
        guards=("cách dùng, làm, mua, giấu ma túy", "how drugs are used, made, bought or hidden"),
        why=_WHY,
        find=_methods,
        severity="error",
        on=DRUGS_ON,
        caught=("Cách sử dụng ma túy đá.", "Công thức pha chế nước vui."),
        clean=("Nghiêm cấm hướng dẫn sử dụng ma túy.", "Cách nhận biết người sử dụng ma túy."),
    ),
)
