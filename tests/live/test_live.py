"""The real `loa` speaks to servers that somebody else wrote; they are asked, in their own words, what they hold.

Run with `make live-test`. One campaign goes out on Mastodon and on WordPress; what each server shows is compared letter
for letter with what the author wrote.
"""

import base64
import html
import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from tests.live.servers import MastodonServer, WordPressServer, mastodon_mock, wordpress

pytestmark = pytest.mark.live

LOA = Path(sys.executable).with_name("loa")
LONGEST = 90  # seconds for one command
SOON = timedelta(seconds=4)  # from writing a campaign to its time

TITLE = 'Ngày 26/6: "Vì một Thủ đô bình yên" & an toàn'
TEXT = """\
PHÒNG, CHỐNG MA TÚY: 'ĐỪNG THỬ, DÙ CHỈ MỘT LẦN'

Ông bà nói: "Lời khuyên của mẹ là món quà" & đúng vậy.
Nếu 3 < 5 và 5 > 3 thì <b>không</b> cần nghi ngờ; [gallery] chỉ là chữ.

• Nghiễng, quyển, thuở, khuỷu, ngoằn ngoèo, 100% \\o/ 🇻🇳
• Xem: https://example.org/tin?id=26&lang=vi

#HaNoiKhongMaTuy"""
SECOND = "Tin này sẽ được gỡ: ghi nhầm giờ họp, xin lỗi bà con."
ALT = 'Áp phích "26/6": hai bàn tay & ngôi nhà < bình yên >'


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Workspace:
    """A workspace of its own, and `loa` in it."""

    folder: Path
    mastodon: MastodonServer
    site: WordPressServer

    def loa(self, *words: str, code: int | None = 0) -> Ended:
        """Run one command as a person would; it must end with `code`."""
        done = subprocess.run(
            [LOA, "-w", self.folder, *words],
            capture_output=True,
            text=True,
            timeout=LONGEST,
            env={"PATH": "/usr/bin:/bin", "LOA_USER": "Nguyễn Văn Kiểm", "LC_ALL": "C.UTF-8"},
        )
        ended = Ended(done.returncode, done.stdout, done.stderr)
        assert code is None or ended.code == code, f"loa {' '.join(words)}: {ended}"
        return ended

    def deliveries(self) -> dict[str, dict[str, Any]]:
        return {row["key"]: row for row in json.loads(self.loa("deliveries", "--json").out)}

    def write_channels(self, **accounts: str) -> None:
        """Write channels.yaml and .env; an account given by its channel's id stands in for the true one."""
        channels = [
            {
                "id": "masto",
                "network": "mastodon",
                "account": accounts.get("masto", self.mastodon.account),
                "base_url": self.mastodon.base_url,
                "credentials": {"access_token": "env:MASTO_TOKEN"},
            },
            {
                "id": "trang-tin",
                "network": "wordpress",
                "account": accounts.get("trang-tin", self.site.username),
                "base_url": self.site.base_url,
                "credentials": {"username": "env:WP_USER", "application_password": "env:WP_PASSWORD"},
            },
        ]
        self._write("campaigns/channels.yaml", {"channels": channels})
        secrets = {
            "MASTO_TOKEN": self.mastodon.access_token,
            "WP_USER": self.site.username,
            "WP_PASSWORD": self.site.application_password,
            "LOA_QUARANTINE": "2",
        }
        (self.folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in secrets.items()))

    def write_campaign(self, name: str, *messages: dict[str, Any]) -> None:
        """Write the only campaign; its messages are due in a moment."""
        due = (datetime.now(UTC) + SOON).isoformat(timespec="seconds")
        said = [{"when": {"on": due}, **message} for message in messages]
        self._write(f"campaigns/{name}.yaml", {"campaign": name, "channels": ["masto", "trang-tin"], "messages": said})

    def _write(self, file: str, values: object) -> None:
        (self.folder / file).write_text(yaml.safe_dump(values, allow_unicode=True, sort_keys=False), "utf-8")


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[MastodonServer, WordPressServer]]:
    with mastodon_mock() as mastodon, wordpress() as site:
        yield mastodon, site


