"""The client in one process, the sandbox in another, HTTP between them."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from pyttributionio import AsyncClient, AuthenticationError, Client, CustomerWithAll, PermissionDeniedError
from pyttributionio.sandbox import Sandbox

ROOT = Path(__file__).parent.parent.parent
NOON = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Served:
    """The addresses of a sandbox in another process."""

    base_url: str
    tracking_url: str


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """Run `pyttributionio sandbox` as a user does, until the end of the tests."""
    command = [sys.executable, "-m", "pyttributionio", "sandbox"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found: dict[str, str] = {}
        while not {"PYTTRIBUTIONIO_BASE_URL", "PYTTRIBUTIONIO_TRACKING_URL"} <= found.keys():
            line = process.stdout.readline()
            assert line, "the sandbox ended before it printed its addresses"
            name, _, value = line.strip().removeprefix("export ").partition("=")
            found[name] = value.strip("'\"")
        yield Served(found["PYTTRIBUTIONIO_BASE_URL"], found["PYTTRIBUTIONIO_TRACKING_URL"])
        process.terminate()
        process.stdout.read()
    assert process.returncode == 0


@pytest.fixture
def visited(served: Served) -> Served:
    """Add two pageviews of a visitor with the sandbox's admin route."""
    pageviews = [
        {
            "visitor_id": "v-1",
            "url": "https://shop.example/?utm_source=google&utm_medium=cpc",
            "created_at": int(NOON.timestamp()),
        },
        {"visitor_id": "v-1", "url": "https://shop.example/socks", "created_at": int(NOON.timestamp()) + 60},
    ]
    httpx.post(
        f"{served.tracking_url}/_sandbox/pageviews", json={"pageviews": pageviews}, timeout=30
    ).raise_for_status()
    return served


def assert_journey(customer: CustomerWithAll) -> None:
    """Check that a customer has what was posted."""
    assert customer.client_id == "a/b?c#d@x.io"
    assert [pageview.url for pageview in customer.pageviews][-1] == "https://shop.example/socks"
    assert customer.touchpoints[0].channel == "paid_search"
    assert customer.touchpoints[0].created_at == NOON
    assert {(event.event_public_key, event.transaction_id) for event in customer.events} == {("ev_buy", "order-1")}
    assert [identity.aliases for identity in customer.identities] == [["v-1"]]


def test_posted_data_is_read_back_typed(visited: Served) -> None:
    """A visit becomes a customer's touchpoint when an event connects the visitor id with the customer."""
    with Client(
        "SANDBOX_KEY", "SANDBOX_SECRET", base_url=visited.base_url, tracking_url=visited.tracking_url
    ) as client:
        sent = client.tracking.event(
            "ev_buy", visitor_id="v-1", client_id="a/b?c#d@x.io", transaction_id="order-1", created_at=NOON
        )
        assert (sent.client_id, sent.created_at) == ("a/b?c#d@x.io", NOON)
        assert_journey(client.customers.get("a/b?c#d@x.io", include="all"))


async def _async_journey(served: Served) -> CustomerWithAll:
    async with AsyncClient(
        "SANDBOX_KEY", "SANDBOX_SECRET", base_url=served.base_url, tracking_url=served.tracking_url
    ) as client:
        await client.tracking.event(
            "ev_buy", visitor_id="v-1", client_id="a/b?c#d@x.io", transaction_id="order-1", created_at=NOON
        )
        return await client.customers.get("a/b?c#d@x.io", include="all")


def test_async_client_reads_the_same(visited: Served) -> None:
    """The async client posts and reads the same as the blocking one."""
    assert_journey(asyncio.run(_async_journey(visited)))


def test_wrong_secret_is_an_authentication_error(served: Served) -> None:
    """The error of a real 401 does not show the secret."""
    with (
        Client("SANDBOX_KEY", "guessed-secret", base_url=served.base_url) as client,
        pytest.raises(AuthenticationError) as caught,
    ):
        client.customers.get("anyone")
    assert "guessed-secret" not in str(caught.value)


def test_disabled_account_is_a_permission_denied_error(sandbox: Sandbox, client: Client) -> None:
    """The error of a real 403, for reads and posts."""
    sandbox.disabled = True
    with pytest.raises(PermissionDeniedError):
        client.customers.get("anyone")
    with pytest.raises(PermissionDeniedError):
        client.tracking.identity("anyone", visitor_id="v-1")


def test_demo_runs() -> None:
    """The demo shows the journey of every visitor, and its last line begins with "Done"."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "tasks" / "demo.py")], capture_output=True, text=True, check=True
    )
    for expected in ("ada@example.com", "customer-42", "grace@example.com", "paid_search", "ev_purchase (order-1001)"):
        assert expected in done.stdout
    assert done.stdout.splitlines()[-1].startswith("Done: ")
    assert done.stderr == ""
