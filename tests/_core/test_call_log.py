"""The log line of each call, and PYTTRIBUTIONIO_LOG, which prints it on stderr."""

import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from pyttributionio import APIConnectionError, APIStatusError, Client
from pyttributionio._core import call_log
from pyttributionio.outbox import Outbox
from support.faults import FaultServer, answer
from support.timing import retry_at_once
from wire._both import KEY, KINDS, SECRET, Kind, call_through

READ = f"GET https://attribution.io/api/v1/{KEY}/customers/ada%40example.com?show_events=true"
EVENT, IDENTITY = "POST https://api.attribution.io/events", "POST https://api.attribution.io/identities"
FORMS = (SECRET, "s3cr3t%26%3D%2F%2B%25")
MILLISECONDS = re.compile(r"[0-9]+ ms\)$")


@pytest.fixture(autouse=True)
def _same_logger() -> Iterator[None]:
    """Restore the package's logger: the variable changes it for the whole process."""
    log = logging.getLogger("pyttributionio")
    before = log.level, [*log.handlers], call_log.LEVEL[0]
    yield
    level, log.handlers, call_log.LEVEL[0] = before
    log.setLevel(level)  # also clears what loggers remember of it


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, int, str]]:
    """Return what was logged: the logger, the level, and the text with `N ms`."""
    return [(record.name, record.levelno, MILLISECONDS.sub("N ms)", record.getMessage())) for record in caplog.records]


def answering(*statuses: int) -> Callable[[httpx.Request], httpx.Response]:
    """Return a handler that answers with these statuses; 0 is no answer."""
    left = [*statuses]

    def handle(request: httpx.Request) -> httpx.Response:
        status = left.pop(0)
        if not status:
            raise httpx.ReadError("the peer said\r\nnothing \x1b[2J")
        return httpx.Response(status, json={"customer": {}}, headers={"Retry-After": "0"})

    return handle