def new(folder: Path, servers: tuple[MastodonServer, WordPressServer]) -> Workspace:
    """Make a workspace by `loa init`, with our two channels and nothing to say yet."""
    workspace = Workspace(folder / "phuong", *servers)
    subprocess.run([LOA, "init", workspace.folder], check=True, capture_output=True, timeout=LONGEST)
    (workspace.folder / "campaigns" / "lam-quen.yaml").unlink()
    workspace.write_channels()
    return workspace


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory, servers: tuple[MastodonServer, WordPressServer]) -> Workspace:
    """A workspace whose campaign has gone out: checked, planned, applied, approved, run."""
    workspace = new(tmp_path_factory.mktemp("spoken"), servers)
    (workspace.folder / "images").mkdir()
    Image.new("RGB", (320, 200), "#b3261e").save(workspace.folder / "images" / "26-6.png")
    workspace.loa("check")
    workspace.write_campaign(
        "ngay-26-6",
        {"id": "loi-keu-goi", "title": TITLE, "text": TEXT, "images": [{"file": "images/26-6.png", "alt": ALT}]},
        {"id": "tin-nham", "text": SECOND},
    )
    workspace.loa("apply")
    workspace.loa("approve", "ngay-26-6")
    workspace.loa("run", "--until-idle")
    return workspace


def test_every_delivery_is_published_with_an_address(spoken: Workspace) -> None:
    rows = spoken.deliveries().values()
    assert {row["attempts"] for row in rows} == {1}
    for row in rows:
        assert row["state"] in ("published", "withdrawn")
        assert row["url"].startswith((spoken.mastodon.base_url, spoken.site.base_url))
        assert row["published_at"] >= row["due"]


def test_channels_says_whom_the_networks_take_us_for(spoken: Workspace) -> None:
    told = {channel["id"]: channel for channel in json.loads(spoken.loa("channels", "--json").out)}
    assert all(channel["works"] for channel in told.values())
    assert told["masto"]["says"] == "@loa"
    assert told["trang-tin"]["says"] == spoken.site.username


def test_mastodon_holds_the_text_letter_for_letter_once(spoken: Workspace) -> None:
    row = spoken.deliveries()["ngay-26-6/loi-keu-goi@once/masto"]
    source = ask_mastodon(spoken, f"/api/v1/statuses/{row['remote_id']}/source")
    assert source["text"] == TEXT
    assert [text for text in mastodon_texts(spoken) if text == TEXT] == [TEXT]


def test_mastodon_shows_the_picture_the_hashtag_and_the_language(spoken: Workspace) -> None:
    row = spoken.deliveries()["ngay-26-6/loi-keu-goi@once/masto"]
    status = ask_mastodon(spoken, f"/api/v1/statuses/{row['remote_id']}")
    assert [media["description"] for media in status["media_attachments"]] == [ALT]
    assert [tag["name"].lower() for tag in status["tags"]] == ["hanoikhongmatuy"]
    assert (status["visibility"], status["language"]) == ("public", "vi")


def test_wordpress_holds_the_text_letter_for_letter_once(spoken: Workspace) -> None:
    row = spoken.deliveries()["ngay-26-6/loi-keu-goi@once/trang-tin"]
    post = ask_wordpress(spoken, f"posts/{row['remote_id']}?context=edit")
    assert post["status"] == "publish"
    assert html.unescape(post["title"]["raw"]) == TITLE
    words, _, figures = post["content"]["raw"].partition("\n\n<figure>")
    assert without_tags(words) == TEXT
    assert f'alt="{html.escape(ALT)}"' in figures
    assert [text for text in wordpress_texts(spoken) if text == TEXT] == [TEXT]


def test_wordpress_shows_the_text_letter_for_letter_to_everybody(spoken: Workspace) -> None:
    """Nobody is logged in here: this is the public address, as its theme prints it."""
    row = spoken.deliveries()["ngay-26-6/loi-keu-goi@once/trang-tin"]
    page = fetch(row["url"]).decode()
    shown = page[page.index("PHÒNG, CHỐNG") : page.index("<figure", page.index("PHÒNG, CHỐNG"))]
    assert as_read(shown) == TEXT
    assert '<a href="https://example.org/tin?id=26&amp;lang=vi">' in shown
    picture = re.search(r'<figure[^>]*><img[^>]*src="([^"]+)"[^>]*alt="([^"]+)"', page)
    assert picture is not None and html.unescape(picture[2]) == ALT
    assert fetch(picture[1]).startswith(b"\x89PNG")


def test_running_again_posts_nothing_more(spoken: Workspace) -> None:
    before = spoken.deliveries(), sorted(mastodon_texts(spoken)), sorted(wordpress_texts(spoken))
    spoken.loa("apply")
    spoken.loa("run", "--until-idle")
    spoken.loa("run", "--until-idle")
    assert (spoken.deliveries(), sorted(mastodon_texts(spoken)), sorted(wordpress_texts(spoken))) == before


