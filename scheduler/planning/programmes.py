"""What a campaign stands on: its programme, its basis, its targets and who answers for it, held against the days it speaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from scheduler.authoring.campaign import Message
from scheduler.authoring.loader import Authored, Book
from scheduler.authoring.recurrence import Occurrence
from scheduler.planning.accountable import accountable, answering_unit
from scheduler.registers.basis import Basis
from scheduler.registers.law import Law, shown_date
from scheduler.registers.laws import FILE as LAWS
from scheduler.registers.programmes import FILE, Programme
from scheduler.registers.source import Path_
from scheduler.text import did_you_mean, say


@dataclass
class _Speech:
    """What of a campaign may still go out: its first and last (local) day, and which messages come after a programme."""

    first: date
    last: date
    after: dict[str, list[tuple[int, date]]] = field(default_factory=dict)  # programme: messages, each with a day


class Footing:
    """Takes note of what each campaign says and when; then reports what it lacks, or stands on that is over."""

    def __init__(self, book: Book, now: datetime, zone: ZoneInfo) -> None:
        self.book, self.now, self.zone = book, now, zone
        self.today = now.astimezone(zone).date()
        self._speeches: dict[int, _Speech] = {}

    def note(self, authored: Authored, i: int, message: Message, found: list[Occurrence]) -> None:
        """Note when a message is due, in order of time; what is too late to go out does not count."""
        late = message.late_after or authored.campaign.late_after
        coming = next((occurrence for occurrence in found if occurrence.due + late >= self.now), None)
        if coming is None:
            return
        first, last = self._day(coming), self._day(found[-1])
        speech = self._speeches.setdefault(id(authored), _Speech(first, last))
        speech.first, speech.last = min(first, speech.first), max(last, speech.last)
        for programme in self._programmes(authored):
            end = programme.last_day
            if end is not None and last > end:
                beyond = next(day for occurrence in found if (day := self._day(occurrence)) > end)
                speech.after.setdefault(programme.id, []).append((i, max(beyond, first)))

    def check(self) -> None:
        """Report everything, of the register and of each campaign, at its line."""
        self._check_register()
        for authored in (*self.book.campaigns, *self.book.broken):
            self._check_programmes(authored)
            if (speech := self._speeches.get(id(authored))) is not None:
                self._check_bases(authored, speech)
                self._check_targets(authored, speech)
        for authored in self.book.campaigns if self.book.guarded else ():
            if id(authored) in self._speeches and not authored.replica_of:  # its model is reminded
                self._remind(authored)

    def _day(self, occurrence: Occurrence) -> date:
        return occurrence.due.astimezone(self.zone).date()

    def _programmes(self, authored: Authored) -> Iterator[Programme]:
        for code in dict.fromkeys(authored.campaign.programme):
            if (programme := self.book.programmes.by_id.get(code)) is not None:
                yield programme

    # --- the register -------------------------------------------------------------------------------------------

    def _check_register(self) -> None:
        register, units = self.book.programmes, self.book.units
        for id, programme in register.by_id.items():
            assert register.source is not None
            lead, path = programme.lead, register.at[id]
            if lead and units.by_id and lead not in units.by_id and not units.may_hold(lead):
                hint = did_you_mean(lead, units.by_id)
                words = say(
                    f'không có đơn vị "{lead}" trong units.yaml{hint}',
                    f'there is no unit "{lead}" in units.yaml{hint}',
                )
                register.source.report((*path, "lead"), words)
            for j, target in enumerate(programme.targets if not programme.ended(self.today) else ()):
                if target.by < self.today:
                    register.source.report((*path, "targets", j, "by"), _past(target.by), warning=True)

    # --- programmes ---------------------------------------------------------------------------------------------

    def _check_programmes(self, authored: Authored) -> None:
        speech = self._speeches.get(id(authored))
        for j, code in enumerate(authored.campaign.programme):
            path: Path_ = ("programme", j)
            programme = self.book.programmes.by_id.get(code)
            if programme is None:
                self._report_unknown(authored, path, code)
            elif speech is not None:
                self._check_span(authored, path, programme, speech)

    def _report_unknown(self, authored: Authored, path: Path_, code: str) -> None:
        register = self.book.programmes
        if not register.there:
            words = say(
                f"chưa có {FILE}, nên chưa biết chương trình này còn thời hạn không; tạo tệp ấy, hoặc bỏ dòng này",
                f"there is no {FILE}, so nobody knows whether this programme still runs; make it, or remove this line",
            )
            authored.report(path, words, warning=True)
        elif not register.may_hold(code):
            hint = did_you_mean(code, register.by_id)
            words = say(f'không có chương trình "{code}" trong {FILE}{hint}', f'no programme "{code}" in {FILE}{hint}')
            authored.report(path, words)

    def _check_span(self, authored: Authored, path: Path_, programme: Programme, speech: _Speech) -> None:
        after = speech.after.get(programme.id, [])
        if after and programme.ended(speech.first):
            authored.report(path, _over(programme, speech.first))
            return
        for i, day in after:
            once = authored.campaign.messages[i].when.on is not None
            authored.report(("messages", i, "when"), _too_late(programme, day, once=once))
        begins = programme.valid_from
        if begins is not None and speech.first < begins:
            words = say(
                f'lượt đăng đầu tiên ({_shown(speech.first)}) trước khi chương trình "{programme.id}" bắt đầu '
                f"({_shown(begins)}); đăng muộn hơn, hoặc ghi chương trình khác",
                f'the first post ({_shown(speech.first)}) comes before the programme "{programme.id}" begins '
                f"({_shown(begins)}); post later, or name another programme",
            )
            authored.report(path, words, warning=True)

    # --- bases --------------------------------------------------------------------------------------------------

    def _check_bases(self, authored: Authored, speech: _Speech) -> None:
        for j, basis in enumerate(authored.campaign.basis):
            acts = self.book.laws.by_number.get(basis.key, ()) if basis.key else ()
            law = _act(basis, acts)
            if law is None:
                if acts and basis.date is None:
                    authored.report(("basis", j), _undated(basis, acts[0]), warning=True)
                continue
            if basis.date is not None and law.issued is not None and basis.date != law.issued:
                authored.report(("basis", j, "date"), _another_day(law, law.issued, basis.date), warning=True)
            for day in dict.fromkeys((speech.first, speech.last)):
                if self._refuse_basis(authored, ("basis", j), law, basis, day):
                    break

    def _refuse_basis(self, authored: Authored, path: Path_, law: Law, basis: Basis, day: date) -> bool:
        """Report a text that is no basis for what is said on a day; tell whether something was reported."""
        verdict = self.book.laws.judge(law, "basis", day, f"{basis.title} {authored.campaign.title}")
        if verdict.decision == "ok":
            return False
        refused = verdict.decision == "refuse" and not law.in_force(day)
        words = _not_in_force(law, day, verdict.suggest) if refused else verdict.sentence
        authored.report(path, words, warning=verdict.decision == "warn")
        return True

    # --- targets, and what is missing ---------------------------------------------------------------------------

    def _check_targets(self, authored: Authored, speech: _Speech) -> None:
        for j, target in enumerate(authored.campaign.targets):
            if target.by < self.today:
                authored.report(("targets", j, "by"), _past(target.by), warning=True)
            elif target.by < speech.first:
                words = say(
                    f"đến hạn ({_shown(target.by)}) trước lượt đăng đầu tiên của chiến dịch ({_shown(speech.first)}); "
                    "sửa by",
                    f"due ({_shown(target.by)}) before the campaign's first post ({_shown(speech.first)}); mend by",
                )
                authored.report(("targets", j, "by"), words, warning=True)

    def _remind(self, authored: Authored) -> None:
        campaign, remind = authored.campaign, self.book.programmes.remind
        if "basis" in remind and not campaign.basis:
            words = say(
                "chưa ghi căn cứ của chiến dịch; thêm basis: {number: ..., date: ..., signer: ..., title: ...}",
                "the campaign names no basis; add basis: {number: ..., date: ..., signer: ..., title: ...}",
            )
            authored.report(("campaign",), words, warning=True)
        head = accountable(authored, self.book, self.today)
        if "head" in remind and (head is None or not head.name):
            unit = answering_unit(authored, self.book, self.today)
            or_vi = f", hoặc ghi head của đơn vị {unit.id} trong campaigns/units.yaml" if unit else ""
            or_en = f", or write the head of the unit {unit.id} into campaigns/units.yaml" if unit else ""
            words = say(
                f"chưa có tên người chịu trách nhiệm; thêm head: {{name: ..., title: ...}}{or_vi}",
                f"nobody is named who answers for the campaign; add head: {{name: ..., title: ...}}{or_en}",
            )
            authored.report(("head",) if campaign.head else ("campaign",), words, warning=True)


def _act(basis: Basis, acts: Sequence[Law]) -> Law | None:
    """Return the text that a basis means: a number without a year comes back every year, its date tells which it is."""
    if basis.key.count("/") > 1:
        return next(iter(acts), None)
    return next((law for law in acts if basis.date is not None and law.issued in (basis.date, None)), None)


def _shown(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _next(programme: Programme) -> tuple[str, str]:
    id = programme.replaced_by
    return (f" (kế tiếp: {id})", f" (the next: {id})") if id else ("", "")


def _over(programme: Programme, first: date) -> str:
    assert programme.last_day is not None
    end, (next_vi, next_en) = _shown(programme.last_day), _next(programme)
    return say(
        f'chương trình "{programme.id}" kết thúc ngày {end}, trước mọi lượt đăng (lượt đầu: {_shown(first)}); '
        f"ghi chương trình khác{next_vi}; nếu chương trình được kéo dài, sửa until trong {FILE}",
        f'the programme "{programme.id}" ends on {end}, before all posts (the first: {_shown(first)}); '
        f"name another programme{next_en}; if it was prolonged, mend until in {FILE}",
    )


def _too_late(programme: Programme, day: date, *, once: bool) -> str:
    assert programme.last_day is not None
    end, (next_vi, next_en) = _shown(programme.last_day), _next(programme)
    do_vi, do_en = ("đăng sớm hơn", "post it earlier")
    if not once:
        do_vi, do_en = f"thêm until: {programme.last_day}", f"add until: {programme.last_day}"
    return say(
        f'lượt ngày {_shown(day)} đến sau khi chương trình "{programme.id}" kết thúc ({end}); {do_vi}, '
        f"hoặc ghi chương trình khác vào programme{next_vi}",
        f'{_shown(day)} comes after the programme "{programme.id}" ends ({end}); {do_en}, '
        f"or name another one in programme{next_en}",
    )


def _not_in_force(law: Law, day: date, instead: str) -> str:
    bound_vi, bound_en = (
        (f"hết hiệu lực từ ngày {shown_date(law.effective_to)}", f"is no longer in force since {law.effective_to}")
        if law.effective_to is not None and law.ended(day)
        else (
            f"đến ngày {shown_date(law.effective_from)} mới có hiệu lực",
            f"is in force from {law.effective_from} only",
        )
    )
    use_vi, use_en = (f"; thay bằng {instead}", f"; name {instead} instead") if instead else ("", "")
    return say(
        f"{law.named} {bound_vi}, không làm căn cứ cho lượt đăng ngày {_shown(day)} được{use_vi} (đối chiếu {LAWS})",
        f"{law.named} {bound_en}, no basis for what is said on {_shown(day)}{use_en} (see {LAWS})",
    )


def _undated(basis: Basis, law: Law) -> str:
    example = law.issued.isoformat() if law.issued else "..."
    return say(
        f'số "{basis.number}" năm nào cũng có; thêm ngày ban hành để biết là văn bản nào: date: {example}',
        f'the number "{basis.number}" comes back every year; add the date of issue: date: {example}',
    )


def _another_day(law: Law, issued: date, written: date) -> str:
    return say(
        f"{LAWS} ghi {law.number} ban hành ngày {shown_date(issued)}, ở đây ghi {shown_date(written)}; đối chiếu lại",
        f"by {LAWS} {law.number} was issued on {issued}, here stands {written}; compare it again",
    )


def _past(by: date) -> str:
    return say(
        f"hạn {_shown(by)} đã qua; đặt hạn mới, hoặc bỏ chỉ tiêu này",
        f"its day, {_shown(by)}, is past; set another, or remove this target",
    )
