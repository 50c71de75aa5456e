"""A client that was made without a key: a module can make one when it is imported."""

import pickle
from pathlib import Path
from typing import Any

import httpx
import pytest

from pyttributionio import AsyncClient, Client, PyttributionIo
from pyttributionio.outbox import Outbox
from wire._both import KINDS, Kind, call_through

PROBLEM = r"No public key: pass api_key=\.\.\., or set the environment variable PYTTRIBUTIONIO_API_KEY\."


def refuse(_: httpx.Request) -> httpx.Response:
    """Fail: nothing may be sent."""
    raise AssertionError("a request was sent")


def accept(_: httpx.Request) -> httpx.Response:
    """Accept everything."""
    return httpx.Response(201)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "do",
    [
        lambda client: client.tracking.event("ev", visitor_id="v"),
        lambda client: client.tracking.identity("c", visitor_id="v"),
        lambda client: client.customers.get("c"),
        lambda client: client.get("funnels", cast_to=dict),
        lambda client: client.post("funnels", body={}, cast_to=None),
    ],
    ids=["event", "identity", "customer", "get", "post"],
)
def test_first_use_raises_before_anything_is_sent(kind: Kind, do: Any) -> None:
    """With the message that the constructor had before."""
    with pytest.raises(ValueError, match=PROBLEM):
        call_through(kind, refuse, do, api_key=None, api_secret="hush")


def test_first_use_looks_into_the_environment_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A settings module may load a file of variables after the client was made."""
    sent: list[bytes] = []

    def note(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        return httpx.Response(201)

    client = Client(http_client=httpx.MockTransport(note))
    other = client.with_options(timeout=5)
    monkeypatch.setenv("PYTTRIBUTIONIO_API_KEY", "LATER")
    for each in (client, other):
        each.tracking.identity("c", visitor_id="v")
    assert [b'"public_key":"LATER"' in body for body in sent] == [True, True]
    monkeypatch.setenv("PYTTRIBUTIONIO_API_KEY", "a b")
    with pytest.raises(ValueError, match="PYTTRIBUTIONIO_API_KEY 'a b' is not a public key"):
        client.tracking.identity("c", visitor_id="v")


def test_repr_and_pickle_have_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that unpickles the client looks for one."""
    client = Client(api_secret="hush")
    assert repr(client).startswith("Client(api_key=None, api_secret=Secret(***)")
    monkeypatch.setenv("PYTTRIBUTIONIO_API_KEY", "LATER")
    monkeypatch.setenv("PYTTRIBUTIONIO_API_SECRET", "hush")
    copy = pickle.loads(pickle.dumps(client))
    assert repr(copy).startswith("Client(api_key=None, api_secret=Secret(***)")


@pytest.mark.parametrize("client", [Client(), AsyncClient()], ids=["sync", "async"])
def test_outbox_is_made_and_watched_without_a_key(client: Any, tmp_path: Path) -> None:
    """Its folder is that of an account, so it has none yet. Nothing is created, also at the end."""
    outbox = Outbox(client, tmp_path / "outbox")
    assert repr(outbox) == "Outbox(api_key=None, 'process')"
    assert outbox.stats().pending == 0
    assert outbox.health().ok
    for use in (lambda: outbox.event("ev", visitor_id="v"), outbox.start, outbox.flush, lambda: outbox.folder):
        with pytest.raises(ValueError, match=PROBLEM):
            use()
    outbox._at_exit()
    assert [*tmp_path.iterdir()] == []


def test_outbox_finds_the_key_at_its_first_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the folder of that account."""
    outbox = Outbox(Client(http_client=httpx.MockTransport(accept)), tmp_path, manual=True)
    monkeypatch.setenv("PYTTRIBUTIONIO_API_KEY", "LATER")
    assert outbox.folder == tmp_path / "LATER@https+api.attribution.io"
    outbox.event("ev", visitor_id="v")
    assert outbox.folder.exists()
    assert outbox.flush() == 0
    outbox.close()


def test_old_wrapper_logs_that_it_has_no_key(caplog: pytest.LogCaptureFixture) -> None:
    """As any other error of its calls."""
    wrapper: Any = PyttributionIo
    with pytest.warns(DeprecationWarning, match="tracking.identity"):
        assert wrapper(None, "hush").trigger_identity("v", "c") is None
    assert "No public key" in caplog.text
