"""How long `loa check` takes for 1,000 messages on 600 channels: `python -m bench.check [MESSAGES] [CHANNELS]`."""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from scheduler.authoring.loader import read_book
from scheduler.composing.compose import Composer
from scheduler.planning.check import Checker
from scheduler.settings import load

NOW = datetime(2027, 1, 1, tzinfo=UTC)
NETWORKS = ("mastodon", "bluesky", "telegram", "wordpress", "feed")
SECRETS = {
    "mastodon": "{access_token: env:T}",
    "bluesky": "{identifier: env:T, app_password: env:T}",
    "telegram": "{bot_token: env:T}",
    "wordpress": "{username: env:T, application_password: env:T}",
    "feed": "{}",
}


def write(workspace: Path, messages: int, channels: int) -> None:
    """Write a workspace: one message in four has a template, most with the unit; one in ten comes back by a rule."""
    (workspace / "campaigns").mkdir()
    (workspace / "templates").mkdir()
    (workspace / ".env").write_text("T=x\n")
    (workspace / "templates/don-vi.j2").write_text("{{ unit }}, {{ due | ngay }}:\n{{ meo }}\nGọi 111.\n")
    (workspace / "templates/meo.j2").write_text("Mẹo nhỏ {{ due | thu }}, {{ due | ngay }}:\n{{ meo }}\nGọi 111.\n")
    lines = ["channels:"]
    for i in range(channels):
        network = NETWORKS[i % len(NETWORKS)]
        lines.append(
            f"  - {{id: kenh-{i}, network: {network}, account: k{i}, base_url: 'https://k{i}.example', "
            f"unit: phuong-{i % 126}, labels: [city], credentials: {SECRETS[network]}}}"
        )
    (workspace / "campaigns/channels.yaml").write_text("\n".join(lines) + "\n")
    each = 50
    for n in range(0, messages, each):
        lines = [f"campaign: chien-dich-{n // each}", "channels: [{label: city}]", "messages:"]
        for i in range(n, min(n + each, messages)):
            when = f'{{on: "2027-{1 + i % 12:02}-{2 + i % 26:02} {6 + i % 15:02}:{i % 60:02}"}}'
            if i % 10 == 0:
                when = f'{{every: [mon, fri], at: "{6 + i % 15:02}:{i % 60:02}", from: 2027-03-01, until: 2027-04-30}}'
            lines.append(f"  - id: tin-{i}\n    title: Tin số {i}\n    when: {when}")
            if i % 4 == 0:
                template = "don-vi.j2" if i % 10 else "meo.j2"
                lines.append(f"    template: {template}\n    vars: {{meo: Lắng nghe con trước khi khuyên}}")
            else:
                lines.append(f"    text: |\n      Tin {i}: biết để tránh, gọi 113.\n      Cùng con chọn điều tốt đẹp.")
        (workspace / f"campaigns/c{n // each:03}.yaml").write_text("\n".join(lines) + "\n")


def main(messages: int = 1000, channels: int = 600) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        write(workspace, messages, channels)
        began, cpu = time.perf_counter(), time.process_time()
        settings = load(workspace)
        book = read_book(workspace)
        read = time.process_time() - cpu
        problems = Checker(book, settings, Composer(workspace, settings.zone, book.laws), NOW).check()
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
    errors = sum(not p.warning for p in problems)
    print(
        f"check: {messages} messages x {channels} channels: {took:.2f} s, {cpu:.2f} s CPU "
        f"(reading {read:.2f} s), {errors} errors, {len(problems) - errors} warnings"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
