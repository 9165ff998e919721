"""What needs a person: one line for each trouble, and the command that settles it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from scheduler.clock import micros, moment
from scheduler.ledger import counts, mourning, orders, unlawful, vault
from scheduler.ledger.amiss import amiss
from scheduler.ledger.delivery import State
from scheduler.ledger.turn import Stop
from scheduler.reporting.families import families, how_to_approve
from scheduler.text import few, say

SHOWN = 5  # unconfirmed deliveries with a line of their own
NAMED = 3  # keys named in one sentence
TOO_LONG = timedelta(minutes=10)  # for a delivery to stay unconfirmed
ENDS_SOON = timedelta(days=15)  # when a person must agree anew that we speak for an account
ENDS = timedelta(days=5)  # the same, and nobody has done it yet
RUNS_OUT = timedelta(hours=6)  # a token that could not be renewed

_AGREE = (
    "quản trị viên của tài khoản chạy: loa login {0} (kênh không dùng nữa: loa login {0} --forget)",
    "an administrator of the account runs: loa login {0} (a channel no longer used: loa login {0} --forget)",
)


@dataclass(frozen=True)
class Trouble:
    """One thing that needs a person. `name` stays the same while its numbers change; the alarm tells what is urgent."""

    name: str
    what: str
    remedy: str
    urgent: bool = True


def troubles(
    connection: Connection,
    *,
    now: datetime,
    deliveries: Mapping[str, int],
    campaigns: Mapping[str, Mapping[str, int]],
    daemon: Mapping[str, Any],
    held: list[Stop],
) -> Iterator[Trouble]:
    """Yield everything that needs a person now, the worst first."""
    yield from _of_the_daemon(deliveries, daemon)
    yield from _of_channels(held)
    yield from _of_tokens(connection, now)
    if deliveries[State.UNCONFIRMED]:
        yield from _unconfirmed(connection, now, deliveries[State.UNCONFIRMED])
    yield from _half_corrected(connection)
    yield from _restored(connection)
    yield from _unlawful(connection)
    if deliveries[State.MISSED]:
        yield _missed(connection, deliveries[State.MISSED])
    if deliveries[State.FAILED]:
        yield _failed(connection, deliveries[State.FAILED])
    yield from _after_mourning(connection, micros(now))
    yield from _amiss(connection)
    yield from _waiting(connection, campaigns)


def _of_the_daemon(deliveries: Mapping[str, int], daemon: Mapping[str, Any]) -> Iterator[Trouble]:
    if unserved := daemon.get("unserved"):
        yield Trouble(
            "unserved",
            say(
                f"không loa run nào nhận kênh {few(unserved, NAMED)}, mà ở đó có bài đến hạn",
                f"no loa run takes {few(unserved, NAMED)}, and something is due there",
            ),
            say(
                "chạy thêm một loa run, hoặc xem LOA_QUEUES của các loa run đang chạy",
                "start another loa run, or look at LOA_QUEUES of those that run",
            ),
        )
    waiting = deliveries[State.SCHEDULED] + deliveries[State.SENDING]
    if daemon["silent"]:
        yield Trouble(
            "silent",
            say("loa run còn sống nhưng đã lâu không làm việc", "loa run lives but has not worked for a while"),
            say("xem nhật ký của nó, rồi khởi động lại loa run", "look at its log, then start loa run again"),
        )
    elif not daemon["running"] and waiting:
        yield Trouble(
            "stopped",
            say(f"{waiting} lần đăng đang chờ mà loa run không chạy", f"{waiting} wait, but loa run is not running"),
            "loa run",
        )
    if daemon["files"]:
        yield Trouble(
            "files",
            say(
                "các tệp chiến dịch có lỗi, đang theo sổ cái cũ", "the campaign files are wrong; going on by the ledger"
            ),
            "loa check",
        )


def _of_channels(held: list[Stop]) -> Iterator[Trouble]:
    for stop in held:
        if not stop.by and stop.scope == "channel":  # Loa itself; a person knows what he has stopped
            yield Trouble(
                f"channel {stop.value}",
                say(f"kênh {stop.value} bị giữ: {stop.why}", f"channel {stop.value} is held: {stop.why}"),
                say(
                    f"sửa nguyên nhân, rồi: loa release --channel {stop.value}",
                    f"mend the cause, then: loa release --channel {stop.value}",
                ),
            )


def _half_corrected(connection: Connection) -> Iterator[Trouble]:
    if keys := orders.half_corrected(connection):
        listed = few(keys, NAMED)
        yield Trouble(
            "half corrected",
            say(
                f"không rõ bài đã được sửa hay chưa: {listed}",
                f"it is not known whether these were corrected: {listed}",
            ),
            say(f"xem bài, rồi: loa correct '{keys[0]}'", f"look at it, then: loa correct '{keys[0]}'"),
        )


def _of_tokens(connection: Connection, now: datetime) -> Iterator[Trouble]:
    rows = vault.tokens(connection)
    for row in rows:
        name, agree = f"token {row.channel}", say(*_AGREE).format(row.channel)
        expires = moment(row.expires_us or 0).astimezone(now.tzinfo)
        if row.lost:
            after = say("; rồi: loa release --channel {0}", "; then: loa release --channel {0}").format(row.channel)
            yield Trouble(name, row.trouble, agree + after)
        elif row.trouble and row.started_us is not None:
            wait = say("chờ lần thử tới; nếu mạng không nhận nữa: ", "wait for the next try; if it is refused: ")
            yield Trouble(name, row.trouble, wait + agree)
        elif row.trouble and expires - now < RUNS_OUT:
            yield Trouble(
                name,
                say(
                    f"chưa gia hạn được mã của kênh {row.channel}, hết hạn lúc {expires:%H:%M %d/%m}: {row.trouble}",
                    f"the token of {row.channel} was not renewed, it ends at {expires:%H:%M %d/%m}: {row.trouble}",
                ),
                say(
                    f"xem đường mạng và app; Loa vẫn thử lại; xem: loa channels; cuối cùng: {agree}",
                    f"look at the connection and the app; Loa goes on trying; see: loa channels; in the end: {agree}",
                ),
            )
        elif row.ends_us is not None and moment(row.ends_us) - now < ENDS_SOON:
            yield _ends_soon(name, row.channel, moment(row.ends_us).astimezone(now.tzinfo), now, agree)
    renewed = {row.channel for row in rows}  # the end of their token stands in the vault: what else ends is a package
    for channel, at_us in counts.expiring(connection, micros(now + ENDS_SOON)).items():
        tell = _package_ends if channel in renewed else _runs_out
        yield tell(channel, moment(at_us).astimezone(now.tzinfo), now)


def _ends_soon(name: str, channel: str, ends: datetime, now: datetime, agree: str) -> Trouble:
    days = max(0, (ends - now).days)
    words = say(
        f"sự đồng ý cho kênh {channel} hết hạn ngày {ends.day}/{ends.month}/{ends.year} (còn {days} ngày)",
        f"the consent for {channel} ends on {ends:%Y-%m-%d} ({days} days left)",
    )
    return Trouble(name, words, agree, urgent=ends - now < ENDS)


def _runs_out(channel: str, ends: datetime, now: datetime) -> Trouble:
    days = (ends - now).days
    left = (f"còn {days} ngày", f"{days} days left") if ends > now else ("đã hết hạn", "it is over")
    return Trouble(
        f"token {channel}",
        say(
            f"mã truy cập của kênh {channel} hết hạn ngày {ends.day}/{ends.month}/{ends.year} ({left[0]})",
            f"the token of {channel} runs out on {ends:%Y-%m-%d} ({left[1]})",
        ),
        say(
            "lấy mã mới ở mạng ấy, đặt vào tệp .env, rồi: loa channels",
            "get a new one from the network, put it into .env, then: loa channels",
        ),
        urgent=ends - now < ENDS,
    )


def _package_ends(channel: str, ends: datetime, now: datetime) -> Trouble:
    days = (ends - now).days
    left = (f"còn {days} ngày", f"{days} days left") if ends > now else ("đã hết hạn", "it is over")
    return Trouble(
        f"package {channel}",
        say(
            f"gói dịch vụ của kênh {channel} hết hạn ngày {ends.day}/{ends.month}/{ends.year} ({left[0]})",
            f"the package of {channel} ends on {ends:%Y-%m-%d} ({left[1]})",
        ),
        say("gia hạn gói với mạng ấy, rồi: loa channels", "renew the package with the network, then: loa channels"),
        urgent=ends - now < ENDS,
    )


def _unconfirmed(connection: Connection, now: datetime, count: int) -> Iterator[Trouble]:
    rows = counts.oldest_unconfirmed(connection, 200)
    stuck = [row for row in rows if row.next_us is None]
    for row in stuck[:SHOWN]:
        yield Trouble(
            f"unconfirmed {row.key}",
            say(f"{row.key} chưa xác nhận: {row.error}", f"{row.key} is unconfirmed: {row.error}"),
            say(
                f"nhìn trên kênh; có bài: loa confirm {row.key} ĐỊA-CHỈ; không có: loa retry {row.key}",
                f"look at the channel; there: loa confirm {row.key} URL; not there: loa retry {row.key}",
            ),
        )
    if len(stuck) > SHOWN:
        more = len(stuck) - SHOWN
        yield Trouble(
            "unconfirmed more", say(f"và {more} lần nữa", f"and {more} more"), "loa deliveries --state unconfirmed"
        )
    if count > len(stuck):
        oldest = min((row.started_us or 0 for row in rows if row.next_us is not None), default=0)
        looking = count - len(stuck)
        yield Trouble(
            "looking",
            say(f"{looking} lần đăng chưa xác nhận, đang đối chiếu", f"{looking} unconfirmed, being looked for"),
            say("chờ loa run đối chiếu xong", "wait until loa run has looked"),
            urgent=oldest < micros(now - TOO_LONG),
        )


def _restored(connection: Connection) -> Iterator[Trouble]:
    found = counts.held_for_restore(connection)
    if found:
        count, names = sum(found.values()), ", ".join(list(found)[:NAMED])
        channel = next(iter(found))
        yield Trouble(
            "restored",
            say(
                f"sổ cái được khôi phục từ bản sao: {count} lần đăng có thể đã lên ({names})",
                f"the ledger was put back from a copy: {count} may be public ({names})",
            ),
            say(
                f"xem kênh; chưa có thì: loa release --channel {channel}; có rồi thì: loa cancel MÃ",
                f"look at the channel; not there: loa release --channel {channel}; there: loa cancel KEY",
            ),
        )


def _unlawful(connection: Connection) -> Iterator[Trouble]:
    stopped = unlawful.held_for_law(connection)
    for one in stopped[:SHOWN]:
        yield Trouble(
            f"law {one.campaign}/{one.message}",
            say(
                f"{one.count} lần đăng của {one.campaign}/{one.message} bị giữ vì văn bản pháp luật: {one.why}",
                f"{one.count} of {one.campaign}/{one.message} held for the law they cite: {one.why}",
            ),
            say(
                f"sửa bài rồi: loa apply; hoặc sửa campaigns/laws.yaml rồi: loa release {one.key} (cả chiến dịch: "
                f"--campaign {one.campaign}); thôi: loa cancel {one.key}",
                f"mend the text, then: loa apply; or mend campaigns/laws.yaml, then: loa release {one.key} (all of it: "
                f"--campaign {one.campaign}); let it be: loa cancel {one.key}",
            ),
        )
    if len(stopped) > SHOWN:
        more = len(stopped) - SHOWN
        yield Trouble(
            "law more",
            say(f"và {more} thông điệp nữa bị giữ vì văn bản pháp luật", f"and {more} more messages held for the law"),
            "loa deliveries --state held",
        )


def _missed(connection: Connection, count: int) -> Trouble:
    names = _named(connection, State.MISSED)
    return Trouble(
        "missed",
        say(f"{count} lần đăng đã bỏ lỡ ({names})", f"{count} missed ({names})"),
        say("vẫn đăng: loa retry MÃ; thôi: loa cancel MÃ", "send after all: loa retry KEY; let it be: loa cancel KEY"),
    )


def _failed(connection: Connection, count: int) -> Trouble:
    names = _named(connection, State.FAILED)
    return Trouble(
        "failed",
        say(f"{count} lần đăng thất bại ({names})", f"{count} failed ({names})"),
        say(
            "xem lý do: loa deliveries --state failed; sửa bài rồi loa apply; thôi: loa cancel MÃ",
            "see why: loa deliveries --state failed; mend the text and loa apply; let it be: loa cancel KEY",
        ),
    )


def _after_mourning(connection: Connection, at_us: int) -> Iterator[Trouble]:
    _, over = mourning.count_held(connection, at_us)
    if over:
        yield Trouble(
            "mourning",
            say(
                f"{over} lần đăng bị giữ vì quốc tang nay đã hết; chưa ai quyết định đăng hay bỏ",
                f"{over} were held for a mourning that is over; nobody has decided yet",
            ),
            say(
                "xem: loa mourning; đăng: loa mourning release CHIẾN-DỊCH; bỏ: loa cancel MÃ",
                "look at: loa mourning; go on: loa mourning release CAMPAIGN; drop: loa cancel KEY",
            ),
        )


def _amiss(connection: Connection) -> Iterator[Trouble]:
    found = amiss(connection)
    for key, words in list(found.items())[:SHOWN]:
        yield Trouble(
            f"amiss {key}",
            f"{key}: {words}",
            say(
                f"bài vẫn ra đúng giờ; khi đã lên, sửa bằng tay trên mạng rồi ghi sổ: loa correct '{key}' --by-hand",
                f"it goes out all the same; once it is public, mend it there by hand, then: loa correct '{key}' --by-hand",
            ),
            urgent=False,
        )
    if len(found) > SHOWN:
        more = len(found) - SHOWN
        yield Trouble("amiss more", say(f"và {more} bài nữa như vậy", f"and {more} more like that"), "", urgent=False)


def _waiting(connection: Connection, campaigns: Mapping[str, Mapping[str, int]]) -> Iterator[Trouble]:
    names = [name for name, counted in campaigns.items() if counted.get(State.HELD)]
    waiting = [name for name in names if counts.waits_for_approval(connection, name)]
    if waiting:
        count = sum(campaigns[name][State.HELD] for name in waiting)
        listed = ", ".join([*families(waiting)][:NAMED])
        yield Trouble(
            "approval",
            say(
                f"{count} lần đăng đang giữ, chờ người duyệt ({listed})",
                f"{count} held, waiting for approval ({listed})",
            ),
            how_to_approve(waiting),
            urgent=False,
        )


def _named(connection: Connection, state: State) -> str:
    keys = counts.some_keys(connection, state, NAMED + 1)
    return few(keys, NAMED)
