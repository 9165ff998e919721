"""What a public body keeps and never asks for: secrets of the State, and the reader's money and passwords."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scheduler.composing.lint.rule import Found, Reading, Rule
from scheduler.composing.lint.styles import whole
from scheduler.text import say

if TYPE_CHECKING:
    from scheduler.composing.examine import Spoken

STAMP = re.compile(r"^[\W_]*(?:TUYỆT MẬT|TỐI MẬT|MẬT)[\W_]*$", re.MULTILINE)
IN_A_LINE = re.compile(r"(?<!\w)(?:TUYỆT MẬT|TỐI MẬT)(?!\w)")
LEVEL = re.compile(r"^\W*(?:độ mật|mức độ mật)\s*:\s*(?:tuyệt mật|tối mật|mật)\W*$", re.MULTILINE)
INTERNAL = whole("lưu hành nội bộ", "không phổ biến ra ngoài", "chỉ lưu hành trong")


def _secrets(reading: Reading, spoken: Spoken) -> Found:
    found: list[str] = []
    if "MẬT" in reading.text:
        found += [m[0].strip() for m in STAMP.finditer(reading.text)]
        for line in reading.text.split("\n"):
            if line != line.upper():  # in a heading of capitals every word looks like a stamp
                found += [m[0] for m in IN_A_LINE.finditer(line)]
    found += [reading.shown(m) for pattern in (LEVEL, INTERNAL) for m in pattern.finditer(reading.low)]
    for mark in dict.fromkeys(found):
        yield say(
            f'"{mark}" là dấu của tài liệu không được công khai; bỏ nội dung này và hỏi người quản lý tài liệu',
            f'"{mark}" marks what must not be public; remove it and ask who keeps the document',
        )


_KEPT_TO_ONESELF = "(?:mã otp|otp|mật khẩu|mã pin|mã xác thực)"
REQUEST = whole(
    r"(?:hãy|vui lòng|xin|mời|đề nghị|cần) (?:\w+ ){0,4}?chuyển (?:khoản|tiền)",
    rf"(?:hãy|vui lòng|xin|mời|đề nghị|cần) (?:\w+ ){{0,3}}?(?:gửi|cung cấp|nhập|đọc|nhắn) (?:\w+ ){{0,2}}?{_KEPT_TO_ONESELF}",
    rf"(?:gửi|cung cấp|đọc|nhắn) {_KEPT_TO_ONESELF} (?:\w+ ){{0,2}}?(?:cho|tới|về|qua)",
    "chuyển khoản (?:ngay )?(?:cho|vào|tới|qua) (?:chúng tôi|số tài khoản|tài khoản)(?: sau| dưới đây|:)?",
    r"nộp (?:tiền|phí) (?:\w+ ){0,2}?(?:vào|qua) (?:số )?tài khoản",
)
WARNED = whole(
    "không", "đừng", "chớ", "cấm", "giả danh", "giả mạo", "mạo danh", "yêu cầu", "dụ", "dụ dỗ", "lừa", "lừa đảo",
    "thủ đoạn", "đối tượng", "kẻ", "kẻ gian", "chúng", "ai", "mọi đề nghị", "cảnh giác", "ép", "đe dọa", "nạn nhân",
    "tự xưng", "bị",
)  # fmt: skip


def _requests(reading: Reading, spoken: Spoken) -> Found:
    for found in REQUEST.finditer(reading.low):
        if not WARNED.search(reading.before(found.start())):
            yield say(
                f'"{reading.shown(found)}": cơ quan nhà nước không hỏi tiền, OTP, mật khẩu qua mạng; bỏ câu này, hoặc viết '
                'thành lời cảnh báo: "không chuyển tiền, không cung cấp mã OTP cho bất kỳ ai"',
                f'"{reading.shown(found)}": a public body asks for no money, OTP or password; remove it or make it a warning',
            )


RULES = (
    Rule(
        id="secrecy",
        guards=("dấu hiệu tài liệu mật, nội bộ", "marks of secret or internal documents"),
        why=(
            "Luật Bảo vệ bí mật nhà nước 117/2025: tài liệu mang dấu mật không được đăng.",
            "State secrets law 117/2025: what bears such a mark is not published.",
        ),
        find=_secrets,
        severity="error",
        on=(("mật", "lưu hành", "phổ biến ra"),),
        caught=("TỐI MẬT\nKế hoạch số 5", "Tài liệu lưu hành nội bộ."),
        clean=("BẢO VỆ BÍ MẬT NHÀ NƯỚC", "Danh tính người báo tin được bảo mật."),
    ),
    Rule(
        id="money-request",
        guards=("lời hỏi tiền, OTP, mật khẩu của người đọc", "asking readers for money, OTP or passwords"),
        why=(
            "Kẻ lừa đảo giả danh cơ quan hay hỏi như vậy; lời của cơ quan không được giống lời của chúng.",
            "That is how impostors ask; the words of a public body must not resemble theirs.",
        ),
        find=_requests,
        on=(("chuyển khoản", "chuyển tiền", "otp", "mật khẩu", "mã pin", "xác thực", "nộp"),),
        caught=("Hãy chuyển khoản để nhận quà.", "Gửi mã OTP cho cán bộ để xác minh."),
        clean=("Không chuyển khoản cho người lạ.", "Đối tượng yêu cầu nạn nhân cung cấp mã OTP."),
    ),
)
