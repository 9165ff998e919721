"""Claims: absolutes that nobody can stand for, and figures that lack their source or their period."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scheduler.composing.lint.rule import Found, Reading, Rule
from scheduler.composing.lint.styles import both_styles, whole
from scheduler.text import say

if TYPE_CHECKING:
    from scheduler.composing.examine import Spoken

HUNDRED = re.compile(r"100(?<![\w.,/]100)\s?(?:%|phần trăm)")
NEVER_SURE = whole(
    "chắc chắn (?:sẽ )?(?:chết|nghiện|tử vong)",
    "thử (?:một|1) lần (?:là )?(?:\\w+ )?(?:chết|nghiện|mất mạng|tàn đời|hỏng đời)",
    "(?:một|1) lần thử,? (?:cả )?(?:một )?đời (?:ân hận|hối hận|hối tiếc)",
    "không bao giờ cai được|không thể cai được|vô phương cứu chữa|hết đường quay (?:lại|về)",
    "dính vào (?:ma túy )?là chết|hút vào là chết|đã nghiện là hết",
    "tuyệt đối an toàn|an toàn tuyệt đối(?! cho)",
)
THREATS = (
    "chắc chắn", "thử một lần", "thử 1 lần", "một lần thử", "1 lần thử", "bao giờ cai", "thể cai", "vô phương",
    "hết đường quay", "là chết", "là hết", "tuyệt đối an", "an toàn tuyệt",
)  # fmt: skip
SOURCED = re.compile(
    both_styles(
        r"nguồn\s*:|(?<!\w)(?:theo|số liệu|thống kê|báo cáo)(?:\s+\w+){0,4}?\s+"
        r"(?:báo cáo|thống kê|số liệu|công an|bộ|cục|sở|ubnd|ủy ban|ban|văn phòng|tổng cục|viện|tòa|c0\d|cơ quan|quốc gia|"
        r"trung tâm|liên hợp quốc|who|unicef|thông tin từ)(?!\w)"
    )
)
AIM = whole("phấn đấu", "mục tiêu", "chỉ tiêu", "bảo đảm", "đảm bảo", "yêu cầu", "kế hoạch", "đạt")
UNITS = (
    "vụ", "đối tượng", "bị can", "bị cáo", "người", "nạn nhân", "kg", "ki-lô-gam", "gam", "tấn", "bánh", "viên", "ca",
    "trường hợp", "tụ điểm", "đường dây", "tỷ đồng", "triệu đồng", "học sinh", "trẻ em",
)  # fmt: skip
COUNTED = tuple(f"{digit}{blank}{unit}" for digit in "0123456789" for blank in ("", " ") for unit in UNITS)
COUNT = re.compile(rf"[0-9](?<![\w/.,-][0-9])[0-9.,]*\s*(?:{'|'.join(UNITS)})(?!\w)")
HAPPENINGS = (
    "phát hiện", "bắt", "bắt giữ", "bắt quả tang", "khởi tố", "triệt phá", "triệt xóa", "thu giữ", "xử lý", "xử phạt",
    "tử vong", "thiệt mạng", "bị thương", "xảy ra", "ghi nhận", "điều tra", "khám phá", "lừa đảo", "chiếm đoạt", "nhiễm",
    "mắc", "thiệt hại",
)  # fmt: skip
HAPPENED = whole(*HAPPENINGS)
NO_REPORT = whole(
    "nếu", "khi", "từ \\d+ người", "điều \\d+\\w?", "khoản \\d+", "bộ luật", "nghị định", "phạt (?:tiền|tù|từ|cải tạo)",
    "mức phạt", "trở lên", "ít nhất", "tối đa", "không quá", "mỗi", "ví dụ",
)  # fmt: skip
SPEAKER = whole(
    "công an", "cảnh sát", "cục", "đội", "viện kiểm sát", "tòa án", "bộ đội biên phòng", "hải quan", "ủy ban",
    "ubnd", "lực lượng", "c0\\d", "sở y tế", "bộ y tế", "cơ quan điều tra",
)  # fmt: skip
PERIOD = re.compile(
    r"(?<!\d)20\d\d(?!\d)|(?<![\d/])\d{1,2}/\d{1,2}(?!\d)|tháng\s+\d|quý\s+(?:\d|i)|giai\s+đoạn|"
    r"(?:đầu|cuối|trong)\s+(?:ngày|tuần|tháng|quý|năm)|(?:năm|tháng|tuần|quý)\s+(?:qua|nay|trước)|hôm\s+(?:nay|qua)|"
    r"\d+\s+(?:tháng|tuần|ngày|năm)\s+(?:đầu|cuối|qua)"
)


def _absolutes(reading: Reading, spoken: Spoken) -> Found:
    for found in HUNDRED.finditer(reading.low):
        sentence = reading.sentence(found.start())
        if not (AIM.search(sentence) or SOURCED.search(sentence)):
            yield say(
                f'"{reading.shown(found)}": không nói tuyệt đối; nêu số liệu kèm nguồn và năm',
                f'"{reading.shown(found)}": nothing is absolute; give a figure with source and year',
            )
    if not any(threat in reading.low for threat in THREATS):
        return
    for found in NEVER_SURE.finditer(reading.low):
        yield say(
            f'"{reading.shown(found)}": lời dọa tuyệt đối làm mất lòng tin; nêu nguy cơ đúng mức và nơi giúp đỡ',
            f'"{reading.shown(found)}": an absolute threat costs trust; state the risk, and where help is',
        )


def _figures(reading: Reading, spoken: Spoken) -> Found:
    sourced = dated = None
    for found in COUNT.finditer(reading.low):
        sentence = reading.sentence(found.start())
        if not HAPPENED.search(sentence) or NO_REPORT.search(sentence):
            continue
        if sourced is None:
            sourced, dated = bool(SOURCED.search(reading.low)), bool(PERIOD.search(reading.low))
        missing = [] if sourced or SPEAKER.search(sentence) else [("nguồn", "source")]
        missing += [] if dated else [("kỳ (ngày, tháng, năm)", "period (day, month, year)")]
        if missing:
            vi, en = (" và ".join(m[0] for m in missing), " and ".join(m[1] for m in missing))
            yield say(
                f'"{reading.shown(found)}": số liệu thiếu {vi}; thêm: "theo ... , 6 tháng đầu năm 2027"',
                f'"{reading.shown(found)}": a figure without {en}; add: "according to ..., first half of 2027"',
            )
            return  # one reminder for a post


RULES = (
    Rule(
        id="absolute",
        guards=("lời tuyệt đối", "absolutes"),
        why=(
            "Phóng đại làm mất lòng tin và có thể phản tác dụng, nhất là với người trẻ.",
            "Exaggeration costs trust and may do harm, most of all with the young.",
        ),
        find=_absolutes,
        on=(("100%", "100 %", "100 phần", "100phần", *THREATS),),
        caught=("Thử một lần là chết.", "100% người dùng sẽ nghiện."),
        clean=("Phấn đấu 100% tổ dân phố ký cam kết.", "Ma túy có thể gây nghiện rất nhanh."),
    ),
    Rule(
        id="figures",
        quiet=True,
        guards=("số liệu thiếu nguồn hoặc kỳ", "figures without source or period"),
        why=(
            "Số vụ, số người, số tang vật phải kèm nguồn và kỳ báo cáo, để dân và báo chí kiểm tra được.",
            "Numbers of cases, people and seizures need their source and period, so that anybody can check them.",
        ),
        find=_figures,
        on=(COUNTED, HAPPENINGS),
        caught=("Đã phát hiện 1.204 vụ, thu giữ hơn 400 kg.", "Bắt giữ 25 đối tượng."),
        clean=("Theo Công an Thành phố, 6 tháng đầu năm 2025 phát hiện 1.204 vụ.", "Gọi 113 khi phát hiện vụ việc."),
    ),
)  # fmt: skip
