"""Run one network by itself: `python -m tests.fakes --network mastodon --port 0` prints where it listens as JSON."""

from __future__ import annotations

import argparse
import contextlib
import json
import threading

from tests.fakes import FAKES
from tests.fakes.server import running

parser = argparse.ArgumentParser(prog="python -m tests.fakes", description=__doc__)
parser.add_argument("--network", choices=FAKES, required=True)
parser.add_argument("--port", type=int, default=0)
given = parser.parse_args()

with running(FAKES[given.network](), given.port) as url:
    print(json.dumps({"network": given.network, "port": int(url.rsplit(":", 1)[1]), "url": url}), flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()
