"""One pilot in every ward of Hà Nội: how long check, plan and apply take, how long the plan is: `python -m bench.replicate`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
REGISTERS = ("units", "laws", "hotlines", "days", "lint")
MESSAGES, CHANNELS = 20, 5  # of the model; of each ward
TEMPLATE = """\
{{ loi }}

{{ office.signature }} mời bà con đến {{ noi }}. Trẻ em cần giúp đỡ, gọi {{ hotline("tre_em") }}.
"""
MODEL = """\
campaign: ha-dong
title: Mô hình Hà Đông
channels: [{group: ha-dong-cu}]
model:
  state: replicated
  criteria: Người dân nhớ đúng số cần gọi
  evidence: Báo cáo đánh giá
  decided: {on: 2026-11-20, by: Trưởng ban}
  free: [vars.noi]
messages:
"""


def write(workspace: Path) -> None:
    """Write the model, and a workspace in which every ward has its channels."""
    (workspace / "campaigns").mkdir()
    (workspace / "templates").mkdir()
    for name in REGISTERS:
        shutil.copy(HOUSE / "campaigns" / f"{name}.yaml", workspace / "campaigns")
    units = (HOUSE / "campaigns" / "units.yaml").read_text("utf-8")
    wards = re.findall(r"- \{id: ([a-z-]+), name: (?:Phường|Xã)", units)
    channel = "  - {{id: {0}-{1}, network: feed, account: {0}-{1}, unit: {0}}}"
    listed = "\n".join(channel.format(ward, n) for ward in wards for n in range(CHANNELS))
    (workspace / "campaigns" / "channels.yaml").write_text(f"channels:\n{listed}\n", "utf-8")
    (workspace / "templates" / "moi.j2").write_text(TEMPLATE, "utf-8")
    message = (
        "  - id: tin-{0}\n    template: moi.j2\n    vars: {{loi: 'Tuần thứ {0}.', noi: nhà văn hóa}}\n"
        "    when: {{on: '2027-06-{0:02} 08:{0:02}'}}\n"
    )
    said = "".join(message.format(n + 1) for n in range(MESSAGES))
    (workspace / "campaigns" / "ha-dong.yaml").write_text(MODEL + said, "utf-8")
    (workspace / "campaigns" / "nhan-rong.yaml").write_text("replicate: {from: ha-dong, to: {group: phuong-xa}}\n")


def loa(workspace: Path, *words: str) -> tuple[float, list[str]]:
    """Run a command; return its seconds and the lines it printed."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "scheduler", "-w", str(workspace), *words]
    ended = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ, cwd=HOUSE)
    return time.perf_counter() - begun, ended.stdout.splitlines()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        write(workspace)
        checked, _ = loa(workspace, "check")
        planned, lines = loa(workspace, "plan")
        applied, _ = loa(workspace, "apply")
        model = workspace / "campaigns" / "ha-dong.yaml"
        model.write_text(model.read_text("utf-8").replace("Tuần thứ 3.", "Tuần thứ ba."), "utf-8")
        changed, difference = loa(workspace, "plan")
        print("| | seconds | lines |\n| --- | --- | --- |")
        print(f"| check | {checked:.1f} | |")
        print(f"| plan of all | {planned:.1f} | {len(lines)} |")
        print(f"| apply ({lines[-2]}) | {applied:.1f} | |")
        print(f"| plan after one word of the model changed | {changed:.1f} | {len(difference)} |")


if __name__ == "__main__":
    main()
