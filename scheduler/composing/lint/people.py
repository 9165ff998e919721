"""People whom a post may harm: who lives with HIV, children who suffered, who is not convicted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scheduler.composing.lint.rule import Found, Reading, Rule
from scheduler.composing.lint.styles import whole
from scheduler.text import say

if TYPE_CHECKING:
    from scheduler.composing.examine import Spoken

_UP = "".join(c for c in map(chr, [*range(0x41, 0x5B), *range(0xC0, 0x1B0), *range(0x1EA0, 0x1EFA)]) if c.isupper())
_SURNAMES = (
    "Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý|Đinh|Đoàn|Trịnh|Mai|Cao|Lương|Đào|Tạ|"
    "Trương|Lâm|Phùng|Tô|Vương|Quách|Chu|Thái|Nông|Giàng|Vàng|Lò|Sùng"
)
_CAP = rf"[{_UP}](?:[^\W\d_{_UP}]+|(?!\w))"  # a syllable of a name, or the letter that stands for it
_INITIALS = rf"(?:[{_UP}]\.\s?){{1,4}}(?:{_CAP})?"
_TITLE = (
    r"(?:[Ôô]ng|[Bb]à|(?<!nước\s)[Aa]nh|[Cc]hị|(?<![Tt]rẻ\s)(?<![Cc]hị\s)(?<!anh\s)(?<!các\s)(?<!đàn\s)(?<!con\s)[Ee]m|"
    r"[Cc]háu(?:\s+bé)?|[Bb]é|[Cc]hú|[Bb]ác|[Cc]ô|[Đđ]ối\s+tượng|[Bb]ị\s+(?:can|cáo)|[Bb]ệnh\s+nhân|[Nn]ạn\s+nhân|"
    r"[Nn]ghi\s+phạm|[Tt]ên)"
)
_FULL_NAME = rf"(?:{_SURNAMES}|Hà(?=\s+(?:Văn|Thị|Đức|Minh)))(?:\s+{_CAP}){{2,4}}"
_CAPITALS = rf"(?:{_SURNAMES.upper()})(?:\s+[{_UP}]+){{1,4}}"
_PERSON = (
    r"(?<!\w)(?<![Tt]heo\s)(?<![Tt]hưa\s)(?<![Gg]ửi\s)(?<!hỏi\s)(?:"
    rf"{_TITLE}\s+(?!Rịa|Tô(?!\s+[{_UP}])|Hồ(?!\s+[{_UP}]))(?:{_INITIALS}|{_CAP}(?:\s+{_CAP}){{0,4}})"
    rf"|(?<![Pp]hường\s)(?<![Xx]ã\s)(?<!phố\s)(?<!đường\s)(?<!TP\.\s)(?<!trường\s)(?<!viện\s){_FULL_NAME}"
    rf"|(?:ÔNG|BÀ|ANH|CHỊ|CHÁU|ĐỐI\s+TƯỢNG)\s+{_CAPITALS})"
)
# who the person is: in brackets, or between commas with an age, a year, a place
_ASIDE = r"(?:\s*\([^)\n]{0,80}?[,)]|\s*,(?=[^.!?\n]{0,60}?(?:\d|tuổi|trú|quê|ngụ|sinh))[^.!?\n]{0,80}?,)?"
_LINK = (
    r"(?:\s+(?:đã|đang|bị|được|phát\s+hiện|xác\s+định|chẩn\s+đoán|có\s+kết\s+quả(?:\s+xét\s+nghiệm)?|xét\s+nghiệm|"
    r"vừa|từng|mình|không\s+may|là(?:\s+một)?\s+(?:người|ca|trường\s+hợp)))*\s*,?\s+"
)
_HIV = (
    r"(?i:(?:nhiễm|dương\s+tính(?:\s+với)?|mắc|có|mang|bị|(?:chung\s+)?sống(?:\s+chung)?\s+(?:cùng\s+|với\s+)?)\s*"
    r"(?:(?:vi\s?rút|virus|căn|bệnh)\s+){0,2}(?:HIV|AIDS|si\s?đa)(?!\s+(?:hay|hoặc)\s+không)|HIV\s+dương\s+tính)(?!\w)"
)
WITH_HIV = re.compile(
    rf"{_PERSON}{_ASIDE}{_LINK}{_HIV}"
    rf"|(?i:(?:người|bệnh\s+nhân|ca|trường\s+hợp)\s+(?:bị\s+)?(?:nhiễm|có|mắc|dương\s+tính\s+với)\s+HIV)"
    rf"(?:\s+(?:này\s+)?là|\s+tên(?:\s+là)?|:)\s+(?:{_TITLE}\s+(?:{_INITIALS}|{_CAP})|{_FULL_NAME}|{_INITIALS})"
    rf"|(?i:(?:nhiễm|có|mắc)\s+HIV[^.!?\n]{{0,40}}?\s+(?:ở|tại)\s+(?:nhà\s+)?số(?:\s+nhà)?\s+\d)"
)


def _with_hiv(reading: Reading, spoken: Spoken) -> Found:
    for found in WITH_HIV.finditer(reading.text):
        yield say(
            f'"{found[0]}": không được để lộ ai nhiễm HIV (tên, địa chỉ, hình ảnh); viết chung: "người sống chung với HIV"',
            f'"{found[0]}": nobody may be shown to have HIV (name, address, picture); speak of people in general',
        )


CHILD = re.compile(
    rf"(?<!\w)(?:[Cc]háu(?:\s+bé)?|[Bb]é(?:\s+(?:gái|trai))?|"
    rf"(?<![Tt]rẻ\s)(?<![Cc]hị\s)(?<!anh\s)(?<!các\s)(?<!đàn\s)(?<!con\s)[Ee]m|[Nn]ạn\s+nhân|[Hh]ọc\s+sinh)\s+"
    rf"(?:(?:{_SURNAMES})(?:\s+{_CAP}){{1,4}}|{_INITIALS}|(?!Việt|Hà\s+Nội){_CAP}(?=\s*\((?:SN|sinh|\d)))"
)
SUFFERINGS = (
    "xâm hại", "bạo hành", "bạo lực", "dâm ô", "hiếp dâm", "đánh đập", "hành hạ", "lạm dụng", "bắt cóc", "bị đánh",
    "giao cấu", "bắt nạt",
)  # fmt: skip
SUFFERED = whole(*SUFFERINGS)


def _children(reading: Reading, spoken: Spoken) -> Found:
    for found in CHILD.finditer(reading.text):
        if SUFFERED.search(reading.sentence(found.start())):
            yield say(
                f'"{found[0]}": không nêu tên trẻ em là nạn nhân; viết "một cháu bé", không nêu trường, nhà, người thân',
                f'"{found[0]}": a child who suffered is not named; write "a child", without school, home or family',
            )


GUILTY = {
    "hung thủ": "người bị tình nghi, bị can",
    "kẻ (?:giết người|sát nhân|thủ ác|hiếp dâm|cướp của|buôn ma túy)": "người bị tình nghi, bị can, bị cáo",
    "sát nhân": "người bị tình nghi, bị can, bị cáo",
    "tên (?:trộm|cướp|cướp giật|giết người|sát nhân|lừa đảo|tội phạm|buôn ma túy|côn đồ)": "người bị tình nghi",
    "yêu râu xanh": "người bị tình nghi",
    "thủ phạm": "người bị tình nghi",
    "ông trùm|bà trùm|trùm ma túy": "người bị tình nghi cầm đầu",
}
_GUILTY = {whole(pattern): instead for pattern, instead in GUILTY.items()}
JUDGED = whole("bản án", "tòa án tuyên", "tuyên phạt", "tòa tuyên", "kết án", "thi hành án", "lĩnh án", "phạm nhân")


def _guilty(reading: Reading, spoken: Spoken) -> Found:
    for pattern, instead in _GUILTY.items():
        for found in pattern.finditer(reading.low):
            if not JUDGED.search(reading.sentence(found.start())):
                yield say(
                    f'"{reading.shown(found)}": chưa có bản án thì chưa ai có tội; viết: {instead}',
                    f'"{reading.shown(found)}": nobody is guilty before a verdict; write: {instead}',
                )


RULES = (
    Rule(
        id="hiv-person",
        guards=("người nhiễm HIV bị nêu tên, địa chỉ", "a person shown to have HIV"),
        why=(
            "Luật Phòng, chống HIV/AIDS cấm công khai tên, địa chỉ, hình ảnh của người nhiễm HIV khi người ấy chưa đồng ý; "
            "bị phạt theo Điều 19 Nghị định 117/2020/NĐ-CP.",
            "The HIV law forbids to publish name, address or picture of a person with HIV; Decree 117/2020 fines it.",
        ),
        find=_with_hiv,
        severity="error",
        waivable=False,
        on=(("hiv", "aids", "si đa", "siđa"),),
        caught=("Anh Nguyễn Văn A (SN 1990) nhiễm HIV.", "Chị H. dương tính với HIV."),
        clean=("Người sống chung với HIV được điều trị ARV miễn phí.", "Bà Lan cho biết số người nhiễm HIV đã giảm."),
    ),
    Rule(
        id="child-name",
        guards=("tên trẻ em là nạn nhân", "the name of a child who suffered"),
        why=(
            "Luật Trẻ em và Luật 91/2025/QH15 (Điều 24): đời tư của trẻ em chỉ công khai khi trẻ từ 7 tuổi và người đại diện "
            "cùng đồng ý.",
            "A child's private life is public only with the consent of the child and of who stands for it.",
        ),
        find=_children,
        severity="error",
        on=(SUFFERINGS, ("cháu", "bé", "em", "nạn nhân", "học sinh")),
        caught=("Cháu Nguyễn Thị B. bị bạo hành.", "Em Trần C (SN 2015) bị xâm hại."),
        clean=("Một cháu bé bị bạo hành, hãy gọi 111.", "Trẻ em Việt Nam cần được bảo vệ khỏi xâm hại."),
    ),
    Rule(
        id="guilt",
        guards=("lời kết tội khi chưa có bản án", "guilt before a verdict"),
        why=(
            "Điều 31 Hiến pháp: không ai bị coi là có tội cho đến khi có bản án đã có hiệu lực.",
            "Constitution, article 31: nobody is guilty until a verdict is in force.",
        ),
        find=_guilty,
        on=(
            (
                "hung thủ", "kẻ giết", "kẻ sát", "kẻ thủ", "kẻ hiếp", "kẻ cướp", "kẻ buôn", "sát nhân", "tên trộm",
                "tên cướp", "tên giết", "tên sát", "tên lừa", "tên tội", "tên buôn", "tên côn", "yêu râu", "thủ phạm",
                "ông trùm", "bà trùm", "trùm ma",
            ),
        ),
        caught=("Đã bắt được hung thủ.", "Tên trộm bị bắt tại chỗ."),
        clean=("Kẻ gian thường giả danh cán bộ.", "Bị cáo bị tòa tuyên phạt 5 năm tù."),
    ),
)  # fmt: skip
