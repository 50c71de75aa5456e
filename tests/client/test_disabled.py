"""A disabled client: posts are checked and dropped, and a call that needs an answer raises."""

import logging
import pickle
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from pyttributionio import (
    AsyncClient,
    Client,
    ClientDisabledError,
    Customer,
    OutboxError,
    PyttributionIo,
    PyttributionioError,
)
from pyttributionio.outbox import Outbox
from wire._both import KINDS, Kind, call_through


def refuse(_: httpx.Request) -> httpx.Response:
    """Fail: nothing may be sent."""
    raise AssertionError("a request was sent")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("key", [None, "KEY"])
def test_posts_return_what_would_be_sent(kind: Kind, key: str | None) -> None:
    """With or without a key."""

    def event(client: Any) -> Any:
        return client.tracking.event("ev_purchase", visitor_id="v", client_id="c", transaction_id=7)

    options = {"api_key": key, "disabled": True}
    sent = call_through(kind, refuse, event, **options)
    assert (sent.event_public_key, sent.aliases, sent.client_id, sent.transaction_id) == (
        "ev_purchase",
        ["v"],
        "c",
        "7",
    )
    found = call_through(kind, refuse, lambda client: client.tracking.identity("c", visitor_id="v"), **options)
    assert (found.client_id, found.aliases) == ("c", ["v"])
    raw = call_through(
        kind, refuse, lambda client: client.tracking.with_raw_response.identity("c", visitor_id="v"), **options
    )
    assert (raw.status_code, raw.attempts, raw.content) == (200, 0, b"")
    assert call_through(kind, refuse, lambda client: client.post("x", body={}, cast_to=None), **options) is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "do",
    [
        lambda client: client.customers.get("c"),
        lambda client: client.customers.with_raw_response.get("c"),
        lambda client: client.get("funnels", cast_to=None),
        lambda client: client.post("funnels", body={}, cast_to=Customer),
    ],
    ids=["customer", "raw", "get", "post"],
)
def test_call_that_needs_an_answer_raises(kind: Kind, do: Any) -> None:
    """With and without a secret, and it says why."""
    for secret in ("hush", None):
        with pytest.raises(ClientDisabledError, match=r"was not sent, because .*disabled=True.*Recorder") as caught:
            call_through(kind, refuse, do, api_secret=secret, disabled=True)
    assert isinstance(caught.value, PyttributionioError)
    assert isinstance(caught.value, RuntimeError)
    assert "hush" not in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_arguments_are_checked(kind: Kind) -> None:
    """A mistake is found in development, not in production."""
    with pytest.raises(ValueError, match="visitor_id is empty"):
        call_through(kind, refuse, lambda client: client.tracking.event("ev", visitor_id=""), disabled=True)
    with pytest.raises(ValueError, match="client_id is empty"):
        call_through(kind, refuse, lambda client: client.customers.get(""), disabled=True)
    with pytest.raises(ValueError, match="include has 'evnts' in it"):
        call_through(kind, refuse, lambda client: client.customers.get("c", include=["evnts"]), disabled=True)


@pytest.mark.parametrize(
    ("value", "argument", "expected"),
    [
        ("1", None, True),
        (" TRUE ", None, True),
        ("on", None, True),
        ("0", None, False),
        ("no", None, False),
        ("", None, False),
        ("1", False, False),
        ("0", True, True),
    ],
)
def test_variable_counts_where_the_argument_is_left_out(
    value: str, argument: bool | None, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its usual spellings."""
    monkeypatch.setenv("PYTTRIBUTIONIO_DISABLED", value)
    sent: list[httpx.Request] = []

    def accept(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(201)

    client = Client("KEY", http_client=httpx.MockTransport(accept), disabled=argument)
    client.with_options(timeout=5).tracking.identity("c", visitor_id="v")
    assert (sent == []) is expected


def test_wrong_values_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt one must not send."""
    for kind in (Client, AsyncClient):
        with pytest.raises(TypeError, match="disabled is a bool or None, not str"):
            kind(disabled="yes")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    monkeypatch.setenv("PYTTRIBUTIONIO_DISABLED", "ture")
    with pytest.raises(ValueError, match="PYTTRIBUTIONIO_DISABLED is 'ture': set it to 1 or 0"):
        Client("KEY")
    monkeypatch.setenv("PYTTRIBUTIONIO_DISABLED", "1")
    with pytest.raises(ClientDisabledError, match=r"disabled \(PYTTRIBUTIONIO_DISABLED\)"):
        Client("KEY").customers.get("c")


def test_log_says_what_was_dropped(caplog: pytest.LogCaptureFixture) -> None:
    """For a developer who looks for an event."""
    with caplog.at_level(logging.DEBUG, "pyttributionio"):
        Client(disabled=True).tracking.event("ev", visitor_id="v")
    assert caplog.messages == [
        f"POST https://api.attribution.io/{name}: not sent, the client is disabled" for name in ("events", "identities")
    ]


@pytest.mark.parametrize("given", [True, False], ids=["directory", "no directory"])
def test_outbox_keeps_nothing(given: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No directory, no thread, no file; closing still closes it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    threads = threading.active_count()
    with Outbox(AsyncClient(disabled=True), tmp_path / "outbox" if given else None) as outbox:
        accepted = outbox.event("ev", visitor_id="v", client_id="c", transaction_id="t")
        assert (accepted.transaction_id, accepted.client_id, accepted.duplicate) == ("t", "c", False)
        assert not outbox.event("ev", visitor_id="v", client_id="c", transaction_id="t").duplicate
        with pytest.raises(ValueError, match="visitor_id is empty"):
            outbox.event("ev", visitor_id="")
        outbox.identity("c", visitor_id="v")
        assert (outbox.flush(), outbox.stats().pending, outbox.stats().accepted) == (0, 0, 3)
        assert outbox.health().ok
        assert threading.active_count() == threads
    assert [*tmp_path.iterdir()] == []
    with pytest.raises(OutboxError, match="closed"):
        outbox.event("ev", visitor_id="v")


def test_outbox_of_a_disabled_client_checks_its_settings(tmp_path: Path) -> None:
    """As one that is not disabled."""
    with pytest.raises(ValueError, match="directory is empty"):
        Outbox(Client(disabled=True), "")
    with pytest.raises(RuntimeError, match="or it is disabled"):
        _ = Outbox(Client(disabled=True)).folder


def test_old_wrapper_is_disabled_by_the_variable(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its posts return the status of success, and its reads None, with a line in the log."""
    monkeypatch.setenv("PYTTRIBUTIONIO_DISABLED", "1")
    wrapper: Any = PyttributionIo("KEY", "hush")
    with pytest.warns(DeprecationWarning, match="tracking.event"):
        assert wrapper.trigger_event("v", "ev", "c") == (200, 200)
    with pytest.warns(DeprecationWarning, match="customers.get"):
        assert wrapper.fetch_customer_info_base("c") is None
    assert "ClientDisabledError" in caplog.text
