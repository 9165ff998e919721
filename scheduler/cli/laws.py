"""`loa laws`: the register of legal texts as it stands on a day, and which messages cite one of them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from scheduler import clock
from scheduler.channels.contract import Post
from scheduler.cli.office import Json, Office, office
from scheduler.cli.screen import COLOURS, out, show, show_problems
from scheduler.composing.citation_rule import whole_text
from scheduler.composing.citations import Recogniser
from scheduler.errors import NotFoundInLedger, Problem, SettingsError
from scheduler.ledger import said
from scheduler.ledger.delivery import State, name_of
from scheduler.ledger.said import Saying
from scheduler.registers.law import Law, shown_date
from scheduler.registers.laws import FILE, Laws, missing
from scheduler.text import say

MOST_URLS = 5  # of one message on the screen; --json has them all

Affected = Annotated[
    str | None,
    typer.Option("--affected", help=say("Thông điệp nào viện dẫn văn bản này", "Which messages cite this text")),
]
On = Annotated[str | None, typer.Option("--on", help=say("Xét vào ngày này, ví dụ 2026-07-01", "As on this day"))]

STANDINGS = {  # of a text on a day: what a person reads, and its colour
    "in_force": ("còn hiệu lực", "green"),
    "upcoming": ("chưa có hiệu lực", "cyan"),
    "ended": ("hết hiệu lực", "red"),
    "perhaps_ended": ("có thể đã hết hiệu lực", "yellow"),
    "unverified": ("chưa rà soát", "yellow"),
}


def laws(context: typer.Context, affected: Affected = None, on: On = None, as_json: Json = False) -> None:
    """Sổ văn bản pháp luật: văn bản nào còn hiệu lực, thông điệp nào viện dẫn văn bản nào. / The register of laws.

    Ví dụ: loa laws --affected 73/2021/QH14
    """
    here = office(context)
    register = here.book.laws
    if not register.present:
        raise SettingsError(missing())
    problems = [p for p in here.book.problems if p.file == Path(FILE)]
    day = here.day(on)
    if affected is not None:
        _show_affected(here, register, affected, day, as_json=as_json)
    elif as_json:
        print(json.dumps([_as_json(law, day) for law in register.texts], ensure_ascii=False, indent=2))
    else:
        _show(register, problems, day)
    if any(not problem.warning for problem in problems):
        raise typer.Exit(2)


def standing(law: Law, day: date) -> str:
    """Return how a text stands on a day, as a key of STANDINGS."""
    if day < law.effective_from:
        return "upcoming"
    if law.ended(day):
        return "perhaps_ended" if law.end_confidence == "low" else "ended"
    return "in_force" if law.trusted else "unverified"


def _standing(law: Law, day: date) -> Text:
    key = standing(law, day)
    words, colour = STANDINGS[key]
    return Text(say(words, key.replace("_", " ")), colour)


def _as_json(law: Law, day: date) -> dict[str, Any]:
    return {
        "id": law.id,
        "number": law.number,
        "title": law.title_vi,
        "issued": law.issued.isoformat() if law.issued else None,
        "effective_from": law.effective_from.isoformat(),
        "effective_to": law.effective_to.isoformat() if law.effective_to else None,
        "superseded_by": law.superseded_by,
        "standing": standing(law, day),
        "confidence": law.confidence,
        "end_confidence": law.end_confidence,
        "verified_by": law.verified_by or None,
        "watch": law.watch or None,
    }


def _show(register: Laws, problems: list[Problem], day: date) -> None:
    show_problems(problems)
    show(say(f"Văn bản pháp luật, xét ngày {shown_date(day)}", f"Legal texts on {day.isoformat()}"), style="bold")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in (
        say("số hiệu", "number"), say("tên", "title"), say("từ ngày", "from"), say("đến trước", "until"),
        say("tình trạng", "standing"), say("thay bằng", "successor"),
    ):  # fmt: skip
        table.add_column(heading, overflow="fold")
    for law in register.texts:
        ends = shown_date(law.effective_to) if law.effective_to else ""
        table.add_row(
            law.number, law.title_vi, shown_date(law.effective_from), ends, _standing(law, day), law.superseded_by or ""
        )
    out.print(table)
    for law in register.texts:
        if law.watch:
            show(say(f"theo dõi {law.number}: {law.watch}", f"watch {law.number}: {law.watch}"), style="dim")


# --- who cites a text -----------------------------------------------------------------------------------------------


def _show_affected(here: Office, register: Laws, reference: str, day: date, *, as_json: bool) -> None:
    law = register.find(reference, day)
    if law is None:
        near = register.near(reference)
        hint = say(f'; ý bạn là "{near}"?', f'; did you mean "{near}"?') if near else ""
        raise NotFoundInLedger(
            say(f'không có văn bản "{reference}" trong {FILE}{hint}', f'there is no text "{reference}" in {FILE}{hint}')
        )
    found = citing(here, register, law) if here.has_ledger else []
    if as_json:
        listed = [_saying_as_json(here, saying) for saying in found]
        print(json.dumps({"law": _as_json(law, day), "messages": listed}, ensure_ascii=False, indent=2))
        return
    out.print(Text.assemble((f"{law.named}: ", "bold"), _standing(law, day)), soft_wrap=True)
    if not found:
        show(say("Không thông điệp nào trong sổ cái viện dẫn văn bản này", "No message in the ledger cites it"))
    for saying in found:
        _show_saying(here, saying)


def citing(here: Office, register: Laws, law: Law) -> list[Saying]:
    """Return the messages of the ledger whose posts cite a text, by its number, its aliases, or its title and year."""
    recogniser = Recogniser(register)
    with here.database.reading() as connection:
        digests = [d for d, body in said.all_posts(connection) if _cites(recogniser, body, law)]
        return said.sayings(connection, digests)


def _cites(recogniser: Recogniser, body: str, law: Law) -> bool:
    return any(citation.law is law for citation in recogniser.read(whole_text(Post.from_json(body))).citations)


def _due(here: Office, saying: Saying) -> str | None:
    if saying.next_due_us is None:
        return None
    return clock.moment(saying.next_due_us).astimezone(here.settings.zone).isoformat()


def _saying_as_json(here: Office, saying: Saying) -> dict[str, Any]:
    return {
        "campaign": saying.campaign,
        "message": saying.message,
        "deliveries": saying.states,
        "next_due": _due(here, saying),
        "urls": saying.urls,
    }


def _show_saying(here: Office, saying: Saying) -> None:
    line = Text(f"{saying.campaign}/{saying.message}", "bold cyan")
    for state in State:
        if n := saying.states.get(state):
            line.append(f"  {n} {name_of(state)}", COLOURS[state])
    if due := _due(here, saying):
        line.append(say(f"  sắp đăng {due[:16].replace('T', ' ')}", f"  next due {due[:16].replace('T', ' ')}"))
    out.print(line, soft_wrap=True)
    for url in saying.urls[:MOST_URLS]:
        show(f"  {url}", style="dim")
    if len(saying.urls) > MOST_URLS:
        more = len(saying.urls) - MOST_URLS
        show("  " + say(f"và {more} địa chỉ nữa (--json)", f"and {more} more addresses (--json)"), style="dim")
