"""Start real servers for the live tests: a Mastodon API server (mastodon-mock) and WordPress on MariaDB.

Nobody of this project wrote these servers. Each one listens on 127.0.0.1 only, on a free port, and keeps all
its data in a temporary folder that is removed with it. Start both by hand, until Ctrl-C, with

    python -m tests.live.servers

The Debian packages come from tests/live/install.sh, mastodon-mock comes from pip.
"""

import contextlib
import functools
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

HOST = "127.0.0.1"
START_SECONDS = 60.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.02
MOCK_FOLDER_VARIABLE = "LOA_MASTODON_MOCK"
WORDPRESS_SOURCE = Path("/usr/share/wordpress")
IN_USE = "address already in use"


class ServerMissing(RuntimeError):
    """A program that a server needs is not installed; the message names the package."""


class ServerFailed(RuntimeError):
    """A server did not start; the message ends with what it logged."""


@dataclass(frozen=True)
class MastodonServer:
    """How to reach the running Mastodon API server."""

    base_url: str
    account: str
    """Like "@loa@127.0.0.1:40123": the server's domain is its address with the port."""
    access_token: str


@dataclass(frozen=True)
class WordPressServer:
    """How to reach the running WordPress; its REST API is at base_url + "/wp-json"."""

    base_url: str
    username: str
    """An administrator, who may do everything."""
    application_password: str
    password: str
    """The administrator's password for the login page; the REST API does not take it."""
    reader_username: str
    """A subscriber, who may log in and read, but may not write anything."""
    reader_application_password: str


