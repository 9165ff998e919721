"""Words that hurt: each with the term that the law uses in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.composing.lint.rule import Found, Reading, Rule
from scheduler.composing.lint.styles import whole
from scheduler.text import say

if TYPE_CHECKING:
    from scheduler.composing.examine import Spoken

STIGMA = {
    "(?:con|thằng|tên|dân|bọn|kẻ|lũ|đám) nghiện|nghiện ngập": "người nghiện ma túy, người sử dụng trái phép chất ma túy",
    "ngáo đá|thằng ngáo|kẻ ngáo": "người có biểu hiện loạn thần do sử dụng ma túy",
    "(?<!người )(?<!nhân )(?<!cư )(?<!nông )(?<!thôn )dân chơi": "người sử dụng trái phép chất ma túy",
    "nhiễm aids|bệnh thế k[ỷỉ]|si đa|siđa|xi đa|sida": "người sống chung với HIV, người nhiễm HIV",
    "gái (?:bán hoa|mại dâm|bán dâm|làng chơi|điếm|gọi (?:cao cấp|hạng sang))|đường dây gái gọi": "người bán dâm",
    "(?:tống|bắt|lôi|ép) (?:\\w+ )?đi cai(?: nghiện)?|tống vào trại(?: cai nghiện)?": (
        "đưa vào cơ sở cai nghiện theo quy định"
    ),
    "trại cai nghiện": "cơ sở cai nghiện ma túy",
    "(?:người|kẻ|đứa) tàn tật": "người khuyết tật",
    "thằng (?:điên|tù|khùng)|kẻ tâm thần|con điên": "người bệnh, người tâm thần",
    "(?:bọn|lũ|thằng) (?:tù|tội phạm|trộm cướp)": "người phạm tội",
}
_STIGMA = {whole(pattern): instead for pattern, instead in STIGMA.items()}


def _stigma(reading: Reading, spoken: Spoken) -> Found:
    for pattern, instead in _STIGMA.items():
        for found in pattern.finditer(reading.low):
            yield say(
                f'"{reading.shown(found)}" gây kỳ thị; dùng từ của pháp luật: {instead}',
                f'"{reading.shown(found)}" stigmatises; use the term of the law: {instead}',
            )


RULES = (
    Rule(
        id="stigma",
        guards=("từ gây kỳ thị", "words that stigmatise"),
        why=(
            "Lời kỳ thị làm người cần giúp đỡ xa lánh nơi giúp đỡ; văn bản pháp luật có từ riêng cho từng người.",
            "Stigma keeps people away from help; the law has its own terms.",
        ),
        find=_stigma,
        on=(
            (
                "con nghiện", "thằng nghiện", "tên nghiện", "dân nghiện", "bọn nghiện", "kẻ nghiện", "lũ nghiện",
                "đám nghiện", "nghiện ngập", "ngáo", "dân chơi", "nhiễm aids", "bệnh thế kỷ", "bệnh thế kỉ", "si đa",
                "siđa", "xi đa", "sida", "gái bán", "gái mại", "gái làng", "gái điếm", "gái gọi", "đi cai", "tống vào",
                "trại cai", "tàn tật", "thằng điên", "thằng tù", "thằng khùng", "tâm thần", "con điên", "bọn tù",
                "bọn tội", "bọn trộm", "lũ tù", "lũ tội", "lũ trộm", "thằng tội", "thằng trộm",
            ),
        ),
        caught=("Giúp con nghiện làm lại cuộc đời.", "HIV không phải căn bệnh thế kỷ."),
        clean=("Giúp người nghiện ma túy làm lại cuộc đời.", "Người dân chơi thể thao buổi sáng."),
    ),
)  # fmt: skip
