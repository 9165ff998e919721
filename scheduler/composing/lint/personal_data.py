"""Personal data that must not be public: telephone and identity numbers, plates, accounts, mail.

Source: Law 91/2025/QH15 and Decree 356/2025/ND-CP name them as personal data.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scheduler.composing.lint.rule import Found, Reading, Rule
from scheduler.composing.lint.styles import whole
from scheduler.registers.hotlines import SHOWN
from scheduler.text import say

if TYPE_CHECKING:
    from scheduler.composing.examine import Spoken

OFFICE_LINE = whole("đường dây nóng", "hotline", "tổng đài", "trực ban")
IDENTITY = whole(
    "cccd", "cmnd", "cmt", "căn cước(?: công dân)?", "chứng minh(?: nhân dân| thư)?", "định danh(?: cá nhân)?"
)
ACCOUNT = whole("tài khoản", "stk", "số tk", "tk", "số thẻ")
MONEY = re.compile(r"\s*(?:đồng|đ|triệu|vnđ|vnd|usd)(?!\w)")
PLATE = re.compile(r"[1-9]\d(?<![\w/.-]\d\d)[ -]?[A-Z][A-Z0-9]?(?:[ -]\d{3}\.\d{2}|-\d{4,5})(?![\w/])")
NAMED_PLATE = re.compile(
    r"(?:biển\s+(?:số|kiểm\s+soát|xe)|bks)\W{0,3}([1-9]\d[ -]?[a-z]\w?[ .-]?\d{3}\.?\d{1,2})(?!\w)"
)
MAIL = re.compile(r"(?<![\w@.+-])[\w.+-]+@((?:[\w-]+\.)+[a-z]{2,})", re.IGNORECASE)


def _phones(reading: Reading, spoken: Spoken) -> Found:
    hotlines = reading.known.hotlines
    for number in reading.numbers:
        if not number.mobile or re.sub("^84", "0", number.digits) in hotlines.by_digits:
            continue
        if not hotlines.there and OFFICE_LINE.search(reading.before(number.start)[-60:]):
            continue  # an office without a register cannot be asked to keep its number there
        yield say(
            f'"{reading.shown(number)}" là số điện thoại di động của cá nhân? Bỏ đi; nếu là số của cơ quan, ghi vào {SHOWN}',
            f'"{reading.shown(number)}": a mobile number of a person? Remove it; if it is the office\'s, put it into {SHOWN}',
        )


def _identity(reading: Reading, spoken: Spoken) -> Found:
    for number in reading.numbers:
        if len(number.digits) in (9, 12) and IDENTITY.search(reading.before(number.start)[-40:]):
            yield say(
                f'"{reading.shown(number)}" là số căn cước hoặc chứng minh nhân dân; bỏ đi, không đăng giấy tờ của ai',
                f'"{reading.shown(number)}" is an identity number; remove it',
            )


def _accounts(reading: Reading, spoken: Spoken) -> Found:
    for number in reading.numbers:
        if not 8 <= len(number.digits) <= 16 or number.mobile or MONEY.match(reading.low, number.end):
            continue
        if ACCOUNT.search(reading.before(number.start)[-40:]):
            yield say(
                f'"{reading.shown(number)}" là số tài khoản; bỏ đi. Tài khoản nhận ủng hộ chính thức thì dẫn tới trang của '
                "cơ quan",
                f'"{reading.shown(number)}" is an account number; remove it. For donations lead to the office\'s own page',
            )


def _plates(reading: Reading, spoken: Spoken) -> Found:
    found = [m[0] for m in PLATE.finditer(reading.text)] + [m[1].upper() for m in NAMED_PLATE.finditer(reading.low)]
    for plate in dict.fromkeys(found):
        yield say(
            f'"{plate}" là biển số xe; bỏ đi, hoặc che bớt: 29A-xxx.xx',
            f'"{plate}" is a number plate; remove it, or hide a part: 29A-xxx.xx',
        )


def _mail(reading: Reading, spoken: Spoken) -> Found:
    for found in MAIL.finditer(reading.text):
        if not reading.known.may_name_mail(found[1]):
            yield (
                say(
                    f'"{found[0]}" không phải thư công vụ (.gov.vn); dùng thư công vụ, hoặc thêm {found[1].lower()} vào '
                    "allow_mail trong campaigns/lint.yaml",
                    f'"{found[0]}" is no official address (.gov.vn); use one, or add {found[1].lower()} to allow_mail '
                    "in campaigns/lint.yaml",
                ),
                "error" if reading.known.strict else "warning",
            )


_WHY = (
    "Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15 và Nghị định 356/2025/NĐ-CP: chỉ công khai khi có căn cứ pháp luật "
    "hoặc người ấy đồng ý.",
    "Law 91/2025/QH15 and Decree 356/2025/ND-CP: to be public only on a legal ground or with consent.",
)
RULES = (
    Rule(
        id="phone",
        guards=("số điện thoại di động của cá nhân", "mobile numbers of persons"),
        why=_WHY,
        find=_phones,
        severity="error",
        caught=("Liên hệ anh Hùng: 0912 345 678.", "Gọi +84 912 345 678 để nhận quà."),
        clean=("Gọi 113 hoặc 0769.04.04.04.", "Điện thoại cơ quan: 024.3939.5555."),
    ),
    Rule(
        id="identity-number",
        guards=("số căn cước, chứng minh nhân dân", "identity numbers"),
        why=_WHY,
        find=_identity,
        severity="error",
        on=(("cccd", "cmnd", "cmt", "căn cước", "chứng minh", "định danh"),),
        caught=("Nguyễn Văn A, CCCD 001090012345.", "Số CMND: 012345678."),
        clean=("Mang theo căn cước khi làm thủ tục.", "Căn cước gồm 12 chữ số."),
    ),
    Rule(
        id="bank-account",
        guards=("số tài khoản ngân hàng", "bank accounts"),
        why=_WHY,
        find=_accounts,
        severity="error",
        on=(("tài khoản", "stk", "tk", "số thẻ"),),
        caught=("Tài khoản 19031234567890 tại ngân hàng X.", "STK: 0021 0001 2345 6."),
        clean=("Không cho mượn tài khoản ngân hàng.", "Tài khoản định danh mức 2 dùng từ 01/7/2027."),
    ),
    Rule(
        id="plate",
        guards=("biển số xe", "number plates"),
        why=_WHY,
        find=_plates,
        severity="error",
        caught=("Xe ô tô 29A-123.45 gây tai nạn.", "Xe máy biển số 29B1 12345."),
        clean=("Luật số 120/2025/QH15.", "Học sinh lớp 12A1 năm học 2026-2027."),
    ),
    Rule(
        id="mail",
        quiet=True,
        guards=("địa chỉ thư điện tử không phải thư công vụ", "mail addresses that are not official"),
        why=(
            "Kẻ lừa đảo giả danh cơ quan thường dùng thư miễn phí; dân cần thấy địa chỉ .gov.vn.",
            "Impostors use free mail; people must see an address of the State.",
        ),
        find=_mail,
        on=(("@",),),
        caught=("Gửi về congan.hn@gmail.com.", "Thư: a.b@yahoo.com"),
        clean=("Gửi về vanthu@hanoi.gov.vn.", "Theo dõi @hanoi@mang.example.org."),
    ),
)
