"""The environment: where the workspace is, which database, how long to wait, and where secrets come from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values

from scheduler.errors import SettingsError
from scheduler.text import say

LARGEST = 1_000_000  # of any number
LEAST_POOL = 3  # connections: one reads, one writes, one plans


@dataclass(frozen=True)
class DatabaseLimits:
    """How much one process may ask of PostgreSQL: connections, and seconds for a statement and for a lock."""

    pool: int = 5
    statement: float = 120
    lock: float = 30


def _setting(name: str, default: str, vi: str, *, secret: bool = False) -> str:
    """A setting read from the environment: its variable, its default as text, and one line for the operator."""
    return field(default=default, metadata={"name": name, "doc": vi}, repr=not secret)


@dataclass(frozen=True)
class Settings:
    """One workspace and how Loa treats it. Every text field is an environment variable; `.env` comes second."""

    workspace: Path
    environment: Mapping[str, str] = field(repr=False)

    database_url: str = _setting(
        "LOA_DATABASE_URL",
        "",
        "Cơ sở dữ liệu của sổ cái; để trống: SQLite trong var/loa.db. postgresql://user:pass@host/db",
    )
    db_pool: str = _setting("LOA_DB_POOL", "5", "PostgreSQL: mỗi tiến trình mở nhiều nhất bấy nhiêu kết nối; ít nhất 3")
    db_statement_timeout: str = _setting(
        "LOA_DB_STATEMENT_TIMEOUT", "120", "PostgreSQL: một câu lệnh được chạy nhiều nhất bấy nhiêu giây"
    )
    db_lock_timeout: str = _setting("LOA_DB_LOCK_TIMEOUT", "30", "PostgreSQL: chờ một khoá nhiều nhất bấy nhiêu giây")
    worker: str = _setting(
        "LOA_WORKER",
        "",
        "PostgreSQL: tên của loa run này khi một máy chạy nhiều loa run trong một thư mục; để trống: tên máy",
    )
    queues: str = _setting(
        "LOA_QUEUES",
        "",
        "PostgreSQL: loa run này chỉ đăng lên các kênh nào: mạng, unit:MÃ, !TÊN để bỏ; để trống: mọi kênh. zalo, unit:ba-dinh",
    )
    pumps: str = _setting("LOA_PUMPS", "10000", "PostgreSQL: loa run này nhận nhiều nhất bấy nhiêu kênh cùng lúc")
    timezone: str = _setting("LOA_TIMEZONE", "Asia/Ho_Chi_Minh", "Múi giờ của mọi giờ viết trong chiến dịch")
    vault_key: str = _setting(
        "LOA_VAULT_KEY",
        "",
        "Khoá của kho mã truy cập (kênh zalo cần); loa login in ra một khoá mới. Đổi khoá: khoá mới,khoá cũ",
        secret=True,
    )
    audit_key: str = _setting(
        "LOA_AUDIT_KEY",
        "",
        "Khoá để ký chuỗi của sổ cái (loa audit); một chuỗi ngẫu nhiên dài, giữ riêng. Đổi khoá: khoá mới,khoá cũ",
        secret=True,
    )
    locale: str = _setting("LOA_LOCALE", "vi", "Ngôn ngữ của thông báo: vi hoặc en")
    user: str = _setting("LOA_USER", "", "Tên người ra lệnh, ghi vào sổ cái; để trống: người dùng của hệ thống")
    senders: str = _setting("LOA_SENDERS", "64", "Số bài được gửi cùng lúc (mỗi kênh luôn chỉ một bài)")
    http_timeout: str = _setting("LOA_HTTP_TIMEOUT", "30", "Số giây chờ một mạng trả lời")
    quarantine: str = _setting("LOA_QUARANTINE", "10", "Số giây chờ trước khi tìm trên mạng một bài chưa xác nhận")
    look_gap: str = _setting("LOA_LOOK_GAP", "8", "Số giây giữa hai lần tìm; luôn lớn hơn 5")
    measure_per_hour: str = _setting(
        "LOA_MEASURE_PER_HOUR", "30", "Mỗi kênh được hỏi số liệu nhiều nhất bao nhiêu lần một giờ; 0: không hỏi"
    )
    alert_email: str = _setting("LOA_ALERT_EMAIL", "", "Báo cho ai khi cần người xử lý (địa chỉ thư điện tử)")
    alert_from: str = _setting("LOA_ALERT_FROM", "", "Thư báo gửi từ địa chỉ nào; để trống: như LOA_ALERT_EMAIL")
    alert_smtp_url: str = _setting("LOA_ALERT_SMTP_URL", "", "Máy chủ thư: smtp://user:pass@host:587 hoặc smtps://...")
    alert_webhook: str = _setting("LOA_ALERT_WEBHOOK", "", "Địa chỉ webhook nhận JSON {text: ...} khi cần người xử lý")
    listen: str = _setting(
        "LOA_LISTEN",
        "",
        "Nơi loa run trả lời /health, /ready và /metrics (Prometheus); để trống: không nghe. 127.0.0.1:8090",
    )
    media_url: str = _setting(
        "LOA_MEDIA_URL",
        "",
        "Địa chỉ https công khai của ảnh, cho mạng tự tải ảnh (instagram, threads, zalo): nơi proxy chuyển tới /media/ "
        "của LOA_LISTEN, hoặc kho tệp có bản sao của var/media. https://loa.example.vn/media",
    )
    media_days: str = _setting(
        "LOA_MEDIA_DAYS", "30", "Giữ ảnh, video của một bài trong var/media bao nhiêu ngày sau khi đăng; 0: giữ mãi"
    )
    log: str = _setting("LOA_LOG", "text", "Nhật ký: text (cho người), hoặc json (mỗi dòng một đối tượng JSON)")
    horizon_days: str = _setting("LOA_HORIZON_DAYS", "400", "Lập kế hoạch trước bao nhiêu ngày")

    @cached_property
    def var(self) -> Path:
        """The folder of everything that Loa itself writes."""
        return self.workspace / "var"

    @cached_property
    def zone(self) -> ZoneInfo:
        try:
            return ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise SettingsError(
                say(
                    f'LOA_TIMEZONE="{self.timezone}" không phải múi giờ; ví dụ đúng: Asia/Ho_Chi_Minh',
                    f'LOA_TIMEZONE="{self.timezone}" is no time zone; for example: Asia/Ho_Chi_Minh',
                )
            ) from None

    @cached_property
    def database(self) -> str:
        """The address for SQLAlchemy: its own driver for PostgreSQL, a file of the workspace otherwise."""
        return for_sqlalchemy(self.database_url or f"sqlite:///{(self.var / 'loa.db').absolute()}")

    @property
    def database_limits(self) -> DatabaseLimits:
        return DatabaseLimits(
            pool=max(LEAST_POOL, int(self.number("db_pool"))),
            statement=self.number("db_statement_timeout"),
            lock=self.number("db_lock_timeout"),
        )

    @property
    def structured_log(self) -> bool:
        """Whether each line of the log is a JSON object."""
        if self.log not in ("text", "json"):
            raise SettingsError(
                say(f'LOA_LOG="{self.log}" phải là text hoặc json', f'LOA_LOG="{self.log}" must be text or json')
            )
        return self.log == "json"

    @cached_property
    def who(self) -> str:
        """The name under which an order is kept when nobody gave `--by`."""
        return self.user or os.environ.get("USER") or os.environ.get("LOGNAME") or "root"

    @property
    def sender_count(self) -> int:
        return max(1, int(self.number("senders")))

    @property
    def timeout(self) -> float:
        """Seconds."""
        return self.number("http_timeout")

    @property
    def first_look(self) -> timedelta:
        return timedelta(seconds=self.number("quarantine"))

    @property
    def second_look(self) -> timedelta:
        return timedelta(seconds=max(5.5, self.number("look_gap")))

    @property
    def measures_per_hour(self) -> float:
        """How often one channel may be asked what became of its posts; 0: never."""
        return 0 if self.measure_per_hour.strip() == "0" else self.number("measure_per_hour")

    @property
    def media_kept(self) -> timedelta | None:
        """How long the files of a post are kept after it was published; None: for ever."""
        return None if self.media_days.strip() == "0" else timedelta(days=self.number("media_days"))

    @property
    def listen_at(self) -> tuple[str, int]:
        """Host and port of the daemon's own page."""
        host, _, port = self.listen.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise SettingsError(
                say(
                    f'LOA_LISTEN="{self.listen}" phải là địa chỉ:cổng; ví dụ: 127.0.0.1:8090',
                    f'LOA_LISTEN="{self.listen}" must be host:port; for example: 127.0.0.1:8090',
                )
            )
        return host.strip("[]"), int(port)

    @property
    def media_base(self) -> str:
        """The public address under which kept pictures can be fetched, without its last slash; '' when there is none."""
        if not self.media_url:
            return ""
        try:
            parts = urlsplit(self.media_url)
            right = parts.scheme == "https" and parts.hostname and parts.username is None and self.media_url.isascii()
        except ValueError:
            right = False
        if not right or parts.query or parts.fragment:
            raise SettingsError(
                say(
                    f'LOA_MEDIA_URL="{self.media_url}" phải là địa chỉ https không dấu; ví dụ: https://loa.example.vn/media',
                    f'LOA_MEDIA_URL="{self.media_url}" must be an https address in ASCII; '
                    "for example: https://loa.example.vn/media",
                )
            )
        return self.media_url.rstrip("/")

    @property
    def horizon(self) -> timedelta:
        return timedelta(days=self.number("horizon_days"))

    def number(self, setting: str) -> float:
        """Return a setting as a positive number, or raise SettingsError naming the variable."""
        value = getattr(self, setting)
        try:
            number = float(value)
        except ValueError:
            number = -1
        if not 0 < number <= LARGEST:
            name = next(f.metadata["name"] for f in fields(self) if f.name == setting)
            raise SettingsError(
                say(
                    f'{name}="{value}" phải là số dương (nhiều nhất {LARGEST})',
                    f'{name}="{value}" must be a positive number (at most {LARGEST})',
                )
            )
        return number

    def secret(self, name: str) -> str | None:
        """Return the secret of this name from the environment, then from the workspace's .env; None: not set."""
        return self.environment.get(name) or None


