"""What a plan does to the replicas of one message, folded: one picture for all units, not one for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scheduler import clock
from scheduler.channels.contract import Post
from scheduler.channels.spans import written
from scheduler.cli.office import Office
from scheduler.cli.screen import show
from scheduler.composing.screening import measured
from scheduler.planning.diff import differences
from scheduler.planning.plan import MessagePlan
from scheduler.text import few, say

MOST_UNITS = 5  # named in one line
MOST_KINDS = 3  # different changes that are shown in full


def show_post(post: Post) -> None:
    """Show a post as it will be public, indented."""
    title = [f"# {post.title}"] if post.title else []
    cover = [f"[{say('ảnh bìa', 'cover')}: {post.cover.alt}]"] if post.cover is not None else []
    film = [f"[▶ {measured(post.video)}: {post.video.alt}]"] if post.video else []
    words = written(post.text, post.spans).split("\n")
    for line in [*cover, *title, *words, *(f"[{image.alt}]" for image in post.images), *film]:
        show(f"    {line}")


def show_difference(before: Post, after: Post) -> None:
    """Show what changes in a post, line by line."""
    for sign, line in differences(before, after):
        show(f"    {sign} {line}", style={"-": "red", "+": "green"}.get(sign, "dim"))


@dataclass
class Folded:
    """Takes the parts of a plan one after the other; those of one message in many units are shown together."""

    here: Office
    _parts: list[tuple[MessagePlan, Mapping[str, Post]]] = field(default_factory=list)

    def take(self, part: MessagePlan, before: Mapping[str, Post]) -> bool:
        """Keep a part of a replica (True), or show what was kept, since another message begins."""
        if self._parts and (part.replica_of, part.message) != (self._parts[0][0].replica_of, self._parts[0][0].message):
            self.end()
        if not part.replica_of:
            return False
        self._parts.append((part, before))
        return True

    def end(self) -> None:
        """Show what was kept."""
        parts, self._parts = self._parts, []
        if not parts:
            return
        name = f"{parts[0][0].replica_of}.*/{parts[0][0].message}"
        self._show_new(name, [part for part, _ in parts if part.create])
        self._show_changes(name, parts)
        for sign, style, rows in (
            ("-", "red", {p.unit: len(p.cancel) for p, _ in parts if p.cancel}),
            ("~", "yellow", {p.unit: len(p.approval) + len(p.rebound) for p, _ in parts if p.approval or p.rebound}),
        ):
            if rows:
                show(f"{sign} {name}  {_units(rows, sum(rows.values()))}", style=style)

    def _show_new(self, name: str, parts: list[MessagePlan]) -> None:
        if not parts:
            return
        new = [wanted for part in parts for wanted in part.create]
        times = sorted({wanted.due_us for wanted in new})
        first = clock.moment(times[0]).astimezone(self.here.settings.zone)
        more = say(f" và {len(times) - 1} giờ nữa", f" and {len(times) - 1} times more") if len(times) > 1 else ""
        waits = say(" (chờ duyệt)", " (waits for approval)") if any(w.needs_approval for w in new) else ""
        show(
            f"+ {name}  {_units([p.unit for p in parts], len(new))}, {first:%H:%M %d/%m/%Y}{more}{waits}", style="green"
        )
        show_post(parts[0].posts[parts[0].create[0].digest])
        said = {wanted.digest for wanted in new}
        if len(said) > 1:
            model = parts[0].replica_of
            words = say(
                f"(trên đây là bài của {parts[0].unit}; {len(said)} bài khác nhau, xem từng đơn vị: "
                f"loa preview {model}.ĐƠN-VỊ)",
                f"(this is what {parts[0].unit} says; {len(said)} different posts, see each: loa preview {model}.UNIT)",
            )
            show(f"    {words}", style="dim")

    def _show_changes(self, name: str, parts: Iterable[tuple[MessagePlan, Mapping[str, Post]]]) -> None:
        kinds: dict[tuple[Any, ...], list[tuple[str, Post, Post]]] = {}
        for part, before in parts:
            for sign, pairs in (("~", part.change), ("!", part.already_public)):
                for row, wanted in pairs:
                    old, new = before.get(row.digest, Post("")), part.posts[wanted.digest]
                    moved = wanted.due_us - row.due_us if sign == "~" else 0
                    lines = tuple(f"{mark}{line}" for mark, line in differences(old, new) if mark in "+-")
                    kinds.setdefault((sign, moved, lines), []).append((part.unit, old, new))
        shown = sorted(kinds.items(), key=lambda kind: -len(kind[1]))
        for (sign, moved, _), found in shown[:MOST_KINDS]:
            shift = (
                say(f", dời {moved // 60_000_000:+} phút", f", moved by {moved // 60_000_000:+} min") if moved else ""
            )
            public = say(" (đã công khai, không sửa nữa)", " (public, it is not touched)") if sign == "!" else ""
            style = "magenta" if sign == "!" else "yellow"
            show(f"{sign} {name}  {_units([unit for unit, _, _ in found], len(found))}{shift}{public}", style=style)
            show_difference(found[0][1], found[0][2])
        if rest := shown[MOST_KINDS:]:
            units = [unit for _, found in rest for unit, _, _ in found]
            show(f"~ {name}  {_units(units, len(units))}: {say('thay đổi kiểu khác', 'other changes')}", style="yellow")


def _units(units: Iterable[str], deliveries: int) -> str:
    named = [*dict.fromkeys(units)]
    listed = few(named, MOST_UNITS)
    return say(
        f"{len(named)} đơn vị ({listed}), {deliveries} lần đăng",
        f"{len(named)} units ({listed}), {deliveries} deliveries",
    )