@pytest.mark.parametrize("kind", KINDS)
def test_each_call_is_a_line_of_debug(kind: Kind, caplog: pytest.LogCaptureFixture) -> None:
    """A read, and both requests of an event: method, URL without the secret, status, attempts and time."""
    caplog.set_level(logging.DEBUG, "pyttributionio")
    call_through(kind, answering(200), lambda c: c.customers.get("ada@example.com", include=["events"]))
    call_through(kind, answering(202, 200), lambda c: c.tracking.event("ev", visitor_id="v"))
    call_through(kind, answering(200), lambda c: c.tracking.with_raw_response.identity(visitor_id="v"))
    assert [line for line in lines(caplog) if line[0] == "pyttributionio"] == [
        ("pyttributionio", logging.DEBUG, f"{READ}: 200 (1 attempt, N ms)"),
        ("pyttributionio", logging.DEBUG, f"{EVENT}: 202 (1 attempt, N ms)"),
        ("pyttributionio", logging.DEBUG, f"{IDENTITY}: 200 (1 attempt, N ms)"),
        ("pyttributionio", logging.DEBUG, f"{IDENTITY}: 200 (1 attempt, N ms)"),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_call_that_fails_is_one_line_too(
    kind: Kind, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the lines of its retries. Text from outside moves no cursor."""
    retry_at_once(monkeypatch)
    caplog.set_level(logging.DEBUG, "pyttributionio")
    with pytest.raises(APIStatusError):
        call_through(kind, answering(503, 404), lambda c: c.customers.get("ada@example.com", include=["events"]))
    with pytest.raises(APIConnectionError):
        call_through(kind, answering(0), lambda c: c.tracking.identity(visitor_id="v"), max_retries=0)
    assert [(level, text) for name, level, text in lines(caplog) if name == "pyttributionio"] == [
        (logging.INFO, f"{READ}: status 503; attempt 1 failed, next in 0.00 s"),
        (logging.DEBUG, f"{READ}: 404 (2 attempts, N ms)"),
        (
            logging.DEBUG,
            rf"{IDENTITY}: no answer, ReadError: the peer said\r\nnothing \x1b[2J (1 attempt, N ms)",
        ),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_logged_for_a_success_by_default(kind: Kind, caplog: pytest.LogCaptureFixture) -> None:
    """INFO is for retries, as before."""
    caplog.set_level(logging.INFO, "pyttributionio")
    call_through(kind, answering(200), lambda c: c.customers.get("c"))
    assert [record for record in caplog.records if record.name == "pyttributionio"] == []


@pytest.mark.parametrize("kind", KINDS)
def test_line_has_no_secret(kind: Kind, caplog: pytest.LogCaptureFixture) -> None:
    """Not even where the program passes it as an id, or the server's failure repeats it."""
    caplog.set_level(logging.DEBUG)

    def failing(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError(f"no answer to {request.url}")

    for handler in (answering(200), answering(404), failing):
        with suppress(APIConnectionError, APIStatusError):
            call_through(kind, handler, lambda c: c.customers.get(SECRET), max_retries=0)
    said = [record.getMessage() for record in caplog.records]
    for result in ("200", "404", "no answer"):
        assert any(f"customers/[secret]: {result}" in line for line in said)
    assert not [line for line in said for form in FORMS if form in line]


def test_handler_that_raises_changes_no_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    """The event was accepted; an error would make the program send it again."""

    class Broken(logging.Handler):
        def handle(self, record: logging.LogRecord) -> bool:
            raise OSError("no space left for logs")

    log = logging.getLogger("pyttributionio")
    log.addHandler(Broken())
    log.setLevel(logging.DEBUG)
    transport = httpx.MockTransport(answering(200, 200))
    with Client(KEY, http_client=transport) as client:
        assert client.tracking.event("ev", visitor_id="v").event_public_key == "ev"


def test_each_request_of_an_outbox_is_a_line(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    """Each is one attempt; the outbox's own lines say more of failures."""
    caplog.set_level(logging.DEBUG, "pyttributionio")
    with FaultServer(answer(b"{}")) as server:
        client = Client(KEY, SECRET, tracking_url=server.url)
        with Outbox(client, durability="memory") as outbox:
            outbox.event("ev", visitor_id="v")
            assert outbox.flush(20) == 0
        assert [line for line in lines(caplog) if line[0] == "pyttributionio"] == [
            ("pyttributionio", logging.DEBUG, f"POST {server.url}/{end}: 200 (1 attempt, N ms)")
            for end in ("events", "identities")
        ]


PROGRAM = """
import os, sys
import httpx
from pyttributionio import Client
os.environ.update(arguments := dict(each.split("=") for each in sys.argv[1:]))
left = [503, 200, 404]
transport = httpx.MockTransport(
    lambda _: httpx.Response(left.pop(0), json={"customer": {}}, headers={"Retry-After": "0"})
)
with Client("KEY", "hush-hush", http_client=transport) as client, Client("KEY"):  # two clients, and one line a call
    client.customers.get("ada")
    try:
        client.with_options(max_retries=0).customers.get("hush-hush")
    except Exception as error:
        print(type(error).__name__)
"""


def run(*variables: str) -> tuple[str, list[str]]:
    """Run the program; return its output, and what it said on stderr without times."""
    command = [sys.executable, "-W", "error", "-c", PROGRAM, *variables]
    found = subprocess.run(command, capture_output=True, text=True, timeout=40, env={**os.environ}, check=False)
    stamped = r"^[0-9-]{10} [0-9:]{8},[0-9]{3} "
    return found.stdout, [MILLISECONDS.sub("N ms)", re.sub(stamped, "", line)) for line in found.stderr.splitlines()]


@pytest.mark.parametrize("value", ["debug", "info", "DEBUG", "Info"])
def test_variable_prints_one_line_a_call(value: str) -> None:
    """With retries, and read when a client is made: a program may load its variables after its imports."""
    url, level = "https://attribution.io/api/v1/KEY/customers", value.upper()
    assert run(f"PYTTRIBUTIONIO_LOG={value}") == (
        "NotFoundError\n",
        [
            f"INFO pyttributionio: GET {url}/ada: status 503; attempt 1 failed, next in 0.00 s",
            f"{level} pyttributionio: GET {url}/ada: 200 (2 attempts, N ms)",
            f"{level} pyttributionio: GET {url}/[secret]: 404 (1 attempt, N ms)",
        ],
    )


@pytest.mark.parametrize("variables", [(), ("PYTTRIBUTIONIO_LOG=",)], ids=["unset", "empty"])
def test_without_the_variable_nothing_changes(variables: tuple[str, ...]) -> None:
    """No handler, no level, no line."""
    assert run(*variables) == ("NotFoundError\n", [])
    log = logging.getLogger("pyttributionio")
    before = log.level, [*log.handlers]
    Client(KEY).close()
    assert (log.level, log.handlers) == before


def test_another_value_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the variable's name, as each other setting."""
    monkeypatch.setenv("PYTTRIBUTIONIO_LOG", "verbose")
    with pytest.raises(ValueError, match="PYTTRIBUTIONIO_LOG is 'verbose': it takes one of 'debug', 'info'"):
        Client(KEY)


@pytest.mark.parametrize("stream", [None, "closed"])
def test_stderr_that_cannot_be_written_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], stream: Any
) -> None:
    """A windowed program has none, and a daemon may have closed it."""
    monkeypatch.setenv("PYTTRIBUTIONIO_LOG", "info")
    with Path(os.devnull).open("w") as closed:
        pass
    monkeypatch.setattr(sys, "stderr", closed if stream else None)
    with Client(KEY, http_client=httpx.MockTransport(answering(200))) as client:
        assert client.tracking.identity("c", visitor_id="v").client_id == "c"
    assert capsys.readouterr().out == ""
