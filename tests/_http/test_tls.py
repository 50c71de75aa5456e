"""TLS for real: whom the SDK trusts, and what it says of those it doesn't."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pyttributionio import APIConnectionError
from pyttributionio._http.proxies import route_to, tls_context
from support.faults import KINDS, connect
from support.tls import Authority, TLSServer


@pytest.fixture(params=KINDS, ids=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Any:
    """Take each of the two clients."""
    return request.param


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Make up an authority."""
    return Authority(tmp_path_factory.mktemp("tls"))


def call(kind: Any, server: TLSServer, monkeypatch: pytest.MonkeyPatch, *, file: Path | None, host: str) -> Any:
    """Read a customer twice, trusting what a file has."""
    with connect(kind, f"https://{host}:{server.port}", max_retries=0) as caller:
        if file is not None:
            monkeypatch.setenv("SSL_CERT_FILE", str(file))
        caller.get()
        return caller.get()


def test_own_authority_is_trusted_by_environment(
    kind: Any, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SSL_CERT_FILE names it."""
    with TLSServer(authority.context("localhost")) as server:
        found = call(kind, server, monkeypatch, file=authority.file, host="localhost")
        assert found.client_id == "c-1"
        assert b"secret=s3cr3t" in server.requests[1].head


@pytest.mark.parametrize(
    ("names", "until", "known", "words"),
    [
        (("localhost",), None, False, "certificate verify failed"),
        (("other.example",), None, True, "[Hh]ostname mismatch"),
        (("localhost",), datetime(2021, 1, 1, tzinfo=UTC), True, "certificate has expired"),
    ],
    ids=["unknown-authority", "wrong-host", "expired"],
)
def test_certificate_that_proves_nothing_is_refused(
    kind: Any,
    names: tuple[str, ...],
    until: datetime | None,
    known: bool,
    words: str,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The error says what is wrong with it, and not a byte of a request was sent."""
    with TLSServer(authority.context(*names, until=until)) as server:
        with pytest.raises(APIConnectionError, match=words):
            call(kind, server, monkeypatch, file=authority.file if known else None, host="localhost")
        assert server.requests == []


@pytest.mark.parametrize(("name", "words"), [("none.pem", "No such file"), ("empty.pem", "")])
def test_certificates_that_cannot_be_read_are_named(
    kind: Any, name: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the variable they come from; it is not tried again."""
    (tmp_path / "empty.pem").write_text("no certificate")
    with connect(kind, "https://127.0.0.1:9") as caller:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / name))
        with pytest.raises(
            APIConnectionError, match=f"SSL_CERT_FILE=.*{name} names can't be read: .*{words}"
        ) as caught:
            caller.get()
    assert caught.value.attempts == 1


def test_one_context_is_made_and_shared(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """By both servers, and by all clients; other certificates in the environment make another one."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    routes = [route_to(f"https://{host}") for host in ("attribution.io", "api.attribution.io")]
    assert routes[0].tls is routes[1].tls is tls_context()
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setenv("SSL_CERT_DIR", str(authority.file.parent))
    assert tls_context() is not routes[0].tls


def test_plain_http_reads_no_certificates(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """They take longer than all the rest of a first call."""
    monkeypatch.setattr("pyttributionio._http.proxies.tls_context", lambda: pytest.fail("read"))
    monkeypatch.setattr("httpx.create_ssl_context", lambda: pytest.fail("read"))
    assert route_to("http://127.0.0.1").proxy is None
