"""`loa audit`: is the ledger as it was written, and who did what with one delivery."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text
from sqlalchemy import Connection, select

from scheduler import clock
from scheduler.cli.office import Json, Office, office
from scheduler.cli.screen import out, progress, show
from scheduler.errors import SettingsError
from scheduler.ledger import audit as ledger_audit
from scheduler.ledger import chain, orders
from scheduler.ledger.audit import Break, Breaks, Chain, Kind, Told
from scheduler.ledger.chain import RECEIPT, Horizon
from scheduler.ledger.delivery import name_of
from scheduler.ledger.moves import DELIVERY
from scheduler.ledger.plans import APPROVE
from scheduler.ledger.witness import Witness
from scheduler.text import say

MOST_STORIES = 200  # deliveries of a campaign on the screen; --json has all
_HEX = re.compile(r"[0-9a-f]{64}")
_DIGITS = re.compile(r"\d{24}")

WORDS: dict[Kind, tuple[str, str]] = {
    Kind.MISSING: ("mất mắt xích {link} (việc {first} đến {last})", "link {link} is gone (events {first} to {last})"),
    Kind.DELETED: (
        "mắt xích {link}: {detail} việc trong khoảng {first} đến {last} đã bị xoá",
        "link {link}: {detail} of the events {first} to {last} were deleted",
    ),
    Kind.INSERTED: (
        "mắt xích {link}: {detail} việc bị chèn vào khoảng {first} đến {last}",
        "link {link}: {detail} events were inserted between {first} and {last}",
    ),
    Kind.CHANGED: (
        "mắt xích {link}: một việc trong khoảng {first} đến {last} (hoặc chính mắt xích) đã bị sửa hay đổi chỗ",
        "link {link}: one of the events {first} to {last} (or the link itself) was changed or swapped",
    ),
    Kind.UNSIGNED: (
        "mắt xích {link} không có chữ ký, dù có khoá LOA_AUDIT_KEY hoặc mắt xích trước đã ký",
        "link {link} is not signed although there is a key (LOA_AUDIT_KEY) or an earlier one is signed",
    ),
    Kind.FORGED: (
        "chữ ký của mắt xích {link} không phải do khoá trong LOA_AUDIT_KEY tạo ra",
        "the signature of link {link} was not made by a key in LOA_AUDIT_KEY",
    ),
    Kind.EXPECTED: ("chuỗi không còn mắt xích đã ghi lại: {detail}", "the chain no longer has the link {detail}"),
    Kind.WITNESSED: (
        "chuỗi không có mắt xích {link} mà tệp .loa-witness đã ghi nhận",
        "the chain does not have link {link}, which the file .loa-witness keeps",
    ),
    Kind.NONE: ("sổ cái có việc nhưng chưa có mắt xích nào", "the ledger has events and no link at all"),
    Kind.STATE: (
        "{key}: trạng thái không khớp với các việc đã ghi: {detail}",
        "{key} stands where no event has led it: {detail}",
    ),
    Kind.RECEIPT: (
        "{key}: bài, mã hoặc địa chỉ công khai không khớp với biên nhận: {detail}",
        "{key}: post, id or public address differ from the receipt: {detail}",
    ),
    Kind.APPROVAL: (
        "{key}: người duyệt trong sổ không khớp với việc duyệt đã ghi: {detail}",
        "{key}: who is said to have approved differs from the events: {detail}",
    ),
    Kind.WORDS: (
        "{key}: lời đã đăng không phải lời đã được duyệt",
        "{key}: the public words are not those that were approved",
    ),
    Kind.BODY: (
        "{key}: nội dung lưu trong sổ không còn đúng dấu vân tay {detail}",
        "{key}: the stored post no longer has the fingerprint {detail}",
    ),
}
_COMPARE = (
    "giữ nguyên máy, sao lưu (loa backup), so với bản sao lưu trước đó, báo người phụ trách kiểm tra",
    "leave everything as it is, make a copy (loa backup), compare with an earlier one, tell who answers for audits",
)
REMEDIES: dict[Kind, tuple[str, str]] = {
    Kind.EXPECTED: (
        "gõ lại cho đúng; nếu đúng: chuỗi đã bị viết lại, hoặc sổ cái được khôi phục từ bản cũ hơn",
        "type it once more; if it was right: the chain was rewritten, or the ledger put back from an older copy",
    ),
    Kind.WITNESSED: (
        "sổ cái được khôi phục từ bản cũ hơn? nếu không: phần cuối đã bị cắt, hoặc cả chuỗi bị viết lại",
        "was the ledger put back from an older copy? if not: its end was cut off, or the whole chain rewritten",
    ),
    Kind.UNSIGNED: (
        "khoá vừa được đặt: chạy loa run (hoặc loa audit --extend) rồi kiểm tra lại; nếu không: chuỗi bị viết lại không có khoá",
        "if the key is new: loa run (or loa audit --extend) and look again; if not: somebody rewrote the chain without it",
    ),
    Kind.FORGED: (
        "đã đổi khoá? giữ khoá cũ phía sau dấu phẩy; nếu không: mắt xích bị giả mạo",
        "was the key changed? keep the old one behind a comma; if not: the link was forged",
    ),
    Kind.NONE: (
        "loa run sẽ nối chuỗi, hoặc: loa audit --extend; nếu trước đó đã có chuỗi thì nó đã bị xoá",
        "loa run will make the chain, or: loa audit --extend; if there was one before, it was deleted",
    ),
}
EVENTS = {
    "plan": "lập kế hoạch",
    "change": "kế hoạch thay đổi",
    "approve": "duyệt",
    "hold": "giữ",
    "release": "thả",
    "cancel": "huỷ",
    "restore": "đưa trở lại",
    "claim": "nhận để gửi",
    "confirm": "xác nhận đã đăng",
    "retry": "thử lại",
    "wait": "mạng bảo chờ",
    "await": "chưa rõ kết quả",
    "fail": "thất bại",
    "miss": "bỏ lỡ",
    "withdraw": "gỡ",
    "correct": "sửa lời",
    "correcting": "bắt đầu sửa lời",
    "receipt": "biên nhận",
    "restored": "khôi phục từ bản sao",
    "moved": "chuyển cơ sở dữ liệu",
    "chain": "chuỗi thiếu mắt xích đã ghi nhận",
}

OneKey = Annotated[
    str | None, typer.Argument(metavar="KEY", help=say("Chuyện của một lần đăng", "The story of one delivery"))
]
OneCampaign = Annotated[
    str | None, typer.Option("--campaign", help=say("Chuyện của cả chiến dịch", "The story of a campaign"))
]
Expect = Annotated[
    str,
    typer.Option(
        "--expect",
        metavar="HASH",
        help=say(
            "Mã chuỗi đã ghi lại lần trước (64 ký tự, hoặc 6 nhóm 4 chữ số): còn trong chuỗi không",
            "A head that was written down (64 letters, or 6 groups of 4 digits): is it still in the chain",
        ),
    ),
]
Extend = Annotated[
    bool,
    typer.Option("--extend", help=say("Nối những việc mới vào chuỗi trước khi kiểm tra", "Link what is new first")),
]


def audit(
    context: typer.Context,
    key: OneKey = None,
    campaign: OneCampaign = None,
    expect: Expect = "",
    extend: Extend = False,
    as_json: Json = False,
) -> None:
    """Kiểm tra sổ cái có nguyên vẹn không: chuỗi, trạng thái, lời đã duyệt; ai làm gì, khi nào. / Verify the ledger.

    Chỉ đọc. Kết thúc với mã 1 khi có chỗ không nguyên vẹn. Ví dụ: loa audit --expect "1234 5678 9012 3456 7890 1234"
    """
    here = office(context)
    here.must_know(campaign)
    expected = _expected(expect)
    if extend:
        extend_chain(here)
    with here.database.reading() as connection:
        where = _chosen(connection, key, campaign)
        found = _look(here, connection, expected, where)
        if where:
            found.stories = _stories(connection, where)
    if as_json:
        print(json.dumps(_as_object(here, found, expected), ensure_ascii=False, indent=1))
    else:
        _show(here, found)
    if found.breaks.total:
        raise typer.Exit(1)


@dataclass
class Found:
    """What an audit has shown."""

    chain: Chain
    breaks: Breaks
    deliveries: int = 0
    posts: int = 0
    stories: list[tuple[Any, list[Told]]] = field(default_factory=list)


def _expected(given: str) -> str:
    """Return a head as it stands in the chain: 64 letters, or six groups of digits."""
    if not given:
        return ""
    bare = re.sub(r"[\s.\-]", "", given).lower()
    if _HEX.fullmatch(bare):
        return bare
    if _DIGITS.fullmatch(bare):
        return " ".join(bare[i : i + 4] for i in range(0, 24, 4))
    words = "phải là 64 ký tự 0-9 a-f, hoặc 24 chữ số (loa audit in ra cả hai)"
    raise SettingsError(
        f"--expect {given}: {say(words, 'it must be 64 of 0-9 a-f, or 24 digits; loa audit prints both')}"
    )


def extend_chain(here: Office) -> int:
    """Link what is new, receipts included; return how many links that made."""
    horizon, keys, count = Horizon(), chain.keys_of(here.settings.audit_key), 0
    witness = Witness(here.settings.workspace)
    with progress(say("Nối chuỗi", "Linking")) as bar:
        task = bar.add_task("", total=None)
        while True:
            with here.database.reading() as connection:
                made = chain.make(connection, horizon, keys, at_us=here.at_us)
            if made is None:
                break
            with here.database.writing() as connection:
                if chain.add(connection, made):
                    witness.write_link(made.number, made.digest)
                    count += 1
            bar.advance(task, made.events)
    witness.close()
    return count


def _chosen(connection: Connection, key: str | None, campaign: str | None) -> list[Any]:
    chosen = []
    if key is not None:
        chosen.append(DELIVERY.c.id == orders.delivery(connection, key).id)
    if campaign is not None:
        chosen.append(DELIVERY.c.campaign == campaign)
    return chosen


def _look(here: Office, connection: Connection, expected: str, where: Sequence[Any]) -> Found:
    breaks = Breaks()
    witnessed = Witness(here.settings.workspace).read_link()
    keys = chain.keys_of(here.settings.audit_key)
    with progress(say("Kiểm tra", "Verifying")) as bar:
        task = bar.add_task("", total=ledger_audit.size(connection))

        def told(n: int) -> None:
            bar.advance(task, n)

        verified = ledger_audit.verify(
            connection, breaks, keys=keys, expected=expected, witnessed=witnessed, progress=told
        )
        found = Found(verified, breaks)
        covered = verified.head.last_event
        found.deliveries = ledger_audit.check_deliveries(connection, covered, breaks, where=where, progress=told)
        if not where:
            found.posts = ledger_audit.check_posts(connection, breaks)
    return found


def _stories(connection: Connection, where: Sequence[Any]) -> list[tuple[Any, list[Told]]]:
    columns = (DELIVERY.c.id, DELIVERY.c.key, DELIVERY.c.state, DELIVERY.c.url)
    rows = connection.execute(select(*columns).where(*where).order_by(DELIVERY.c.due_us, DELIVERY.c.id)).all()
    return [(row, ledger_audit.story(connection, row.id)) for row in rows]


# --- the screen --------------------------------------------------------------------------------------------------------------


def _show(here: Office, found: Found) -> None:
    for row, told in found.stories[:MOST_STORIES]:
        _show_story(here, row, told)
    if len(found.stories) > MOST_STORIES:
        rest = len(found.stories) - MOST_STORIES
        show(say(f"và {rest} lần đăng nữa: thêm --json", f"and {rest} more: add --json"), style="dim")
    _show_verdict(found)
    for one in found.breaks.found:
        show(f"  ! {words(one)}", style="red")
        show(f"    → {remedy(one)}", style="cyan")
    for kind, count in found.breaks.counts.items():
        if (rest := count - ledger_audit.MOST) > 0:
            show(say(f"    và {rest} chỗ nữa ({kind})", f"    and {rest} more ({kind})"), style="red")
    _show_chain(here, found.chain)


def _show_verdict(found: Found) -> None:
    verified = found.chain
    if not found.breaks.total:
        parts = say(
            f"{verified.links} mắt xích, {verified.events} việc, {found.deliveries} lần đăng",
            f"{verified.links} links, {verified.events} events, {found.deliveries} deliveries",
        )
        show(f"● {say('SỔ CÁI NGUYÊN VẸN', 'THE LEDGER IS WHOLE')}: {parts}", style="bold green")
    else:
        n = found.breaks.total
        show(say(f"● KHÔNG NGUYÊN VẸN: {n} chỗ", f"● NOT WHOLE: {n} places"), style="bold red")


def _show_chain(here: Office, verified: Chain) -> None:
    if verified.links:
        since = _local(here, verified.since_us)
        head = verified.head
        show(say(f"Chuỗi được giữ từ {since}", f"The chain has been kept since {since}"))
        show(say(f"Mắt xích cuối: số {head.number}", f"Newest link: number {head.number}"))
        show(f"  {head.digest}")
        aloud = chain.short(head.digest)
        show(
            say(f"  ghi lại, hoặc đọc cho người khác ghi: {aloud}", f"  write this down elsewhere: {aloud}"),
            style="bold",
        )
        show(_signatures(verified), style="dim")
    if verified.expected is not None:
        behind = verified.head.number - verified.expected
        words = say(
            f"Mã đã ghi lại là mắt xích {verified.expected}, vẫn còn trong chuỗi ({behind} mắt xích sau nó)",
            f"What was written down is link {verified.expected}, still in the chain ({behind} came after it)",
        )
        show(words, style="green")
    if verified.uncovered:
        since = _local(here, verified.uncovered_since_us)
        words = say(
            f"{verified.uncovered} việc từ {since} chưa vào chuỗi; loa run sẽ nối, hoặc: loa audit --extend",
            f"{verified.uncovered} events since {since} are not linked yet; loa run will, or: loa audit --extend",
        )
        show(words, style="yellow")
    for note in verified.notes:
        by = f" ({note.by})" if note.by else ""
        show(say("Lưu ý: ", "Note: ") + f"{_local(here, note.at_us)}  {event_name(note.event)}{by}", style="yellow")


def _signatures(verified: Chain) -> str:
    if verified.signed_from is None:
        vi = "không ký (LOA_AUDIT_KEY chưa đặt): người viết lại cả chuỗi chỉ lộ ra qua mã đã ghi lại hoặc tệp .loa-witness"
        return say(
            vi,
            "not signed (no LOA_AUDIT_KEY): a chain rewritten as a whole shows only by a head that was kept, or by .loa-witness",
        )
    if not verified.checked:
        vi = f"ký từ mắt xích {verified.signed_from}; chưa kiểm tra chữ ký vì LOA_AUDIT_KEY không có ở đây"
        return say(vi, f"signed from link {verified.signed_from} on; not checked, as LOA_AUDIT_KEY is not set here")
    return say(f"chữ ký từ mắt xích {verified.signed_from}", f"signatures from link {verified.signed_from} on")


def _show_story(here: Office, row: Any, told: Sequence[Told]) -> None:
    show(f"{row.key}  [{name_of(row.state)}]", style="bold")
    if row.url:
        show(f"  {row.url}", style="cyan")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for vi, en in (("lúc", "when"), ("việc", "what"), ("người", "who"), ("lý do", "why"), ("mắt xích", "link")):
        table.add_column(say(vi, en), overflow="fold")
    for one in told:
        e: Any = one.event
        covered = str(one.link) if one.link is not None else say("chưa", "not yet")
        table.add_row(*map(Text, (_local(here, e.at_us), _what(e), e.by or "loa", e.why, covered)))
    out.print(table)


def _what(event: Any) -> str:
    name = event_name(event.event)
    if event.event == APPROVE:
        return f"{name} {event.after[:16]}"
    if event.event == RECEIPT:
        return f"{name} {event.before[:16]} {event.after}".rstrip()
    return name


def event_name(event: str) -> str:
    """Return what happened, in the reader's language."""
    return say(EVENTS.get(event, event), event)