def test_withdraw_takes_it_down_everywhere_and_only_it(spoken: Workspace) -> None:
    spoken.loa("withdraw", "ngay-26-6/tin-nham", "--why", "ghi nhầm giờ")
    rows = spoken.deliveries()
    masto, site = (rows[f"ngay-26-6/tin-nham@once/{channel}"] for channel in ("masto", "trang-tin"))
    assert (masto["state"], site["state"]) == ("withdrawn", "withdrawn")
    assert status_of(f"{spoken.mastodon.base_url}/api/v1/statuses/{masto['remote_id']}") == 404
    assert status_of(f"{spoken.site.base_url}/wp-json/wp/v2/posts/{site['remote_id']}") in (401, 403, 404)
    assert status_of(site["url"]) == 404
    assert SECOND not in mastodon_texts(spoken) + wordpress_texts(spoken)
    assert TEXT in mastodon_texts(spoken) and TEXT in wordpress_texts(spoken)
    assert spoken.loa("withdraw", "ngay-26-6/tin-nham", code=None).code == 2, "there is nothing of it any more"


def test_a_wrong_account_is_held_before_its_first_post(
    tmp_path: Path, servers: tuple[MastodonServer, WordPressServer]
) -> None:
    workspace = new(tmp_path, servers)
    host = workspace.mastodon.account.rpartition("@")[2]
    workspace.write_channels(masto=f"@thanh-pho-khac@{host}", **{"trang-tin": "nguoi-khac"})
    text = "Lời này không được lên trang của người khác."
    workspace.write_campaign("nham-trang", {"id": "tin", "text": text})
    workspace.loa("apply")
    workspace.loa("approve", "nham-trang")
    ended = workspace.loa("run", "--until-idle", code=1)
    assert "loa release --channel masto" in ended.err
    assert {row["state"] for row in workspace.deliveries().values()} == {"scheduled"}
    assert text not in mastodon_texts(workspace) + wordpress_texts(workspace)
    told = workspace.loa("channels", code=1).out
    assert "@thanh-pho-khac" in told and "nguoi-khac" in told

    workspace.write_channels()
    for channel in ("masto", "trang-tin"):
        workspace.loa("release", "--channel", channel, "--why", "đã sửa tài khoản")
    workspace.loa("run", "--until-idle")
    assert {row["state"] for row in workspace.deliveries().values()} == {"published"}
    assert mastodon_texts(workspace).count(text) == wordpress_texts(workspace).count(text) == 1


# --- asking the servers -----------------------------------------------------------------------------------------


def fetch(url: str, headers: dict[str, str] | None = None) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, headers=headers or {}), timeout=30) as response:
        return bytes(response.read())


def status_of(url: str) -> int:
    try:
        fetch(url)
    except urllib.error.HTTPError as error:
        return error.code
    return 200


def ask_mastodon(workspace: Workspace, path: str) -> Any:
    headers = {"Authorization": f"Bearer {workspace.mastodon.access_token}"}
    return json.loads(fetch(workspace.mastodon.base_url + path, headers))


def mastodon_texts(workspace: Workspace) -> list[str]:
    """Return the source of everything that stands on the account."""
    us = ask_mastodon(workspace, "/api/v1/accounts/verify_credentials")
    statuses = ask_mastodon(workspace, f"/api/v1/accounts/{us['id']}/statuses?limit=40")
    return [str(ask_mastodon(workspace, f"/api/v1/statuses/{status['id']}/source")["text"]) for status in statuses]


def ask_wordpress(workspace: Workspace, path: str) -> Any:
    pair = f"{workspace.site.username}:{workspace.site.application_password}"
    headers = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    return json.loads(fetch(f"{workspace.site.base_url}/wp-json/wp/v2/{path}", headers))


def wordpress_texts(workspace: Workspace) -> list[str]:
    """Return the text of every post that is not in the trash, whatever its status, without pictures."""
    posts = ask_wordpress(workspace, "posts?context=edit&per_page=100&status=publish,future,draft,pending,private")
    return [without_tags(post["content"]["raw"].partition("\n\n<figure>")[0]) for post in posts]


def without_tags(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


def as_read(markup: str) -> str:
    """Return what a reader sees of a page: its paragraphs and line ends as newlines, without tags."""
    lines = re.sub(r"\s*</p>\s*<p[^>]*>", "\n\n", re.sub(r"<br\s*/?>\n?", "\n", markup))
    return without_tags(lines).strip()
