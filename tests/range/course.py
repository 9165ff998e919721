"""A course: a workspace whose channels are fakes, messages due at an instant, a daemon to torment, and the count.

Every text is said once, so that a post is known by its words alone on every network.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from scheduler.ledger.seal import new_key
from tests.channels.stand import CASES, closed_port
from tests.composing.films import film as small_film

ROOT = Path(__file__).parents[2]
NETWORKS = ("mastodon", "bluesky", "telegram", "wordpress")  # of a course; the faults meet all that there are
FINDING = (
    "mastodon",
    "bluesky",
    "wordpress",
    "facebook",
    "instagram",
    "threads",
    "zalo",
    "youtube",
)  # the networks that can tell what is public
CASE = {case.network: case for case in reversed(CASES)}
VAULT_KEY = new_key()
QUICK = {"LOA_QUARANTINE": "2", "LOA_LOOK_GAP": "6", "LOA_HTTP_TIMEOUT": "5", "LOA_LOCALE": "en", "LOA_USER": "range"}
EXPLAINED = ("held", "unconfirmed", "failed", "missed", "cancelled")  # states that tell a person why it is not public
GRACE = timedelta(seconds=0.2)
WORDS = re.compile(r"Tin ([\w-]+)/([\w-]+):")

_libc = ctypes.CDLL(None, use_errno=True)
JSON = dict[str, Any]


def die_with_parent() -> None:
    """In a child before it becomes somebody else: end when the thread that started it ends."""
    _libc.prctl(1, signal.SIGKILL)


def wait_for(what: Callable[[], Any], seconds: float, words: str = "") -> Any:
    """Return the first true answer, or fail after so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {words or what}")


# --- the networks ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Account:
    """One channel of ours, on a fake of its own."""

    network: str
    number: int
    url: str
    control: httpx.Client = field(repr=False, compare=False)

    @property
    def id(self) -> str:
        return f"{self.network}-{self.number}"

    def ask(self, path: str, **body: Any) -> JSON:
        answer = self.control.post(f"{self.url}/{path}", json=body)
        answer.raise_for_status()
        return dict(answer.json())

    def fault(self, name: str | None, *, times: int = 1, after: int = 0, seconds: float = 5) -> None:
        """Let the next publishing requests fail like this (None: all is well again)."""
        wish = {"times": times, "after": after, "seconds": seconds} if name else {}
        self.ask("_fault", fault=name, **wish)

    def public(self) -> list[JSON]:
        return list(self.control.get(f"{self.url}/_public").json()["posts"])

    def requests(self) -> dict[str, int]:
        return dict(self.control.get(f"{self.url}/_public").json()["requests"])


class Networks:
    """The fakes, one process a network, `count` accounts on each. They end with the `with` block, or with us."""

    def __init__(self, count: int = 1, networks: Sequence[str] = NETWORKS) -> None:
        self.count, self.names = count, networks
        self.processes: dict[str, subprocess.Popen[str]] = {}
        self.accounts: list[Account] = []

    def __enter__(self) -> Networks:
        self._stack = ExitStack()
        self._control = self._stack.enter_context(httpx.Client(trust_env=False, timeout=20))
        for network in self.names:
            command = [sys.executable, "-m", "tests.fakes", "--network", network, "--count", str(self.count)]
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                stdout=subprocess.PIPE,
                text=True,
                preexec_fn=die_with_parent,
            )
            self.processes[network] = process
            self._stack.callback(_end, process)
        for network, process in self.processes.items():
            assert process.stdout
            for number in range(self.count):
                told = json.loads(process.stdout.readline())
                self.accounts.append(Account(network, number, told["url"], self._control))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def reset(self) -> None:
        for account in self.accounts:
            account.ask("_reset")

    def of(self, network: str) -> list[Account]:
        return [account for account in self.accounts if account.network == network]

    @contextmanager
    def frozen(self, network: str) -> Iterator[None]:
        """A network that takes connections and says nothing."""
        self.processes[network].send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.processes[network].send_signal(signal.SIGCONT)


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait(10)
    for pipe in (process.stdout, process.stderr):
        if pipe:
            pipe.close()


# --- the count ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Expected:
    """One delivery that somebody wished for."""

    key: str
    campaign: str
    message: str
    account: Account
    due: datetime