class _Process:
    """One server program, which dies with this process even when this process is killed.

    It runs below a guard (this very file, see `_guard`) that holds the reading end of a pipe: the guard ends
    the server's whole process group as soon as a byte or the end of the pipe comes.
    """

    def __init__(self, command: Sequence[str], folder: Path, log_name: str, env: dict[str, str] | None = None) -> None:
        self.log = folder / log_name
        with self.log.open("ab") as log:
            self._guard = subprocess.Popen(
                [sys.executable, str(Path(__file__).resolve()), "--guard", str(folder), *command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )

    def alive(self) -> bool:
        return self._guard.poll() is None

    def wait(self, seconds: float) -> int:
        """The exit status, once the program ended by itself."""
        return self._guard.wait(timeout=seconds)

    def logged(self) -> str:
        """The end of what the server wrote."""
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""

    def stop(self) -> None:
        """End the server and everything it started. Doing it twice is fine."""
        pipe = self._guard.stdin
        assert pipe is not None
        if not pipe.closed:
            with contextlib.suppress(BrokenPipeError):
                pipe.write(b"s")
                pipe.flush()
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        self._guard.wait(timeout=2 * STOP_SECONDS)


def _guard(folder: str, command: Sequence[str]) -> int:
    """Run the command until it ends or standard input says something; then end what is left of its group.

    A byte means "stop". The end of the pipe without one means that the tests are gone, so that nobody else
    is going to remove the folder.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)

    def end_group(number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, number)

    said: list[bytes] = []

    def listen() -> None:
        said.append(os.read(0, 1))
        end_group(signal.SIGTERM)
        killer = threading.Timer(STOP_SECONDS, end_group, (signal.SIGKILL,))
        killer.daemon = True
        killer.start()

    threading.Thread(target=listen, daemon=True).start()
    code = child.wait()
    end_group(signal.SIGKILL)
    if said == [b""]:
        shutil.rmtree(folder, ignore_errors=True)
    return code


def _wait(what: str, process: _Process, ready: Callable[[], bool]) -> None:
    """Poll until the server is ready; fail at once when its process ends."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        alive = process.alive()
        if alive and ready():
            return
        if not alive or time.monotonic() > deadline:
            reason = f"not ready after {START_SECONDS:g} seconds" if alive else "ended while it was starting"
            raise ServerFailed(f"{what}: {reason}\n{process.logged()}")
        time.sleep(POLL_SECONDS)


def _on_free_port(what: str, start: Callable[[int], _Process], ready: Callable[[int], bool]) -> tuple[_Process, int]:
    """Start a server on a free port; try another port when somebody else was faster to take it."""
    tries = 3
    while True:
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port = int(probe.getsockname()[1])
        process = start(port)
        try:
            _wait(what, process, functools.partial(ready, port))
        except BaseException as error:
            process.stop()
            tries -= 1
            if tries == 0 or not isinstance(error, ServerFailed) or IN_USE not in process.logged().lower():
                raise
            process.log.unlink()
        else:
            return process, port


def _get(port: int, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    """Status and body of a GET; (0, b"") when nobody answers yet. No proxy is ever asked."""
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("GET", path, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()


def _program(names: Sequence[str], package: str, folders: Sequence[str] = ()) -> str:
    """The path of the first of these programs; searched in the folders, then in PATH and the sbin folders."""
    path = os.pathsep.join([*folders, os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
    for name in names:
        found = shutil.which(name, path=path)
        if found is not None:
            return found
    raise ServerMissing(f"{names[0]} is not installed: install {package}")


@contextlib.contextmanager
def _folder(name: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=f"loa-{name}-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


# --- Mastodon -----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def mastodon_mock() -> Iterator[MastodonServer]:
    """Run mastodon-mock with one account, whose token may read, write and follow.

    The program is looked for in the folder LOA_MASTODON_MOCK names, beside this Python, and in PATH.
    """
    folders = [os.environ.get(MOCK_FOLDER_VARIABLE, ""), str(Path(sys.executable).parent)]
    program = _program(
        ("mastodon_mock", "mastodon-mock"),
        "the Python package mastodon-mock (pip install mastodon-mock), "
        f"and name the folder of its program in {MOCK_FOLDER_VARIABLE} when that is another environment's",
        [folder for folder in folders if folder],
    )
    username = "loa"
    token = secrets.token_urlsafe(24)
    headers = {"Authorization": f"Bearer {token}"}

    with _folder("mastodon") as folder:

        def start(port: int) -> _Process:
            values: dict[str, dict[str, object]] = {
                "": {
                    "domain": f"{HOST}:{port}",
                    "url_scheme": "http",
                    "media_storage_path": str(folder / "media"),
                },
                "database": {"path": str(folder / "mastodon.sqlite")},
                "auth": {"enforce_scopes": True},
                "seed": {
                    "accounts": [{"username": username, "display_name": "Loa", "access_token": token}],
                },
            }
            config = folder / "mastodon_mock.toml"
            config.write_text(_toml(values), encoding="utf-8")
            return _Process(
                [program, "serve", "--config", str(config), "--host", HOST, "--port", str(port)],
                folder,
                "mastodon.log",
            )

        def ready(port: int) -> bool:
            return _get(port, "/api/v1/accounts/verify_credentials", headers)[0] == http.client.OK

        process, port = _on_free_port("mastodon-mock", start, ready)
        try:
            yield MastodonServer(f"http://{HOST}:{port}", f"@{username}@{HOST}:{port}", token)
        finally:
            process.stop()


def _toml(tables: dict[str, dict[str, object]]) -> str:
    """A TOML document of flat tables; strings, booleans and lists of tables are all that is needed."""

    def value(thing: object) -> str:
        if isinstance(thing, dict):
            return "{" + ", ".join(f"{key} = {value(item)}" for key, item in thing.items()) + "}"
        if isinstance(thing, list):
            return "[" + ", ".join(value(item) for item in thing) + "]"
        return json.dumps(thing)

    lines = []
    for name, table in tables.items():
        lines += [f"[{name}]"] if name else []
        lines += [f"{key} = {value(item)}" for key, item in table.items()]
    return "\n".join(lines) + "\n"


# --- WordPress ----------------------------------------------------------------------------------------------

_WP_CONFIG = """<?php
$given = json_decode(file_get_contents(__DIR__ . '/../given.json'), true);
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:' . $given['socket']);
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $name) {
    define($name . '_KEY', hash('sha256', $name . 'key' . $given['secret']));
    define($name . '_SALT', hash('sha256', $name . 'salt' . $given['secret']));
}
define('WP_HOME', $given['base_url']);
define('WP_SITEURL', $given['base_url']);
define('WP_ENVIRONMENT_TYPE', 'local');  // allows application passwords without https
define('WP_HTTP_BLOCK_EXTERNAL', true);  // it asks no other server about updates or pings
define('AUTOMATIC_UPDATER_DISABLED', true);
define('DISABLE_WP_CRON', true);
$table_prefix = 'wp_';
if (!defined('ABSPATH')) {
    define('ABSPATH', __DIR__ . '/');
}
require_once ABSPATH . 'wp-settings.php';
"""

_WP_SETUP = """<?php
$given = json_decode(file_get_contents(__DIR__ . '/given.json'), true);
mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
$database = new mysqli('localhost', 'root', '', '', 0, $given['socket']);
$database->query('CREATE DATABASE wordpress CHARACTER SET utf8mb4');
$database->close();
define('WP_INSTALLING', true);
$_SERVER['HTTP_HOST'] = explode('/', $given['base_url'])[2];
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
$_SERVER['REQUEST_URI'] = '/wp-admin/install.php';
$_SERVER['PHP_SELF'] = '/wp-admin/install.php';
function wp_new_blog_notification() {}  // it would send a mail
$structure = '/%year%/%monthnum%/%day%/%postname%/';
require __DIR__ . '/site/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
// Spares the installation's request to its own server, which finds out whether pretty addresses work.
add_filter('pre_option_permalink_structure', fn() => $structure);
wp_install('Loa live test', $given['username'], 'admin@example.org', true, '', $given['password']);
remove_all_filters('pre_option_permalink_structure');
update_option('permalink_structure', $structure);
update_option('ping_sites', '');
$GLOBALS['wp_rewrite']->init();
$GLOBALS['wp_rewrite']->flush_rules(false);
$reader = wp_insert_user([
    'user_login' => $given['reader_username'],
    'user_pass' => wp_generate_password(),
    'user_email' => 'reader@example.org',
    'role' => 'subscriber',
]);
function application_password($user) {
    $made = WP_Application_Passwords::create_new_application_password($user, ['name' => 'Loa']);
    if (is_wp_error($made)) {
        throw new Exception($made->get_error_message());
    }
    return WP_Application_Passwords::chunk_password($made[0]);
}
$admin = get_user_by('login', $given['username']);
file_put_contents(__DIR__ . '/made.json', json_encode([
    'application_password' => application_password($admin->ID),
    'reader_application_password' => application_password($reader),
]));
"""

# What a web server's rewrite rules do: files and folders are served as they are, all the rest is WordPress's.
_WP_ROUTER = """<?php
$path = rawurldecode(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH) ?: '/');
$file = realpath($_SERVER['DOCUMENT_ROOT'] . $path);
$inside = $file !== false && str_starts_with($file . '/', $_SERVER['DOCUMENT_ROOT'] . '/');
if ($path !== '/' && $inside && (is_file($file) || is_file($file . '/index.php'))) {
    return false;
}
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '/index.php';
$_SERVER['SCRIPT_FILENAME'] = $_SERVER['DOCUMENT_ROOT'] . '/index.php';
require $_SERVER['DOCUMENT_ROOT'] . '/index.php';
"""


@contextlib.contextmanager
def wordpress() -> Iterator[WordPressServer]:
    """Run Debian's WordPress with PHP's own web server, on a MariaDB that listens on a private socket."""
    if not (WORDPRESS_SOURCE / "wp-load.php").is_file():
        raise ServerMissing(
            f"no WordPress at {WORDPRESS_SOURCE}: install the Debian package wordpress "
            "(tests/live/install.sh installs all that the live tests need)"
        )
    php = _program(("php",), "the Debian packages php-cli, php-mysql and php-gd")
    mariadbd = _program(("mariadbd",), "the Debian package mariadb-server-core")
    install_db = _program(("mariadb-install-db",), "the Debian package mariadb-server-core")

    with _folder("wordpress") as folder, contextlib.ExitStack() as stack:
        site = folder.resolve() / "site"
        copying = threading.Thread(target=shutil.copytree, args=(WORDPRESS_SOURCE, site), daemon=True)
        copying.start()
        try:
            database, db_socket = _mariadb(folder, mariadbd, install_db)
            stack.callback(database.stop)
        finally:
            copying.join()
        (site / "wp-config.php").write_text(_WP_CONFIG, encoding="utf-8")
        (site / "wp-content" / "uploads").mkdir(parents=True, exist_ok=True)
        (site / "ready.txt").write_text(secret := secrets.token_hex(32), encoding="utf-8")
        (folder / "router.php").write_text(_WP_ROUTER, encoding="utf-8")
        (folder / "setup.php").write_text(_WP_SETUP, encoding="utf-8")
        settings = {
            "display_errors": "0",
            "log_errors": "1",
            "error_log": "",
            "memory_limit": "256M",
            "opcache.enable_cli": "1",
            "post_max_size": "24M",
            "upload_max_filesize": "16M",
            "sendmail_path": "/bin/true",
            "sys_temp_dir": str(folder),
            "upload_tmp_dir": str(folder),
        }
        options = [part for key, value in settings.items() for part in ("-d", f"{key}={value}")]

        def start(port: int) -> _Process:
            command = [php, *options, "-S", f"{HOST}:{port}", "-t", str(site), str(folder / "router.php")]
            return _Process(command, folder, "php.log", {"PHP_CLI_SERVER_WORKERS": "4"})

        def ready(port: int) -> bool:
            return _get(port, "/ready.txt") == (http.client.OK, secret.encode())

        server, port = _on_free_port("PHP's web server", start, ready)
        stack.callback(server.stop)

        base_url = f"http://{HOST}:{port}"
        given = {
            "base_url": base_url,
            "socket": str(db_socket),
            "secret": secret,
            "username": "admin",
            "password": secrets.token_urlsafe(12),
            "reader_username": "reader",
        }
        (folder / "given.json").write_text(json.dumps(given), encoding="utf-8")
        result = folder / "made.json"
        _run("installing WordPress", [php, *options, str(folder / "setup.php")], folder, result)
        _wait("WordPress", server, lambda: _get(port, "/wp-json/")[0] == http.client.OK)
        made = json.loads(result.read_text(encoding="utf-8"))
        yield WordPressServer(
            base_url=base_url,
            username=given["username"],
            application_password=made["application_password"],
            password=given["password"],
            reader_username=given["reader_username"],
            reader_application_password=made["reader_application_password"],
        )


def _mariadb(folder: Path, mariadbd: str, install_db: str) -> tuple[_Process, Path]:
    """Make an empty database server in the folder and start it; root may connect to its socket."""
    data, db_socket = folder / "mariadb", folder / "mariadb.sock"
    user = ["--user=root"] if os.geteuid() == 0 else []
    _run(
        "installing MariaDB",
        [
            install_db,
            "--no-defaults",
            f"--datadir={data}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            *user,
        ],
        folder,
        data,
    )
    command = [
        mariadbd,
        "--no-defaults",
        f"--datadir={data}",
        f"--socket={db_socket}",
        f"--pid-file={folder / 'mariadb.pid'}",
        f"--tmpdir={folder}",
        "--skip-networking",
        "--skip-log-bin",
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-fast-shutdown=2",
        *user,
    ]
    process = _Process(command, folder, "mariadb.log")

    def ready() -> bool:
        """A MariaDB that takes connections greets first."""
        with socket.socket(socket.AF_UNIX) as client, contextlib.suppress(OSError):
            client.settimeout(5)
            client.connect(str(db_socket))
            return client.recv(1) != b""
        return False

    try:
        _wait("MariaDB", process, ready)
    except BaseException:
        process.stop()
        raise
    return process, db_socket


def _run(what: str, command: Sequence[str], folder: Path, result: Path) -> None:
    """Run a program to its end; its output is the message when it fails or does not leave its result."""
    process = _Process(command, folder, f"{what}.log")
    try:
        code = process.wait(2 * START_SECONDS)
    finally:
        process.stop()
    if code != 0 or not result.exists():
        raise ServerFailed(f"{what} failed\n{process.logged()}")


# --- by hand ------------------------------------------------------------------------------------------------


def main() -> int:
    """Run both servers until Ctrl-C, or until this process is asked to end."""
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell starts background programs with SIGINT ignored
        signal.signal(number, signal.default_int_handler)
    try:
        with mastodon_mock() as mastodon, wordpress() as site:
            for server in (mastodon, site):
                print(type(server).__name__)
                for field in fields(server):
                    print(f"  {field.name}: {getattr(server, field.name)}")
            print("Ctrl-C stops them.", flush=True)
            while True:
                signal.pause()
    except KeyboardInterrupt:
        print("stopped")
        return 0
    except (ServerMissing, ServerFailed) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--guard"]:
        sys.exit(_guard(sys.argv[2], sys.argv[3:]))
    sys.exit(main())
