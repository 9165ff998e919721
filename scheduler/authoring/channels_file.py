"""`channels.yaml`: every account of ours, on which network, of which unit, and where its secrets are found."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, model_validator

from scheduler.registers.identifier import Identifier
from scheduler.registers.moments import Duration
from scheduler.registers.source import Strict, form
from scheduler.text import say

ENV_NAME = r"env:[A-Za-z_][A-Za-z0-9_]*"


def _secret_name(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(ENV_NAME, value):
        raise ValueError(
            say(
                "không viết mật khẩu hay mã truy cập ở đây; viết env:TÊN rồi đặt TÊN=... trong tệp .env",
                "no secret may stand here; write env:NAME and put NAME=... into the file .env",
            )
        )
    return value


def _http(value: Any) -> Any:
    if value is not None and not (isinstance(value, str) and re.fullmatch(r"https?://[^\s/@]+(/\S*)?", value)):
        raise ValueError(
            say(
                f'"{value}" không phải địa chỉ (không kèm tên, mật khẩu); ví dụ: https://example.org',
                f'"{value}" is no address (without name and password); e.g. https://example.org',
            )
        )
    return value.rstrip("/") if isinstance(value, str) else value


class PaceEntry(Strict):
    """Our own limits for a channel, besides the network's."""

    EXAMPLE: ClassVar[str] = "{per_day: 20, min_gap: 1m}"

    per_day: Annotated[int, Field(gt=0)] | None = None
    """Nhiều nhất bao nhiêu bài một ngày"""
    per_month: Annotated[int, Field(gt=0)] | None = None
    """Nhiều nhất bao nhiêu bài một tháng (tháng dương lịch); quá số này loa check từ chối"""
    min_gap: Duration | None = None
    """Hai bài cách nhau ít nhất bao lâu: 1m, 2h"""


class BudgetEntry(Strict):
    """What all channels of one app, or of one network, may post together: at most so many within so long."""

    EXAMPLE: ClassVar[str] = "{app: loa-facebook, most: 200, within: 1h}"

    app: Identifier | None = None
    """Các kênh đăng qua ứng dụng này (như app của kênh)"""
    network: str | None = None
    """Các kênh trên mạng này"""
    most: Annotated[int, Field(gt=0)]
    """Nhiều nhất bao nhiêu bài"""
    within: Duration
    """trong bao lâu: 1h, 1d"""

    @model_validator(mode="after")
    def _of_one_thing(self) -> BudgetEntry:
        if (self.app is None) == (self.network is None):
            raise ValueError(say("cần app hoặc network (một trong hai)", "needs app or network (one of them)"))
        return self

    @property
    def name(self) -> str:
        """What the budget is called in the ledger and in status."""
        return f"app:{self.app}" if self.app is not None else f"network:{self.network}"


class ChannelEntry(Strict):
    """One account of ours on one network, as declared."""

    EXAMPLE: ClassVar[str] = "{id: bang-tin, network: feed, account: bang-tin}"

    id: Identifier
    """Mã kênh do ta đặt: chữ không dấu, số, gạch nối; đặt một lần, không đổi"""
    network: str
    """Tên mạng: feed, mastodon, bluesky, telegram, wordpress..."""
    account: str
    """Tên tài khoản trên mạng, được kiểm tra trước bài đầu tiên để không đăng nhầm trang"""
    base_url: Annotated[str | None, BeforeValidator(_http)] = None
    """Địa chỉ máy chủ của mạng: https://example.org"""
    unit: str = ""
    """Mã đơn vị có kênh này (trong units.yaml)"""
    labels: tuple[str, ...] = ()
    """Nhãn để chọn nhiều kênh một lúc: [thanh-pho]"""
    app: Identifier | None = None  # the network's app through which we speak; channels of one app share its allowance
    """Ứng dụng của mạng mà ta đăng qua; các kênh chung ứng dụng thì chung hạn mức"""
    credentials: dict[str, Annotated[str, BeforeValidator(_secret_name, json_schema_input_type=form(ENV_NAME))]] = {}
    """Tên các khoá bí mật, luôn viết env:TÊN; khoá thật nằm trong tệp .env"""
    pace: PaceEntry = PaceEntry()
    """Mức đăng của ta, chặt hơn mức của mạng: {per_day: 20, min_gap: 1m}"""
    options: dict[str, str] = {}
    """Cài đặt riêng của mạng, nếu mạng có"""


class ChannelsFile(Strict):
    channels: tuple[ChannelEntry, ...] = ()
    """Các kênh: mỗi kênh là một tài khoản chính thức trên một mạng"""
    budgets: tuple[BudgetEntry, ...] = ()
    """Hạn mức chung của các kênh cùng ứng dụng hoặc cùng mạng"""
