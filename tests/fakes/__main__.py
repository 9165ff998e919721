"""Run one network by itself: `python -m tests.fakes --network mastodon --port 0` prints where it listens as JSON.

With `--count 3` it is three servers of that network, a line each.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import threading
from contextlib import ExitStack

from tests.fakes import FAKES
from tests.fakes.server import running

parser = argparse.ArgumentParser(prog="python -m tests.fakes", description=__doc__)
parser.add_argument("--network", choices=FAKES, required=True)
parser.add_argument("--port", type=int, default=0)
parser.add_argument("--count", type=int, default=1)
given = parser.parse_args()

with ExitStack() as stack:
    for _ in range(given.count):
        url = stack.enter_context(running(FAKES[given.network](), given.port))
        told = {"network": given.network, "port": int(url.rsplit(":", 1)[1]), "url": url}
        print(json.dumps(told), flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()
