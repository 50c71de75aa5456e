"""The class `Sandbox`."""

import gc
import socket
import sqlite3
import threading
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest

from pyttributionio.sandbox import Sandbox

from ._posting import MOMENT, MOMENT_TEXT, Caller, exchange, get, new_client


def test_addresses_are_on_loopback(sandbox: Sandbox) -> None:
    """The private API's address has the version in it, the public API's has not."""
    assert sandbox.tracking_url.startswith("http://127.0.0.1:")
    assert sandbox.base_url == sandbox.tracking_url + "/api/v1"


def test_credentials_have_defaults_and_can_be_given() -> None:
    """They are plain text for the arguments of a client."""
    plain, given = Sandbox(), Sandbox(api_key="k", api_secret="s")
    assert (plain.api_key, plain.api_secret) == ("SANDBOX_KEY", "SANDBOX_SECRET")
    assert (given.api_key, given.api_secret) == ("k", "s")


def test_repr_has_the_address_and_no_secret() -> None:
    """Before, during and after running."""
    sandbox = Sandbox(api_secret="hush")
    assert repr(sandbox) == "<Sandbox, not running>"
    with sandbox:
        assert repr(sandbox) == f"<Sandbox at {sandbox.tracking_url}>"
    assert repr(sandbox) == "<Sandbox, not running>"


def test_several_run_at_once_and_share_nothing() -> None:
    """Each has its own port, data, credentials and log."""
    with (
        new_client() as http,
        Sandbox() as one,
        Sandbox(api_key="K2", api_secret="S2") as two,
    ):
        Caller(one, http).post_identity()
        assert one.base_url != two.base_url
        assert Caller(two, http).read(key="K2", secret="S2").status_code == 404
        assert Caller(two, http).read().status_code == 401
        assert (len(one.requests), len(two.requests)) == (1, 2)


def test_disabled_from_the_start() -> None:
    """The first account can be disabled by an argument."""
    with Sandbox(disabled=True) as sandbox, new_client() as http:
        assert sandbox.disabled
        assert Caller(sandbox, http).post_identity().status_code == 403


def test_closing_leaves_no_thread_and_no_socket(caller: Caller) -> None:
    """Closing twice is fine; addresses and requests can still be read."""
    caller.post_identity()
    sandbox = caller.sandbox
    before = threading.active_count()
    sandbox.close()
    sandbox.close()
    assert threading.active_count() == before - 1
    with pytest.raises(httpx.TransportError):
        caller.post_identity()
    assert sandbox.base_url
    assert len(sandbox.requests) == 1
    gc.collect()  # what was left open would warn here


def test_closed_sandbox_starts_again_with_nothing_in_memory() -> None:
    """Like a server that was down for a while; a given port stays the same."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    sandbox = Sandbox(port=port)
    with new_client() as http:
        for _ in range(2):
            with sandbox:
                assert sandbox.tracking_url == f"http://127.0.0.1:{port}"
                assert Caller(sandbox, http).read().status_code == 404
                Caller(sandbox, http).post_identity()
    assert len(sandbox.requests) == 4


def test_file_keeps_the_data_between_runs(tmp_path: Path) -> None:
    """The path is a text or a `Path`."""
    path = tmp_path / "sandbox.db"
    with new_client() as http:
        with Sandbox(database=str(path)) as sandbox:
            Caller(sandbox, http).post_identity()
        assert [p.name for p in tmp_path.iterdir()] == ["sandbox.db"]  # closed, log and all
        with Sandbox(database=path) as sandbox:
            assert Caller(sandbox, http).customer()["client_id"] == "customer-42"


def test_running_sandbox_is_not_started_twice(sandbox: Sandbox) -> None:
    """The attempt does not disturb it."""
    with pytest.raises(RuntimeError, match="running already"):
        sandbox.start()
    assert exchange(sandbox, get("/")).startswith(b"HTTP/1.1 404 ")


def test_port_in_use_is_an_os_error_and_leaves_nothing_open(sandbox: Sandbox) -> None:
    """The sandbox that has the port still serves."""
    port = int(sandbox.tracking_url.rpartition(":")[2])
    other = Sandbox(port=port)
    with pytest.raises(OSError, match="in use"):
        other.start()
    other.close()
    gc.collect()
    assert exchange(sandbox, get("/")).startswith(b"HTTP/1.1 404 ")


def test_start_that_fails_leaves_nothing_open(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Here the last step fails: the thread."""

    def fail(_: threading.Thread) -> None:
        raise RuntimeError("no more threads")

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    sandbox = Sandbox(port=port, database=tmp_path / "sandbox.db")
    monkeypatch.setattr(threading.Thread, "start", fail)
    with pytest.raises(RuntimeError, match="no more threads"):
        sandbox.start()
    monkeypatch.undo()
    assert [p.name for p in tmp_path.iterdir()] == ["sandbox.db"]
    with sandbox:
        assert exchange(sandbox, get("/")).startswith(b"HTTP/1.1 404 ")


