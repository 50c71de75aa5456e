"""The JSON of the commands: programs read it, so a change of it is a change of the API.

Each file in golden/ has the lines of one command. REWRITE_GOLDEN=1 writes them again; review the difference.
"""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.conftest import Command
from pyttributionio import Client
from pyttributionio.sandbox import Sandbox

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
EVENT = (
    *("track", "event", "ev_purchase", "--visitor", "visitor-7", "--client-id", "ada", "--transaction-id", "order-1"),
    *("--created-at", "2026-03-02T12:00:00Z", "--meta", "plan=pro", "--json"),
)
IDENTITY = ("track", "identity", "ada", "--visitor", "visitor-7", "--created-at", "2026-03-02T12:00:00Z", "--json")
ALONE: dict[str, tuple[tuple[str, ...], int]] = {
    "customers-get": (("customers", "get", "ada", "--include", "all", "--json"), 0),
    "customers-get-unknown": (("customers", "get", "nobody", "--json"), 4),
    "customers-get-many": (("customers", "get", "-"), 4),
    "track-event": (EVENT, 0),
    "track-event-dry-run": ((*EVENT, "--dry-run"), 0),
    "track-event-outbox": ((*EVENT, "--outbox"), 0),
    "track-identity": (IDENTITY, 0),
    "track-identity-dry-run": ((*IDENTITY, "--dry-run"), 0),
    "track-identity-outbox": ((*IDENTITY, "--outbox"), 0),
    "sandbox-env": (("sandbox", "env", "{url}", "--json"), 0),
    "sandbox-customers": (("sandbox", "customers", "{url}", "--json"), 0),
}
"""Commands on a sandbox with one customer, with their exit codes."""
OF_AN_OUTBOX: dict[str, tuple[tuple[str, ...], int]] = {
    "outbox-status": (("outbox", "status", "--json"), 0),
    "outbox-list": (("outbox", "list", "--json"), 0),
    "outbox-show": (("outbox", "show", "order-1", "--json"), 0),
    "outbox-salvage": (("outbox", "salvage", "--json"), 0),
    "outbox-drain": (("outbox", "drain", "--json"), 0),
    "outbox-list-dead": (("outbox", "list", "--json"), 0),
    "outbox-retry": (("outbox", "retry", "order-1", "unknown", "--json"), 4),
    "outbox-drop": (("outbox", "drop", "order-1", "unknown", "--yes", "--json"), 4),
}
"""Commands on one outbox, in this order."""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox whose clock stands still."""
    with Sandbox(clock=NOW) as running:
        yield running


@pytest.fixture
def _ada(vendor: Sandbox, client: Client) -> None:
    vendor.add_pageview("visitor-7", "https://shop.example/?utm_source=news&utm_medium=email")
    client.tracking.event(
        "ev_signup",
        visitor_id="visitor-7",
        client_id="ada",
        transaction_id="t-1",
        created_at=NOW,
        url="https://shop.example/",
    )


def compare(name: str, out: str, sandbox: Sandbox, folder: Path) -> None:
    """Compare the lines with the file, without what is another in each run."""
    address = sandbox.tracking_url.removeprefix("http://")
    shown = (
        out.replace(str(folder), "FOLDER").replace(address, "ADDRESS").replace(address.replace(":", "%3A"), "ADDRESS")
    )
    shown = re.sub(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z", "TIME", shown)
    shown = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID", shown)
    shown = re.sub(r'"size": [0-9]+', '"size": 0', shown)
    path = GOLDEN / f"{name}.jsonl"
    if os.environ.get("REWRITE_GOLDEN"):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


@pytest.mark.usefixtures("_ada")
@pytest.mark.parametrize("name", ALONE)
def test_lines_are_those_in_the_file(command: Command, vendor: Sandbox, tmp_path: Path, name: str) -> None:
    """Each is one object in ASCII."""
    arguments, code = ALONE[name]
    ended = command(*(each.format(url=vendor.tracking_url) for each in arguments), stdin=b"ada\nnobody\n")
    assert ended.code == code, ended.err
    assert ended.out.isascii()
    compare(name, ended.out, vendor, tmp_path)


def test_lines_of_an_outbox_are_those_in_the_files(command: Command, vendor: Sandbox, tmp_path: Path) -> None:
    """From the first entry to the last."""
    assert command(*EVENT, "--outbox").code == 0
    vendor.faults.always(path="/events", status=422)
    for name, (arguments, code) in OF_AN_OUTBOX.items():
        ended = command(*arguments)
        assert ended.code == code, ended.err
        compare(name, ended.out, vendor, tmp_path)


def test_each_file_belongs_to_a_test() -> None:
    """No file is left over."""
    assert {path.stem for path in GOLDEN.iterdir()} == {*ALONE, *OF_AN_OUTBOX}
