"""A film of 200 MB goes up to YouTube, cut off ten times, and the process that sends it stays small."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.composing.films import film
from tests.fakes import YouTubeFake
from tests.fakes.server import running

SIZE = 200_000_000
MOST = 150  # MB of memory at any moment
SEND = """
import asyncio, hashlib, json, re, sys
from datetime import UTC, datetime
from pathlib import Path
from scheduler.channels.contract import Outgoing, Post, Video
from scheduler.channels.http import Wire
from scheduler.channels.youtube import YouTube

def most():  # not ru_maxrss: a child begins with what its parent had
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

async def send(url, file, secrets, account):
    with open(file, "rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    video = Video(file, sha256, "video/mp4", Path(file).stat().st_size, 4, 640, 360, "họp")
    async with Wire(30) as wire:
        channel = YouTube(id="k", account=account, base_url=url, secrets=secrets, wire=wire, folder=Path(file).parent)
        outgoing = Outgoing("a/b@once/k", datetime.now(UTC), Post("Gọi 113", title="Tin", video=video))
        async def save(kept): pass
        before = most()
        kept = await channel.prepare(outgoing, save)
        await channel.publish(Outgoing(outgoing.key, outgoing.due, outgoing.post, kept))
    print(json.dumps({"sha256": sha256, "before": before, "after": most()}))

asyncio.run(send(*json.loads(sys.argv[1])))
"""


@pytest.mark.slow
def test_two_hundred_megabytes_cut_off_ten_times_arrive_whole_once(tmp_path: Path) -> None:
    file = film(tmp_path / "phim.mp4", padded_to=SIZE)
    fake = YouTubeFake()
    fake.cut_at = [n * 19_000_000 + 1_234_567 for n in range(10)]
    secrets = {"client_id": fake.client_id, "client_secret": fake.client_secret, "access_token": fake.first_access}
    with running(fake):
        given = json.dumps([fake.url, str(file), secrets, fake.channel])
        ran = subprocess.run(
            [sys.executable, "-c", SEND, given], env=dict(os.environ), capture_output=True, text=True, timeout=120
        )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    [id] = fake.there
    assert (fake.films[id]["sha256"], fake.films[id]["size"]) == (told["sha256"], SIZE)
    assert (fake.requests["insert"], fake.requests["publish"], fake.cut_at) == (1, 1, [])
    assert fake.taken < SIZE + 10 * 9_000_000
    assert told["after"] < MOST, told
    assert told["after"] < told["before"] + 20, told