def test_file_that_is_not_a_database_is_an_sqlite_error(tmp_path: Path) -> None:
    """Before a port is opened."""
    path = tmp_path / "notes.txt"
    path.write_text("no database at all, and a good deal longer than 100 bytes" * 9)
    with pytest.raises(sqlite3.Error):
        Sandbox(database=path).start()


@pytest.mark.parametrize(
    "arguments",
    [
        {"port": -1},
        {"port": 65_536},
        {"api_key": ""},
        {"api_secret": ""},
        {"host": "example.com"},
        {"clock": datetime(2026, 1, 1)},
    ],
)
def test_wrong_argument_is_a_value_error(arguments: dict[str, Any]) -> None:
    """Before anything is opened."""
    with pytest.raises(
        ValueError, match=r"^((port|the sandbox's api_key|the sandbox's api_secret|host) must be |clock is naive)"
    ):
        Sandbox(**arguments)


def test_before_the_start_there_is_no_address_and_no_data() -> None:
    """The errors say so."""
    sandbox = Sandbox()
    for call in (
        lambda: sandbox.base_url,
        lambda: sandbox.tracking_url,
        lambda: sandbox.add_pageview("v", "/"),
    ):
        with pytest.raises(RuntimeError, match=r"is not running|before it is started"):
            call()


def test_added_pageview_is_read_back_completely(caller: Caller) -> None:
    """The time may have any time zone; fractions of a second are dropped."""
    caller.sandbox.add_pageview(
        "visitor-1",
        "https://shop.example/?utm_source=news",
        referrer="https://news.example/",
        title="Shop <b>&</b> more",
        user_agent="Firefox",
        created_at=datetime.fromtimestamp(MOMENT + 0.9, timezone(timedelta(hours=5))),
    )
    caller.post_identity()
    customer = caller.customer("customer-42", "show_all")
    assert customer["pageviews"] == [
        {
            "id": 1,
            "url": "https://shop.example/?utm_source=news",
            "referrer": "https://news.example/",
            "title": "Shop <b>&</b> more",
            "created_at": MOMENT_TEXT,
            "meta": {"agent": "Firefox"},
            "aliases": ["visitor-1"],
        }
    ]
    assert [t["source"] for t in customer["touchpoints"]] == ["news"]


def test_pageview_without_a_time_has_the_present_one(caller: Caller) -> None:
    """It is between the times before and after the call."""
    before = datetime.now(UTC).replace(microsecond=0)
    caller.sandbox.add_pageview("visitor-1", "/")
    after = datetime.now(UTC)
    caller.post_identity()
    (pageview,) = caller.customer("customer-42", "show_pageviews")["pageviews"]
    assert before <= datetime.fromisoformat(pageview["created_at"]) <= after


@pytest.mark.parametrize(
    "arguments",
    [
        {"created_at": datetime(2026, 1, 1)},
        {"created_at": datetime(1969, 12, 31, tzinfo=UTC)},
        {"visitor_id": ""},
        {"url": ""},
        {"title": "\ud800"},
        {"referrer": 1},
        {"title": b"x"},
        {"user_agent": b"x"},
        {"visitor_id": b"x"},
        {"url": b"x"},
        {"created_at": "2026-01-01"},
        {"created_at": date(2026, 1, 1)},
        {"created_at": MOMENT},
        {"api_key": b"x"},
        {"api_key": ["x"]},
    ],
)
def test_wrong_pageview_is_a_value_error(sandbox: Sandbox, arguments: dict[str, Any]) -> None:
    """A naive time too, because its time zone is not known."""
    pageview: dict[str, Any] = {"visitor_id": "v", "url": "/", **arguments}
    with pytest.raises(ValueError, match=r"naive|expected|surrogate|no account"):
        sandbox.add_pageview(**pageview)


