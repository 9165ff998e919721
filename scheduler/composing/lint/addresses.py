"""Links: a post of the State leads to pages of the State, or to what the office has allowed by name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scheduler.composing.lint.rule import Found, Reading, Rule
from scheduler.text import say

if TYPE_CHECKING:
    from scheduler.composing.examine import Spoken

LINK = re.compile(
    r"https?://[^\s<>\"'“”`]+|(?<![\w@./-])(?:[a-z0-9-]+\.)+"
    r"(?:(?:vn|com|net|org|info|xyz|top|club|online|site|shop|asia|link)(?![\w.-]*[\w@])|(?:ly|gl|me|io|co|cc)/)[^\s]*"
)


def _links(reading: Reading, spoken: Spoken) -> Found:
    for found in LINK.finditer(reading.low):
        host = _host(found[0])
        if host and not reading.known.may_lead_to(host):
            yield (
                say(
                    f"{host}: không phải trang của cơ quan nhà nước (.gov.vn) hay kênh của đơn vị; nếu đúng là trang tin cậy, "
                    f"thêm vào allow_links trong campaigns/lint.yaml",
                    f"{host}: neither a page of the State (.gov.vn) nor a channel of ours; if it is to be trusted, add it "
                    f"to allow_links in campaigns/lint.yaml",
                ),
                "error" if reading.known.strict else "warning",
            )


def _host(link: str) -> str:
    try:
        return (urlsplit(link if "//" in link else f"//{link}").hostname or "").rstrip(".…,;:!?)]}'")
    except ValueError:  # a bracket that belongs to the sentence
        return ""


RULES = (
    Rule(
        id="link",
        quiet=True,
        guards=("liên kết tới trang ngoài danh sách", "links outside the allowed domains"),
        why=(
            "Kẻ giả danh cơ quan dùng liên kết lạ; dân chỉ nên thấy trang .gov.vn, kênh của đơn vị và trang đã cho phép.",
            "Impostors use strange links; people should see the State's pages, our channels and what was allowed.",
        ),
        find=_links,
        on=(
            (
                "://", ".vn", ".com", ".net", ".org", ".info", ".xyz", ".top", ".club", ".online", ".site", ".shop",
                ".asia", ".link", ".ly/", ".gl/", ".me/", ".io/", ".co/", ".cc/",
            ),
        ),
        caught=("Xem tại https://bit.ly/abc.", "Đăng ký tại quatang.com."),
        clean=("Xem tại https://hanoi.gov.vn/tin.", "Tra cứu trên dichvucong.gov.vn."),
    ),
)  # fmt: skip