@dataclass(frozen=True)
class Tally:
    """What became of the deliveries of one scenario on one network. Lists hold keys."""

    scenario: str
    network: str
    wished: int
    intents: int
    public: int
    twice: list[str]
    lost: list[str]  # not public, and nobody is told why
    denied: list[str]  # public, and the ledger says that it is not
    early: list[str]
    states: dict[str, int]
    seconds: float  # from the first due time to the last move

    @property
    def unconfirmed(self) -> int:
        return self.states.get("unconfirmed", 0)

    def check(self) -> Tally:
        """Nothing twice, nothing lost, nothing false, nothing early."""
        found = {n: getattr(self, n) for n in ("twice", "lost", "denied", "early") if getattr(self, n)}
        assert not found, f"{self.scenario} on {self.network}: {found} {self.states}"
        return self

    def all_public(self) -> Tally:
        self.check()
        assert self.states == {"published": self.wished}, f"{self.scenario} on {self.network}: {self.states}"
        assert self.public == self.wished
        return self

    @property
    def line(self) -> tuple[str, ...]:
        counts = (self.intents, self.public, len(self.twice), len(self.lost), self.unconfirmed)
        return (self.scenario, self.network, *map(str, counts), f"{self.seconds:.1f}")


TALLIES: list[Tally] = []  # of this process, for the one table at the end
HEADINGS = ("scenario", "network", "intents", "public", "twice", "lost", "unconfirmed", "seconds to settle")