def test_pageviews_can_be_added_from_many_threads(caller: Caller) -> None:
    """While customers are read."""

    def add(name: str) -> None:
        for _ in range(20):
            caller.sandbox.add_pageview("visitor-1", f"/{name}")

    caller.post_identity()
    threads = [threading.Thread(target=add, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        caller.customer("customer-42", "show_all")
    assert len(caller.customer("customer-42", "show_pageviews")["pageviews"]) == 80


def test_unknown_account_is_a_value_error(sandbox: Sandbox) -> None:
    """The message says how to add an account."""
    with pytest.raises(ValueError, match=r"'K2': add it with add_account"):
        sandbox.add_pageview("v", "/", api_key="K2")
    with pytest.raises(ValueError, match=r"'K2': add it with add_account"):
        sandbox.seed(1, api_key="K2")
    wrong: Any = 2
    with pytest.raises(ValueError, match="the public key 2: add it"):
        sandbox.seed(1, api_key=wrong)
    sandbox.add_account("K2", "S2")
    sandbox.add_pageview("v", "/", api_key="K2")
    with pytest.raises(ValueError, match="already"):
        sandbox.add_account("K2", "S3")


def test_fixed_clock_is_used_for_pageviews_without_a_time(caller: Caller) -> None:
    """So that a test knows every answer before."""
    with Sandbox(clock=datetime.fromtimestamp(MOMENT, timezone(timedelta(hours=5)))) as sandbox:
        sandbox.add_pageview("visitor-1", "/")
        here = Caller(sandbox, caller.http)
        here.post("/_sandbox/pageviews", {"pageviews": [{"visitor_id": "visitor-1", "url": "/"}]})
        here.post_identity()
        pageviews = here.customer("customer-42", "show_pageviews")["pageviews"]
    assert [p["created_at"] for p in pageviews] == [MOMENT_TEXT, MOMENT_TEXT]


def test_clock_is_called_each_time(caller: Caller) -> None:
    """So a test can change the time."""
    moments = iter(range(MOMENT, MOMENT + 100))
    with Sandbox(clock=lambda: datetime.fromtimestamp(next(moments), UTC)) as sandbox:
        sandbox.add_pageview("visitor-1", "/")
        sandbox.add_pageview("visitor-1", "/")
        here = Caller(sandbox, caller.http)
        here.post_identity()
        pageviews = here.customer("customer-42", "show_pageviews")["pageviews"]
    assert len({p["created_at"] for p in pageviews}) == 2


def test_serves_on_ipv6(caller: Caller) -> None:
    """The address is in brackets in URLs."""
    with Sandbox(host="::1") as sandbox:
        assert sandbox.tracking_url.startswith("http://[::1]:")
        assert Caller(sandbox, caller.http).post_identity().status_code == 200


@pytest.mark.parametrize("name", ["", ":memory:", Path(":memory:")])
def test_sqlites_names_for_memory_are_refused(name: str | Path) -> None:
    """With them, SQLite would not keep the data in a file."""
    with pytest.raises(ValueError, match="SQLite's name for no file"):
        Sandbox(database=name)


def test_other_addresses_than_loopback_are_logged_as_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """Python shows it even if logging is not configured."""
    with Sandbox() as sandbox:
        assert sandbox.is_loopback
    assert caplog.records == []
    with Sandbox(host="0.0.0.0") as sandbox:
        assert not sandbox.is_loopback
        port = sandbox.tracking_url.removeprefix("http://127.0.0.1:")
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert record.name == "pyttributionio.sandbox"
    assert record.getMessage().startswith(f"The sandbox listens on 0.0.0.0, port {port}: its page")
