"""Draws the pictures of the README from the real program: `python -m docs.pictures.draw` (needs Debian's chromium).

A workspace is made in a temporary folder; the city's campaign is applied and approved, a small one goes out at once, and
one channel has no token, so that `loa status` has something to say.
"""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

PICTURES = Path(__file__).resolve().parent
HOUSE = PICTURES.parent.parent
LOA = Path(sys.executable).with_name("loa")
COLUMNS = 112

MORNING = """\
campaign: ban-tin-sang
title: Bản tin sáng
approval: none
messages:
  - {id: chao, channels: [bang-tin], text: "Chào buổi sáng Hà Nội!", when: {on: "DUE"}}
  - {id: nhac-111, channels: [bang-tin], text: "Trẻ em cần giúp đỡ: gọi 111.", when: {on: "DUE"}}
  - {id: nhac-113, channels: [bang-tin, masto-ha-noi], text: "Thấy dấu hiệu tội phạm: gọi 113.", when: {on: "DUE"}}
"""
MASTODON = """
  - id: masto-ha-noi
    network: mastodon
    account: "@hanoi@mang.example.org"
    base_url: https://mang.example.org
    unit: ha-noi
    credentials: {access_token: env:MASTO_HA_NOI_TOKEN}
"""
CARD = """\
campaign: the-hinh
title: Ngày toàn dân phòng, chống ma túy 26/6
card: {unit: UBND phường Hà Đông, hotline: "113"}
messages:
  - id: ngay-26-6
    channels: [bang-tin, masto-ha-noi]
    when: {on: "2027-06-26 12:15"}
    text: |
      Hôm nay là Ngày toàn dân phòng, chống ma túy.

      Mỗi gia đình dành ít phút trò chuyện cùng con: con đang vui điều gì, đang lo điều gì? Khi con biết có người lắng nghe, con sẽ tìm đến.

      Cần giúp đỡ trẻ em: 111. Báo tin về tội phạm: 113.

      UBND phường Hà Đông
      #HaNoiKhongMaTuy
    card:
      headline: "Nói KHÔNG với ma túy, vững bước tuổi trẻ"
      lines: ["Giữ gìn sức khỏe, sẵn sàng giúp đỡ", "Mỗi gia đình một điểm tựa"]
      link: https://congan.hanoi.gov.vn
"""
THEME = TerminalTheme(
    (16, 22, 29),
    (220, 226, 232),
    [(16, 22, 29), (255, 107, 107), (105, 219, 124), (255, 212, 59), (116, 192, 252), (229, 153, 247), (102, 217, 232),
     (220, 226, 232)],
)  # fmt: skip
PAGE = """<!doctype html><meta charset="utf-8"><style>html,body{{margin:0;background:#10161d}}
pre{{font:15px/1.45 "DejaVu Sans Mono","Noto Sans Mono",monospace;color:#dce2e8;padding:18px 22px;margin:0}}</style>
<pre>{code}</pre>"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "ha-noi"
        _make(workspace)
        daemon = subprocess.Popen([LOA, "-w", workspace, "run"], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            time.sleep(8)
            said = _in_a_terminal([str(LOA), "-w", str(workspace), "status"])
        finally:
            daemon.terminate()
            daemon.wait()
        _draw_terminal("$ loa status\n" + said, Path(folder), PICTURES / "status.png")
        subprocess.run([LOA, "-w", workspace, "rehearse", "thang-hanh-dong-2027"], check=True, capture_output=True)
        page = workspace / "var" / "rehearsal" / "bang-tin" / "index.html"
        _photograph(page, PICTURES / "rehearsal.png", width=820, height=1060)
        _draw_what_authors_see(workspace)


def _draw_what_authors_see(workspace: Path) -> None:
    """The calendar of June, a preview page, and a card in two sizes."""
    calendar, preview, cards = (workspace / "var" / name for name in ("calendar.html", "preview.html", "cards"))
    (workspace / "campaigns" / "the-hinh.yaml").write_text(CARD, "utf-8")
    for words in (
        ["calendar", "--month", "2027-06", "--campaign", "thang-hanh-dong-2027", "--html", calendar],
        ["preview", "the-hinh", "--html", preview],
        ["card", "the-hinh/ngay-26-6", "--out", cards],
    ):
        subprocess.run([LOA, "-w", workspace, *words], check=True, capture_output=True)
    _photograph(calendar, PICTURES / "calendar.png", width=1280, height=1210)
    _photograph(preview, PICTURES / "preview.png", width=1100, height=1030)
    for name, picture in (("ngang", "card.png"), ("vuong", "card-square.png")):
        drawn = Image.open(cards / f"the-hinh-ngay-26-6-{name}.png")
        drawn.thumbnail((600, 600))
        drawn.convert("P", palette=Image.Palette.ADAPTIVE, colors=64).save(PICTURES / picture, optimize=True)


def _make(workspace: Path) -> None:
    for name in ("campaigns", "templates"):
        shutil.copytree(HOUSE / name, workspace / name)
    due = (datetime.now(UTC) + timedelta(seconds=5)).isoformat(timespec="seconds")
    (workspace / "campaigns" / "ban-tin-sang.yaml").write_text(MORNING.replace("DUE", due), "utf-8")
    with (workspace / "campaigns" / "channels.yaml").open("a", encoding="utf-8") as channels:
        channels.write(MASTODON)
    for words in (["apply"], ["approve", "thang-hanh-dong-2027", "--by", "Nguyễn Văn A"]):
        subprocess.run([LOA, "-w", workspace, *words], check=True, capture_output=True)


def _in_a_terminal(command: list[str]) -> str:
    """Return what a command prints into a terminal, with its colours."""
    os.environ |= {"COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
    said = b""
    child, handle = pty.fork()
    if child == 0:
        os.execv(command[0], command)
    try:
        while chunk := os.read(handle, 65536):
            said += chunk
    except OSError:  # so a terminal ends whose program has ended
        pass
    os.waitpid(child, 0)
    return said.decode().replace("\r\n", "\n")


def _draw_terminal(said: str, folder: Path, picture: Path) -> None:
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True)
        console.print(Text.from_ansi(said))
        page = folder / "status.html"
        page.write_text(console.export_html(theme=THEME, inline_styles=True, code_format=PAGE), "utf-8")
    _photograph(page, picture, width=COLUMNS * 9 + 60, height=int(22 * (said.count("\n") + 2) + 20))


def _photograph(page: Path, picture: Path, *, width: int, height: int) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("chromium is not installed: apt-get install chromium fonts-noto-core")
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={profile}",
             f"--window-size={width},{height}", f"--screenshot={picture}", page.as_uri()],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
    Image.open(picture).convert("P", palette=Image.Palette.ADAPTIVE, colors=64).save(picture, optimize=True)


if __name__ == "__main__":
    main()
