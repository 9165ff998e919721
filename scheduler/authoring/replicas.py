"""Replicas: what a model becomes in every unit to which it is replicated, and where a unit says it otherwise.

A replica is a campaign `MODEL.UNIT` on the channels of the unit. Messages that the unit leaves alone are the very
messages of the model. Nothing is merged in silence: a deviation names the message it was written against, and once the
model says something else, that replica waits for a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import BeforeValidator, Field, model_validator

from scheduler.authoring.campaign import Message, Selector, wrong_rotation
from scheduler.authoring.deviation import Deviation, DeviationFile, fingerprint, locked, said_otherwise
from scheduler.authoring.model import SPREADING, Model
from scheduler.authoring.rule import one_or_many, some
from scheduler.errors import Problem
from scheduler.registers.identifier import Identifier
from scheduler.registers.source import Path_, Source, Strict
from scheduler.text import did_you_mean, few, say

if TYPE_CHECKING:
    from scheduler.authoring.loader import Authored, Book

MOST_NAMED = 5  # units in one sentence


class Receiver(Strict):
    """To whom a model is given: a unit, or a group of units."""

    EXAMPLE: ClassVar[str] = "{group: phuong-xa}"

    unit: Identifier | None = None
    """Một đơn vị, theo mã trong units.yaml"""
    group: Identifier | None = None
    """Mọi đơn vị của một nhóm trong units.yaml"""

    @model_validator(mode="after")
    def _names_one(self) -> Receiver:
        if (self.unit is None) == (self.group is None):
            raise ValueError(say("cần {unit: ...} hoặc {group: ...}", "needs {unit: ...} or {group: ...}"))
        return self


class Replicate(Strict):
    """Which model goes to which units."""

    EXAMPLE: ClassVar[str] = "{from: ha-dong, to: {group: phuong-xa}}"

    model: Annotated[Identifier, Field(alias="from")]
    """Mã chiến dịch mô hình"""
    to: Annotated[tuple[Receiver, ...], BeforeValidator(some), BeforeValidator(one_or_many)]
    """Cho đơn vị, nhóm nào: {group: phuong-xa}"""
    without: Annotated[tuple[Identifier, ...], BeforeValidator(one_or_many), Field(alias="except")] = ()
    """Trừ các đơn vị này"""
    networks: Annotated[tuple[str, ...], BeforeValidator(one_or_many)] = ()
    """Chỉ trên các mạng này; không ghi thì mọi kênh của đơn vị"""


class ReplicateFile(Strict):
    """A file that replicates a model."""

    EXAMPLE: ClassVar[str] = "replicate: {from: ha-dong, to: {group: phuong-xa}}"

    replicate: Replicate
    """Nhân rộng mô hình nào cho đơn vị nào"""


@dataclass
class Woven(Source):
    """The source of a replica: the model's file, but for messages of which a unit's file says something."""

    model: Source = field(default_factory=lambda: Source(Path()))
    unit: str = ""
    indexes: tuple[int, ...] = ()  # where each message stands in the model
    own: dict[int, tuple[Source, int]] = field(default_factory=dict)  # by index in the replica
    told: dict[tuple[Path_, str, bool], list[str]] = field(default_factory=dict)  # by all replicas of a model, of whom

    def place(self, path: Sequence[str | int]) -> tuple[Path, int]:
        source, at = self._at(tuple(path))
        return source.place(at)

    def line(self, path: Sequence[str | int]) -> int:
        return self.place(path)[1]

    def report(self, path: Sequence[str | int], message: str, *, warning: bool = False) -> None:
        source, at = self._at(tuple(path))
        if source is self.model:
            self.told.setdefault((at, message, warning), []).append(self.unit)
        else:
            source.report(at, message, warning=warning)

    def _at(self, path: Path_) -> tuple[Source, Path_]:
        if path[:1] != ("messages",) or len(path) < 2 or not isinstance(path[1], int):
            return self.model, path
        if path[1] in self.own:
            source, index = self.own[path[1]]
            return source, ("messages", index, *path[2:])
        return self.model, ("messages", self.indexes[path[1]], *path[2:])


@dataclass
class Replication:
    """One model in the units to which it is replicated."""

    model: Authored
    source: Source  # of the file that replicates it
    replicas: dict[str, Authored] = field(default_factory=dict)  # by unit
    without_channel: list[str] = field(default_factory=list)
    deviations: dict[str, dict[str, list[str]]] = field(default_factory=dict)  # by unit and message: the parts
    conflicts: dict[str, list[str]] = field(default_factory=dict)  # by unit: messages that the model has changed since
    told: dict[tuple[Path_, str, bool], list[str]] = field(default_factory=dict)

    @property
    def problems(self) -> Iterator[Problem]:
        """What is wrong in replicas and not in the model itself, each once, with the units that it concerns."""
        source = self.model.source
        known = {(p.field, p.message) for p in source.problems}
        for (path, message, warning), units in self.told.items():
            where = ".".join(str(part) for part in path)
            if (where, message) not in known:
                concerned = dict.fromkeys(units)
                listed = few(concerned, MOST_NAMED)
                words = say(f"[{len(concerned)} đơn vị: {listed}]", f"[{len(concerned)} units: {listed}]")
                yield Problem(source.file, source.line(path), where, f"{message} {words}", warning)


def name_of(model: str, unit: str) -> str:
    """Return the name of a replica."""
    return f"{model}.{unit}"


def weave(book: Book, replicating: Sequence[Source], deviating: Sequence[Source]) -> None:
    """Make the replicas of a book and put them among its campaigns; what is wrong is noted in its files."""
    known = {authored.campaign.campaign: authored for authored in (*book.campaigns, *book.dropped)}
    _keep_names_free(book, known)
    deviations = _read_deviations(book, deviating, known)
    for source in replicating:
        read = source.read(ReplicateFile)
        if read is None:
            book.unread.add(source.file.stem)
            continue
        _Weaver(book, source, read.replicate, known, deviations).weave()
    for (model, unit), (source, _) in deviations.items():
        if model in known and model not in book.replications and not known[model].source.problems:
            words = say(f"chưa có tệp nào nhân rộng {model}", f"no file replicates {model}")
            source.report(("deviation",), words, warning=True)
        if model in book.replications:
            _say_who_does_not_receive(book, book.replications[model], source, unit)


def _keep_names_free(book: Book, known: Mapping[str, Authored]) -> None:
    """Refuse a campaign of a name that only a replica may have: orders for all replicas would reach it as well."""
    models = [name for name, authored in known.items() if authored.campaign.model]
    for authored in (*book.campaigns, *book.broken):
        name = authored.campaign.campaign
        if model := next((m for m in models if name.startswith(name_of(m, ""))), None):
            words = say(
                f"tên bắt đầu bằng {name_of(model, '')} dành cho các bản nhân rộng của mô hình {model}; đặt tên khác",
                f"names that begin with {name_of(model, '')} belong to the replicas of {model}; choose another",
            )
            authored.report(("campaign",), words)


def _say_who_does_not_receive(book: Book, made: Replication, source: Source, unit: str) -> None:
    """Note a deviation that nobody will ever read: its unit gets no replica of the model."""
    model, units = made.model.campaign.campaign, book.units
    if units.kept and unit not in units.by_id and units.unread == frozenset():
        hint = did_you_mean(unit, units.by_id)
        words = say(f'không có đơn vị "{unit}" trong units.yaml{hint}', f'units.yaml has no unit "{unit}"{hint}')
        source.report(("unit",), words)
    elif not (unit in made.replicas or unit in made.deviations or name_of(model, unit) in book.unread):
        words = say(
            f"{unit} không có bản nhân rộng nào của {model} (xem {made.source.file}), nên tệp này chưa có tác dụng",
            f"{unit} has no replica of {model} (see {made.source.file}), so this file does nothing yet",
        )
        source.report(("unit",), words, warning=True)


Deviations = dict[tuple[str, str], tuple[Source, DeviationFile]]


def _read_deviations(book: Book, sources: Sequence[Source], known: Mapping[str, Authored]) -> Deviations:
    found: Deviations = {}
    for source in sources:
        read = source.read(DeviationFile)
        if read is None:
            named = [source.values.get(key) for key in ("deviation", "unit")]
            book.unread.add(name_of(str(named[0]), str(named[1])))
            continue
        at = read.deviation, read.unit
        if read.deviation not in known and read.deviation not in book.unread:
            hint = did_you_mean(read.deviation, known)
            words = say(f'không có mô hình "{read.deviation}"{hint}', f'there is no model "{read.deviation}"{hint}')
            source.report(("deviation",), words)
        if at in found:
            other = found[at][0].file
            words = say(f"{read.unit} đã có tệp viết khác: {other}", f"{read.unit} has such a file already: {other}")
            source.report(("unit",), words)
            continue
        found[at] = source, read
    return found


@dataclass
class _Weaver:
    book: Book
    source: Source
    replicate: Replicate
    known: Mapping[str, Authored]
    deviations: Deviations
    messages: tuple[Message, ...] = ()  # of the model, as every unit says them on its own channels

    def weave(self) -> None:
        name, units = self.replicate.model, self._units()
        model = self.known.get(name)
        if model is None or not self._may_spread(model):
            self.book.unread |= {name_of(name, unit) for unit in units}  # what the ledger holds of them stays
            if model is None and name not in self.book.unread:
                hint = did_you_mean(name, self.known)
                words = say(f'không có chiến dịch "{name}"{hint}', f'there is no campaign "{name}"{hint}')
                self.source.report(("replicate", "from"), words)
            return
        if name in self.book.replications:
            self.book.unread |= {name_of(name, unit) for unit in units}
            other = self.book.replications[name].source.file
            words = say(
                f"{name} đã được nhân rộng trong {other}; ghi mọi đơn vị vào to của tệp ấy, rồi xoá tệp này",
                f"{name} is replicated in {other} already; name all units in `to` of that file and delete this one",
            )
            self.source.report(("replicate", "from"), words)
            return
        self._check_networks()
        _check_free(model)
        made = Replication(model, self.source)
        self.book.replications[name] = made
        self.messages = tuple(
            m.model_copy(update={"channels": ()}) if m.channels else m for m in model.campaign.messages
        )
        spoken = {e.id for m in model.campaign.messages for e in model.channels_of(m, self.book)}
        for unit in units:
            channels = tuple(
                Selector(id=entry.id)
                for entry in self.book.channels.values()
                if entry.unit == unit and entry.id not in spoken
                and (not self.replicate.networks or entry.network in self.replicate.networks)
            )  # fmt: skip
            if channels:
                self._replica(made, unit, channels)
            elif not any(self.book.channels[id].unit == unit for id in spoken):
                made.without_channel.append(unit)
        self._say_who_is_silent(made)

    def _units(self) -> list[str]:
        """Return the units that receive the model, in order of the register; names nobody knows are noted."""
        units, found = self.book.units, set[str]()
        for i, receiver in enumerate(self.replicate.to):
            named = {receiver.unit} if receiver.unit else units.members(receiver.group or "")
            unknown = receiver.unit is not None and units.kept and receiver.unit not in units.by_id
            if receiver.group and not units.kept:
                words = say(
                    f'chưa có campaigns/units.yaml, nên không có nhóm "{receiver.group}"; viết từng đơn vị: {{unit: ...}}',
                    f'there is no campaigns/units.yaml, hence no group "{receiver.group}"; name each unit: {{unit: ...}}',
                )
                self.source.report(("replicate", "to", i, "group"), words)
            elif (unknown or not named) and units.unread == frozenset():
                kind, name = ("unit", receiver.unit) if receiver.unit else ("group", receiver.group)
                hint = did_you_mean(str(name), units.by_id if receiver.unit else units.groups)
                words = say(f'không có "{name}" trong units.yaml{hint}', f'there is no "{name}" in units.yaml{hint}')
                self.source.report(("replicate", "to", i, kind), words)
            found |= {str(unit) for unit in named}
        for i, unit in enumerate(self.replicate.without):
            if unit not in found and units.unread == frozenset():
                hint = did_you_mean(unit, found)
                words = say(f'"{unit}" không ở trong số được nhân rộng{hint}', f'"{unit}" is none of them{hint}')
                self.source.report(("replicate", "except", i), words)
        order = {unit: i for i, unit in enumerate(units.by_id)}
        return sorted(found - set(self.replicate.without), key=lambda unit: order.get(unit, len(order)))

    def _may_spread(self, model: Authored) -> bool:
        life: Model | None = model.campaign.model
        if life is not None and life.state in SPREADING:
            return True
        name, path = self.replicate.model, ("replicate", "from")
        if life is None:
            words = say(
                f"{name} chưa khai là mô hình; thêm vào tệp ấy: model: {Model.EXAMPLE}, rồi đánh giá, quyết định",
                f"{name} does not say that it is a model; add to its file: model: {Model.EXAMPLE}",
            )
        elif life.state == "dropped":
            words = say(
                f"{name} đã bị bỏ (dropped), không lên lịch được; xoá tệp này, hoặc đổi state của mô hình",
                f"{name} was dropped and cannot be scheduled; delete this file, or change the state of the model",
            )
        else:
            words = say(
                f"{name} mới là {life.state}; chỉ nhân rộng khi đã quyết định giữ (state: kept hoặc replicated)",
                f"{name} is only {life.state}; it is replicated once it was decided to keep it (kept or replicated)",
            )
        self.source.report(path, words)
        return False

    def _replica(self, made: Replication, unit: str, channels: tuple[Selector, ...]) -> None:
        campaign = made.model.campaign
        woven = Woven(self.source.file, model=made.model.source, unit=unit, told=made.told)
        messages: list[Message] = []
        indexes: list[int] = []
        source, written = self.deviations.get((campaign.campaign, unit), (None, None))
        other = {d.id: (i, d) for i, d in enumerate(written.messages)} if written else {}
        fits = source is None or written is None or self._fits(made, unit, source, written)
        for i, message in enumerate(self.messages):
            j, deviation = other.get(message.id, (0, None))
            if deviation is not None and source is not None and fits:
                made.deviations.setdefault(unit, {})[message.id] = deviation.parts
                if deviation.skip:
                    continue
                woven.own[len(messages)] = source, j
                message = said_otherwise(message, deviation)
            indexes.append(i)
            messages.append(message)
        woven.indexes = tuple(indexes)
        name = name_of(campaign.campaign, unit)
        if not fits:
            self.book.unread.add(name)  # what the ledger holds of it stays as it is until somebody has decided
            self.book.undecided.add(name)
            return
        if messages:
            replica = campaign.model_copy(
                update={"campaign": name, "channels": channels, "messages": tuple(messages), "model": None}
            )
            authored = replace(made.model, campaign=replica, source=woven, replica_of=campaign.campaign, unit=unit)
            made.replicas[unit] = authored
            self.book.campaigns.append(authored)

    def _fits(self, made: Replication, unit: str, source: Source, written: DeviationFile) -> bool:
        """Tell whether what a unit says otherwise may stand; what is wrong with it is noted at its line."""
        campaign = made.model.campaign
        by_id = {message.id: message for message in campaign.messages}
        before = len(source.problems)
        first: dict[str, int] = {}
        for i, deviation in enumerate(written.messages):
            id, path = deviation.id, ("messages", i)
            if first.setdefault(id, i) != i:
                line = source.line(("messages", first[id], "id"))
                words = say(
                    f'"{id}" đã dùng ở dòng {line}; gộp hai mục', f'"{id}" is used on line {line}; join the two'
                )
                source.report((*path, "id"), words)
                continue
            message = by_id.get(id)
            if message is None:
                hint = did_you_mean(id, by_id)
                words = say(f'mô hình không có thông điệp "{id}"{hint}', f'the model has no message "{id}"{hint}')
                source.report((*path, "id"), words)
                continue
            if not deviation.parts:
                words = say(
                    "mục này không viết gì khác mô hình; thêm vars, when hoặc skip: true, hoặc xoá mục này",
                    "this entry says nothing otherwise; add vars, when or skip: true, or delete it",
                )
                source.report(path, words)
            for part in deviation.parts:
                if words := locked(campaign, message, deviation, part):
                    source.report((*path, *part.split(".", 1)), words)
            turns = message.rotates and "when" in deviation.parts
            if turns and (words := wrong_rotation(said_otherwise(message, deviation))):
                source.report((*path, "when"), words)
            now = fingerprint(message, self.book.workspace)
            if deviation.of != now:
                if deviation.of:
                    made.conflicts.setdefault(unit, []).append(id)
                at = (*path, "of") if deviation.of else path
                source.report(at, _of_another(made, unit, deviation, now), warning=bool(deviation.of))
        return len(source.problems) == before

    def _check_networks(self) -> None:
        known = {entry.network for entry in self.book.channels.values()}
        for i, network in enumerate(self.replicate.networks):
            if network not in known and self.book.unread_channels == set():
                hint = did_you_mean(network, known)
                words = say(f'không kênh nào thuộc mạng "{network}"{hint}', f'no channel is on "{network}"{hint}')
                self.source.report(("replicate", "networks", i), words)

    def _say_who_is_silent(self, made: Replication) -> None:
        if made.without_channel:
            units = made.without_channel
            listed = few(units, MOST_NAMED)
            networks = ", ".join(self.replicate.networks)
            vi, en = (f" trên {networks}", f" on {networks}") if networks else ("", "")
            words = say(
                f"{len(units)} đơn vị chưa có kênh{vi} nên không đăng: {listed}",
                f"{len(units)} units have no channel{en}, nothing is said there: {listed}",
            )
            self.source.report(("replicate", "to"), words, warning=True)


def _check_free(model: Authored) -> None:
    """Warn of a variable that a model leaves free and none of its messages has: misspelt, it stays locked."""
    life, messages = model.campaign.model, model.campaign.messages
    places: list[tuple[Path_, Sequence[str], Sequence[Message]]] = [
        (("messages", i, "free"), message.free, (message,)) for i, message in enumerate(messages)
    ]
    places.append((("model", "free"), life.free if life else (), messages))
    for path, free, concerned in places:
        known = {name: None for message in concerned for name in message.vars}
        for i, part in enumerate(free):
            variable = part.removeprefix("vars.")
            if part != variable and variable not in known:
                hint = did_you_mean(variable, known)
                words = say(
                    f'không thông điệp nào có biến "{variable}"{hint}', f'no message has a variable "{variable}"{hint}'
                )
                model.report((*path, i), words, warning=True)


def _of_another(made: Replication, unit: str, deviation: Deviation, now: str) -> str:
    model = made.model.campaign.campaign
    if not deviation.of:
        return say(
            f'thiếu of; thêm of: "{now}" (vân tay của thông điệp mô hình hiện nay)',
            f'of is missing; add of: "{now}" (the fingerprint of the message of the model as it is)',
        )
    return say(
        f"mô hình đã đổi {deviation.id} sau khi {unit} viết khác. Xem: loa replicas {model}. "
        f'Giữ lời của đơn vị: of: "{now}"; theo mô hình: xoá mục này. Chưa quyết thì {name_of(model, unit)} giữ nguyên trong sổ',
        f"the model has changed {deviation.id} since {unit} said it otherwise. See: loa replicas {model}. "
        f'To keep what the unit says: of: "{now}"; to follow the model: delete this entry. Until then it stays as it is',
    )
