"""The loopback server that all clients talk to: nginx if it is installed, otherwise a small one in Python."""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.calls.payloads import CHILDREN, CUSTOMERS, answer, echo
from tasks.environment import with_scripts

POSTS = ("events", "identities")
_CONFIGURATION = """\
daemon off;
master_process off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    default_type application/json;
    sendfile on;
    tcp_nopush on;
    open_file_cache max=16;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        root {folder}/answers;
        {posts}
    }}
}}
"""


@dataclass(frozen=True)
class Server:
    """A running server."""

    address: str
    """Scheme, host and port, without a slash at the end."""

    description: str
    """The server's name and version, for the report."""


def free_port() -> int:
    """Return a free loopback port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def _write_answers(folder: Path) -> None:
    customers = folder / "answers" / CUSTOMERS.lstrip("/")
    customers.mkdir(parents=True)
    for size in CHILDREN:
        (customers / size).write_bytes(answer(size))


def _nginx_command(nginx: str, folder: Path, port: int) -> list[str]:
    """Return the command that serves the answers; posts are answered by nginx's `return`."""
    _write_answers(folder)
    posts = "\n        ".join(f"location = /{name} {{ return 200 '{echo().decode()}'; }}" for name in POSTS)
    configuration = folder / "nginx.conf"
    configuration.write_text(_CONFIGURATION.format(folder=folder, port=port, posts=posts))
    # -e: the log of its start; the default is a file that only root can write.
    return [nginx, "-e", str(folder / "start.log"), "-p", str(folder), "-c", str(configuration)]


def _nginx() -> str | None:
    """Return nginx's path; on Debian only root's PATH has its folder."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/bin")


def _wait_until_listening(process: subprocess.Popen[bytes], port: int) -> None:
    """Return when the server accepts connections; raise RuntimeError if it ends or takes too long."""
    for _ in range(200):
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"The loopback server did not start; its command was {process.args!r}.")


@contextmanager
def serving() -> Iterator[Server]:
    """Serve the answers on a free loopback port until the block ends."""
    nginx = _nginx()
    port = free_port()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        if nginx:
            command = _nginx_command(nginx, folder, port)
            said = subprocess.run([nginx, "-v"], capture_output=True, text=True, check=False).stderr
            description = said.strip().rpartition(": ")[2].replace("/", " ")
        else:
            command = [sys.executable, "-m", "benchmarks.calls.loopback", str(port)]
            description = "a server in Python, because nginx is not installed: IT is the limit at 16 and 64 tasks"
        process = stack.enter_context(subprocess.Popen(command, stdin=subprocess.DEVNULL, env=with_scripts()))
        stack.callback(process.terminate)
        _wait_until_listening(process, port)
        yield Server(f"http://127.0.0.1:{port}", description)
