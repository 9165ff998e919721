"""What these files take from the code: config.example.env, the table of networks, the states, the schemas for editors.

    python -m docs.derived

writes them anew (`make docs` does it); tests/test_house.py says when one of them is stale.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from scheduler.authoring.schema import FILES, FOLDER, schema_text
from scheduler.channels.contract import Channel
from scheduler.channels.registry import NETWORKS
from scheduler.ledger.delivery import ARROWS, IN_VIETNAMESE, State
from scheduler.settings import Settings

HOUSE = Path(__file__).resolve().parent.parent

ENV_HEAD = """\
# Mẫu của tệp .env trong thư mục làm việc. Chép thành .env, bỏ dấu # ở dòng cần dùng, chmod 600 .env, không gửi cho ai.
# Biến môi trường cùng tên thắng tệp này. / A pattern for the workspace's .env; the environment wins over it.
"""
CREDENTIALS_HEAD = """
# --- Khoá của các kênh. Tên do ta đặt, trùng với env:TÊN trong campaigns/channels.yaml; dưới đây là tên gợi ý.
"""


def config_example() -> str:
    """Return config.example.env: every setting with its default, and every network's credentials."""
    return ENV_HEAD + "".join(_settings()) + CREDENTIALS_HEAD + "".join(_credentials())


def _settings() -> Iterator[str]:
    for field in fields(Settings):
        if "name" in field.metadata:
            yield f"\n# {field.metadata['doc']}\n# {field.metadata['name']}={field.default}\n"


def _credentials() -> Iterator[str]:
    for name, network in NETWORKS.items():
        wanted = [(c, "") for c in network.credentials]
        wanted += [(c, "  (không bắt buộc)") for c in network.optional_credentials]
        for credential, remark in wanted:
            variable = f"{name}_{credential}".upper()
            yield f"\n# {name}: credentials: {{{credential}: env:{variable}}}{remark}\n# {variable}=\n"


def networks_table() -> str:
    """Return what each network can do, as a Markdown table."""
    head = (
        "| network | text | pictures | title | looks for a post | takes it down | corrects its words | a repeated request | credentials |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
    )
    return head + "".join(map(_network_row, NETWORKS.values()))


COUNTED = {
    "len": "code points",
    "graphemes": "visible characters",
    "utf16": "UTF-16 units",
    "utf8": "bytes",
    "emoji_bytes": "code points, an emoji is its bytes",
}


def _network_row(network: type[Channel]) -> str:
    limits = network.limits
    text = f"{limits.text:,} {COUNTED.get(limits.count.__name__, 'code points, an address is 23')}"
    if limits.caption is not None:
        text += f"; {limits.caption:,} with pictures"
    pictures = f"{limits.images}, each up to {limits.image_bytes / 1_000_000:g} MB" if limits.images else "none"
    credentials = [f"`{c}`" for c in network.credentials] + [f"`{c}` (optional)" for c in network.optional_credentials]
    cells = (
        f"`{network.network}`",
        text,
        pictures,
        "yes" if limits.title else "no",
        _looking(network),
        "yes" if network.can("delete") else "no",
        "yes" if network.can("edit") else "no",
        _repetition(network),
        ", ".join(credentials) or "none",
    )
    return f"| {' | '.join(cells)} |\n"


def _looking(network: type[Channel]) -> str:
    if needed := network.needs.get("find"):
        return f"with `options: {{{needed}: ...}}`; otherwise a person confirms"
    return "yes" if network.can("find") else "no: a person confirms"


def _repetition(network: type[Channel]) -> str:
    if network.idempotent:
        return "makes no second post"
    return "would make a second post: " + ("we look first" if network.can("find") else "a person decides")


def states_diagram() -> str:
    """Return the arrows of a delivery as a Mermaid diagram."""
    events: dict[tuple[State, State], list[str]] = {}
    for (before, event), after in ARROWS.items():
        events.setdefault((before, after), []).append(event.value)
    lines = ["stateDiagram-v2", "    [*] --> held: plan, to be approved", "    [*] --> scheduled: plan"]
    lines += [f"    {before} --> {after}: {', '.join(names)}" for (before, after), names in events.items()]
    return "```mermaid\n" + "\n".join(lines) + "\n```\n"


def states_table() -> str:
    """Return the states with the words people see."""
    rows = "".join(f"| `{state.value}` | {IN_VIETNAMESE[state]} | {MEANINGS[state]} |\n" for state in State)
    return "| state | Vietnamese | meaning |\n| --- | --- | --- |\n" + rows


MEANINGS = {
    State.HELD: "waits for a person: an approval, a release, a look after a restore",
    State.SCHEDULED: "goes out when it is due",
    State.SENDING: "the intent is on disk, the network is being asked",
    State.PUBLISHED: "public, with the network's own id and address",
    State.UNCONFIRMED: "asked, but not known to be public; never sent again before somebody has looked",
    State.FAILED: "the network will never take it",
    State.MISSED: "past its `late_after`; an outage is never followed by a flood",
    State.CANCELLED: "never was public, never will be",
    State.WITHDRAWN: "was public, taken down",
}

PARTS = {
    "README.md": {"networks": networks_table},
    "docs/design.md": {"states": states_table, "arrows": states_diagram},
}


def derived(house: Path = HOUSE) -> dict[Path, str]:
    """Return every file that holds something derived, as it has to be."""
    files = {house / "config.example.env": config_example()}
    files |= {house / "campaigns" / FOLDER / f"{kind}.json": schema_text(kind) for kind in FILES}
    for name, parts in PARTS.items():
        page = (house / name).read_text("utf-8")
        for mark, make in parts.items():
            page = _between(page, mark, make())
        files[house / name] = page
    return files


def _between(page: str, mark: str, content: str) -> str:
    marks = re.compile(rf"(<!-- {mark}: made by make docs -->\n).*?(<!-- /{mark} -->)", re.DOTALL)
    assert marks.search(page), f"no place for {mark}"
    return marks.sub(lambda found: found[1] + content + found[2], page)


def main() -> None:
    for file, content in derived().items():
        file.parent.mkdir(exist_ok=True)
        file.write_text(content, "utf-8")


if __name__ == "__main__":
    main()