def table(tallies: Sequence[Tally]) -> str:
    """Return the one table."""
    rows = [HEADINGS, *(tally.line for tally in tallies)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADINGS))]
    lines = [
        " | ".join(
            cell.rjust(w) if i > 1 else cell.ljust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "\n".join([lines[0], "-|-".join("-" * w for w in widths), *lines[1:]])


# --- the course -----------------------------------------------------------------------------------------------------


class Course:
    """A workspace and its daemons."""

    def __init__(
        self,
        folder: Path,
        networks: Networks,
        *,
        accounts: Sequence[Account] = (),
        database_url: str = "",
        options: Mapping[str, str] = {},
    ) -> None:
        self.folder, self.networks = folder, networks
        self.accounts = list(accounts or networks.accounts)
        self.workspace = folder / "ws"
        self.var = self.workspace / "var"
        self.database_url = database_url
        self.expected: list[Expected] = []
        self.daemons: list[subprocess.Popen[bytes]] = []
        self.offset: Path | None = None  # a file: the daemons' clock is wrong by so many seconds
        self.options = options  # of all channels
        self.film_size = 600_000  # bytes of the films of messages, where the networks want films
        self.environment = {**os.environ, **QUICK, "LOA_VAULT_KEY": VAULT_KEY}
        self.pictured = any(CASE[account.network].least for account in self.accounts)
        if self.pictured:  # such networks fetch them from the daemon
            named = {"LOA_LISTEN": f"127.0.0.1:{closed_port()}", "LOA_MEDIA_URL": "https://loa.example.org/media"}
            self.environment |= named
        if database_url:
            self.environment["LOA_DATABASE_URL"] = database_url
        (self.workspace / "campaigns").mkdir(parents=True, exist_ok=True)
        self.write_channels()

    def __enter__(self) -> Course:
        return self

    def __exit__(self, *_: object) -> None:
        for daemon in self.daemons:
            if daemon.poll() is None:
                daemon.kill()
                daemon.wait(10)

    # the files

    def write_channels(self) -> None:
        lines = ["channels:"]
        for account in self.accounts:
            case = CASE[account.network]
            names = {name: f"{account.network.upper()}_{name.upper()}" for name in case.secrets}
            self.environment |= {names[name]: secret for name, secret in case.secrets.items()}
            credentials = ", ".join(f"{name}: env:{variable}" for name, variable in names.items())
            given = {name: value.replace("URL", account.url) for name, value in case.options.items()}
            options = {**given, **self.options}
            lines.append(
                f"  - {{id: {account.id}, network: {account.network}, account: {json.dumps(case.account)},"
                f" base_url: {account.url}, credentials: {{{credentials}}}, options: {json.dumps(options)}}}"
            )
        (self.workspace / "campaigns/channels.yaml").write_text("\n".join(lines) + "\n")

    def wish(
        self,
        count: int,
        *,
        seconds: float,
        campaign: str = "c",
        late_after: str = "2h",
        accounts: Sequence[Account] = (),
        gap: float = 0,
        apply: bool = True,
        film: Path | None = None,
    ) -> datetime:
        """Write a campaign of so many messages on each account, due in so many seconds (each `gap` later).

        `film`: one in the workspace, that all of them show.
        """
        chosen = list(accounts or self.accounts)
        first = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds)
        lines = [f"campaign: {campaign}", f"channels: [{', '.join(a.id for a in chosen)}]", "approval: none"]
        lines += [f"late_after: {late_after}", "messages:"]
        films = any(CASE[account.network].film for account in chosen)
        for n in range(count):
            message, due = f"m{n}", first + timedelta(seconds=n * gap)
            words = f"Tin {campaign}/{message}: phòng, chống ma túy. Gọi 113."
            shows = str(film.relative_to(self.workspace)) if film else self._film(campaign, n) if films else ""
            shown = f", video: {{file: {shows}, alt: x}}" if shows else ""
            if self.pictured and not shows:
                shown = f", images: [{{file: {self._picture(campaign, n)}, alt: x}}]"
            lines.append(f"  - {{id: {message}, text: '{words}', when: {{on: '{due.isoformat()}'}}{shown}}}")
            for a in chosen:
                self.expected.append(Expected(f"{campaign}/{message}@once/{a.id}", campaign, message, a, due))
        (self.workspace / f"campaigns/{campaign}.yaml").write_text("\n".join(lines) + "\n")
        if apply:
            self.loa("apply")
        return first

    def _film(self, campaign: str, number: int) -> str:
        """Make a film that no other message has, and return its name in the workspace."""
        name = f"video/{campaign}-{number}.mp4"
        small_film(self.workspace / name, padded_to=self.film_size + number)
        return name

    def _picture(self, campaign: str, number: int) -> str:
        """Make a picture that no other message has, and return its name in the workspace."""
        name = f"images/{campaign}-{number}.jpg"
        (self.workspace / "images").mkdir(exist_ok=True)
        Image.new("RGB", (320 + number, 320), "red").save(self.workspace / name)
        return name

    # the daemon

    def command(self, *words: str) -> list[str]:
        usual = ["-m", "tests.range.in_house"] if self.pictured else ["-m", "scheduler"]
        start = ["-m", "tests.range.launch", str(self.offset)] if self.offset else usual
        return [sys.executable, *start, "-w", str(self.workspace), *words]

    def loa(self, *words: str, seconds: float = 60, codes: Sequence[int] = (0,)) -> str:
        """Run a command to its end; return what it said."""
        ran = subprocess.run(
            self.command(*words), env=self.environment, cwd=ROOT, timeout=seconds,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=die_with_parent,
        )  # fmt: skip
        assert ran.returncode in codes, f"loa {' '.join(words)} ended with {ran.returncode}: {ran.stdout}"
        return ran.stdout

    def start(self, *words: str, where: Sequence[str] = (), **settings: str) -> subprocess.Popen[bytes]:
        """Start a daemon; what it says goes into daemon-N.log. `where`: the command that puts it somewhere else."""
        log = self.folder / f"daemon-{len(self.daemons)}.log"
        with log.open("wb") as out:
            daemon = subprocess.Popen(
                [*where, *self.command("run", *words)], env={**self.environment, **settings}, cwd=ROOT, stdout=out, stderr=out,
                preexec_fn=die_with_parent,
            )  # fmt: skip
        self.daemons.append(daemon)
        return daemon

    def said(self, number: int = -1) -> str:
        """Return what a daemon said."""
        number = number % len(self.daemons)
        return (self.folder / f"daemon-{number}.log").read_text()

    def end(self, daemon: subprocess.Popen[bytes], seconds: float = 15) -> int:
        """SIGTERM; return how it ended."""
        daemon.terminate()
        return daemon.wait(seconds)

    def until_idle(self, seconds: float = 90) -> int:
        """Run until nothing more can move by itself; return 0 (all well) or 1 (a person is needed)."""
        daemon = self.start("--until-idle")
        try:
            code = daemon.wait(seconds)
        except subprocess.TimeoutExpired:
            states = Counter(row["state"] for row in self.rows().values())
            raise AssertionError(f"still not idle after {seconds} s: {states}\n{self.said()[-3000:]}") from None
        assert code in (0, 1), f"loa run ended with {code}: {self.said()[-3000:]}"
        return code

    # what came of it

    def audit(self) -> None:
        """The ledger is whole, and all that was done is linked."""
        found = json.loads(self.loa("audit", "--json", codes=(0, 1)))
        assert found["whole"], found["breaks"]
        assert found["chain"]["links"]
        assert found["chain"]["uncovered"] == 0

    def query(self, statement: str) -> list[JSON]:
        """Ask the ledger."""
        url = self.database_url.replace("postgresql://", "postgresql+psycopg://") or f"sqlite:///{self.var / 'loa.db'}"
        engine = create_engine(url, poolclass=NullPool)
        with engine.connect() as connection:
            return [dict(row._mapping) for row in connection.execute(text(statement))]

    def rows(self) -> dict[str, JSON]:
        return {row["key"]: row for row in self.query("SELECT * FROM delivery")}

    def states(self) -> Counter[str]:
        return Counter(row["state"] for row in self.rows().values())

    def spoken(self, account: Account) -> dict[tuple[str, str], list[JSON]]:
        """Return what is public on an account, by (campaign, message)."""
        found: dict[tuple[str, str], list[JSON]] = {}
        for post in account.public():
            said = WORDS.search(f"{post['title']} {post['text']}")
            assert said, post
            found.setdefault((said[1], said[2]), []).append(post)
        return found

    def kill_in_mid_sending(self, messages: int, public: int) -> None:
        """Kill a daemon (-9) once so many posts are public while networks are slow or silent; then run to the end."""
        for account in self.accounts:
            account.fault("hang" if account.number % 2 else "slow_ok", times=10_000, seconds=0.05)
        self.wish(messages, seconds=4)
        daemon = self.start()
        self.wait_public(public, 30)
        daemon.kill()
        daemon.wait(10)
        assert self.states()["sending"], "nothing was in flight: the kill proves nothing"
        self.until_idle()

    def wait_public(self, count: int, seconds: float) -> None:
        """Wait until so many posts are public in all."""
        wait_for(lambda: sum(len(a.public()) for a in self.accounts) >= count, seconds, f"{count} public")

    def wait_state(self, seconds: float, **states: int) -> None:
        wait_for(lambda: all(self.states()[s] == n for s, n in states.items()), seconds, f"{states}: {self.states()}")

    def tally(self, scenario: str, by: Mapping[str, str] | None = None) -> list[Tally]:
        """Count, network by network. `by` gives a name of its own to the scenario of a channel."""
        rows = self.rows()
        attempts = {r["delivery"]: int(r["n"]) for r in self.query(
            "SELECT delivery, count(*) AS n FROM attempt GROUP BY delivery")}  # fmt: skip
        moved = {r["delivery"]: int(r["at"]) for r in self.query(
            "SELECT delivery, max(at_us) AS at FROM event WHERE delivery > 0 GROUP BY delivery")}  # fmt: skip
        spoken = {account: self.spoken(account) for account in self.accounts}
        groups: dict[tuple[str, str], list[Expected]] = {}
        for one in self.expected:
            name = (by or {}).get(one.account.id, scenario)
            groups.setdefault((name, one.account.network), []).append(one)
        tallies = []
        for (name, network), wished in groups.items():
            posts = {one.key: spoken[one.account].get((one.campaign, one.message), []) for one in wished}
            state = {one.key: rows[one.key]["state"] if one.key in rows else "nowhere" for one in wished}
            ids = [rows[one.key]["id"] for one in wished if one.key in rows]
            first = min(one.due for one in wished).timestamp()
            tallies.append(
                Tally(
                    scenario=name,
                    network=network,
                    wished=len(wished),
                    intents=sum(attempts.get(i, 0) for i in ids),
                    public=sum(map(len, posts.values())),
                    twice=[k for k, found in posts.items() if len(found) > 1],
                    lost=[k for k, found in posts.items() if not found and state[k] not in EXPLAINED],
                    denied=[
                        k for k, found in posts.items()
                        if found and state[k] not in ("published", "unconfirmed", "held", "sending")
                    ],
                    early=[
                        one.key for one in wished
                        if self.offset is None
                        and any(datetime.fromisoformat(p["at"]) < one.due - GRACE for p in posts[one.key])
                    ],
                    states=dict(Counter(state.values())),
                    seconds=max((moved.get(i, 0) for i in ids), default=0) / 1e6 - first,
                )
            )  # fmt: skip
        TALLIES.extend(tallies)
        return tallies


@contextmanager
def course(folder: Path, count: int = 1, networks: Sequence[str] = NETWORKS, **more: Any) -> Iterator[Course]:
    """A workspace with so many accounts on each network."""
    with Networks(count, networks) as fakes, Course(folder, fakes, **more) as made:
        yield made


def sleep_until(moment: datetime) -> None:
    with suppress(ValueError):
        time.sleep((moment - datetime.now(UTC)).total_seconds())