def words(one: Break) -> str:
    """Say what is not whole."""
    said = {
        "link": one.link,
        "first": one.first_event,
        "last": one.last_event,
        "key": one.key,
        "detail": one.detail or "–",
    }
    return say(*(pattern.format(**said) for pattern in WORDS[one.kind]))


def remedy(one: Break) -> str:
    """Say what to do about it."""
    return say(*REMEDIES.get(one.kind, _COMPARE))


def _local(here: Office, at_us: int) -> str:
    return f"{clock.moment(at_us).astimezone(here.settings.zone):%H:%M:%S %d/%m/%Y}"


# --- for machines --------------------------------------------------------------------------------------------------------------


def _as_object(here: Office, found: Found, expected: str) -> dict[str, Any]:
    verified, head = found.chain, found.chain.head
    return {
        "whole": not found.breaks.total,
        "chain": {
            "links": verified.links,
            "events": verified.events,
            "since": _iso(here, verified.since_us) if verified.links else None,
            "head": {"number": head.number, "hash": head.digest, "short": chain.short(head.digest)} if head.number else None,
            "signed_from": verified.signed_from,
            "signatures_checked": verified.checked and verified.signed_from is not None,
            "uncovered": verified.uncovered,
        },
        "expected": {"head": expected, "link": verified.expected} if expected else None,
        "deliveries": found.deliveries,
        "posts": found.posts,
        "breaks": [
            {
                "kind": one.kind.value,
                "link": one.link or None,
                "first_event": one.first_event or None,
                "last_event": one.last_event or None,
                "key": one.key or None,
                "what": words(one),
                "remedy": remedy(one),
            }
            for one in found.breaks.found
        ],
        "break_counts": {kind.value: count for kind, count in found.breaks.counts.items()},
        "notes": [{"at": _iso(here, n.at_us), "event": n.event, "by": n.by or None, "why": n.why} for n in verified.notes],
        "stories": [
            {
                "key": row.key,
                "state": row.state,
                "url": row.url or None,
                "events": [_event_object(here, one) for one in told],
            }
            for row, told in found.stories
        ],
    }  # fmt: skip


def _event_object(here: Office, told: Told) -> dict[str, Any]:
    e: Any = told.event
    return {
        "id": e.id, "at": _iso(here, e.at_us), "event": e.event, "before": e.before or None, "after": e.after or None,
        "by": e.by or None, "why": e.why or None, "link": told.link,
    }  # fmt: skip


def _iso(here: Office, at_us: int) -> str:
    return clock.moment(at_us).astimezone(here.settings.zone).isoformat()