def for_sqlalchemy(url: str) -> str:
    """Return an address of a database as SQLAlchemy wants it: PostgreSQL by the driver that is installed."""
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url


def load(workspace: Path) -> Settings:
    """Read the settings of a workspace. The environment wins over the workspace's `.env`."""
    if not workspace.is_dir():
        raise SettingsError(
            say(
                f"{workspace}: không có thư mục này; tạo bằng: loa init {workspace}",
                f"{workspace}: there is no such folder; make it with: loa init {workspace}",
            )
        )
    dotenv = _dotenv(workspace / ".env")
    environment = {**dotenv, **{name: value for name, value in os.environ.items() if value}}
    if "LOA_LOCALE" in dotenv:
        os.environ.setdefault("LOA_LOCALE", dotenv["LOA_LOCALE"])
    given = {
        f.name: environment[f.metadata["name"]]
        for f in fields(Settings)
        if "name" in f.metadata and environment.get(f.metadata["name"])
    }
    return Settings(workspace=workspace.absolute(), environment=environment, **given)


def _dotenv(file: Path) -> dict[str, str]:
    try:
        values = dotenv_values(file, interpolate=False)
    except (OSError, UnicodeDecodeError):
        raise SettingsError(
            say(
                f"{file}: không đọc được; xem lại quyền đọc, và lưu với mã UTF-8",
                f"{file}: cannot be read; look at its permissions, and save it as UTF-8",
            )
        ) from None
    return {name: value for name, value in values.items() if value is not None}
