"""Each trouble between a program and the servers is one finding, which says what is wrong and what to do."""

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pyttributionio.diagnostics import Subject, run
from pyttributionio.sandbox import Sandbox
from support.faults import Received, answer
from support.proxy import Proxy, SocksProxy
from support.tls import Authority

from ._server import KEY, SECRET, APIServer, dated, findings, not_found, only_problem, problems

SANDBOX = ("SANDBOX_KEY", "SANDBOX_SECRET")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Remove the machine's proxies and certificates."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("PYTTRIBUTIONIO_OUTBOX_DIRECTORY", str(tmp_path / "outbox"))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Make an authority that no machine trusts."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Trust it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return authority


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Run a sandbox without customers."""
    with Sandbox() as running:
        yield running


def in_sandbox(sandbox: Sandbox, key: str = SANDBOX[0], secret: str = SANDBOX[1], path: str = "/api/v1") -> list[str]:
    """Return the problems with these settings."""
    found = findings(sandbox.tracking_url, key=key, secret=secret, path=path)
    return [f"{each.cause}: {each.message}; {each.advice}" for each in problems(found)]


def test_a_good_sandbox_has_no_problem(sandbox: Sandbox) -> None:
    """Each step is named, with its time; and no event is sent."""
    before = len([*sandbox.requests])
    found = findings(sandbox.tracking_url, key=SANDBOX[0], secret=SANDBOX[1])
    assert problems(found) == []
    sent = [*sandbox.requests][before:]
    assert {each.method for each in sent} <= {"HEAD", "GET"}
    assert {each.check for each in found if each.seconds is not None} == {"name", "connection", "answer"}
    (credentials,) = [each for each in found if each.check == "credentials" and "accepts" in each.message]
    assert credentials.level == "ok"


def test_a_wrong_secret(sandbox: Sandbox) -> None:
    """It is refused with 401."""
    (line,) = in_sandbox(sandbox, secret="another-0123456")
    assert line.startswith("credentials: the server refuses the public key or the secret (401)")


def test_swapped_credentials(sandbox: Sandbox) -> None:
    """They are named from their form, without their values."""
    first, second = in_sandbox(sandbox, SANDBOX[1], SANDBOX[0])
    assert "the public key looks like a secret" in first
    assert "exchange them in" in first
    assert "(401)" in second
    assert not any(value in first + second for value in SANDBOX)


def test_a_secret_that_is_the_key_of_a_profile_is_swapped() -> None:
    """Random values show it by a profile."""
    with APIServer(lambda _: dated(401)) as server:
        first, _ = problems(findings(server.url(), key=SECRET, secret=KEY, known_keys=(KEY,)))
    assert "the public key of one of your profiles" in first.message


def test_equal_values() -> None:
    """One of them is wrong."""
    with APIServer(lambda _: dated(401)) as server:
        first, _ = problems(findings(server.url(), secret=KEY))
    assert "have the same value" in first.message


def test_swapped_with_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's own hint is used."""
    monkeypatch.setenv("PYTTRIBUTIONIO_API_SECRET", KEY)
    with APIServer(lambda _: dated(401)) as server:
        problem = only_problem(findings(server.url()))
    assert "which are probably swapped" in problem.message


def test_a_disabled_account() -> None:
    """403 is not 401."""
    with APIServer(lambda _: dated(403)) as server:
        problem = only_problem(findings(server.url()))
    assert (problem.cause, "disabled (403)" in problem.message) == ("credentials", True)


@pytest.mark.parametrize(
    ("status", "cause"), [(429, "unavailable"), (503, "unavailable"), (302, "settings"), (418, "settings")]
)
def test_another_status(status: int, cause: str) -> None:
    """It says whether to wait or to correct the address."""
    with APIServer(lambda _: dated(status)) as server:
        problem = only_problem(findings(server.url()))
    assert (problem.cause, str(status) in problem.message) == (cause, True)


@pytest.mark.parametrize(
    ("body", "said"), [("<html>", "not one of the API"), ('{"customer": {"client_id": "c"}}', "that was generated now")]
)
def test_something_that_is_not_the_api(body: str, said: str) -> None:
    """It answers 200 for an id that was generated now."""
    with APIServer(lambda _: dated(200, body)) as server:
        problem = only_problem(findings(server.url()))
    assert said in problem.message
    assert "base_url" in problem.advice


def test_a_dead_host() -> None:
    """Nothing listens at the port."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    problem = only_problem(findings(url))
    assert (problem.check, problem.cause) == ("connection", "unavailable")
    assert "can't be reached" in problem.message


def test_a_host_that_does_not_resolve() -> None:
    """The reserved name .invalid resolves nowhere (RFC 6761)."""
    problem = only_problem(findings("https://api.invalid"))
    assert (problem.check, problem.cause) == ("name", "unavailable")
    assert "the host name api.invalid can't be resolved" in problem.message


def test_a_server_that_never_answers() -> None:
    """It accepts connections."""
    with APIServer(None) as server:
        problem = only_problem(findings(server.url(), timeout=0.3))
    assert (problem.check, problem.cause) == ("answer", "unavailable")
    assert "did not answer in 0.3 s" in problem.message


def test_a_server_that_does_not_speak_http() -> None:
    """Such as one of SSH."""
    with APIServer(lambda _: b"SSH-2.0-OpenSSH_9.2\r\n\r\n\r\n") as server:
        problem = only_problem(findings(server.url()))
    assert problem.check == "answer"
    assert "did not answer in HTTP" in problem.message


def test_a_good_server_with_tls(trusted: Authority) -> None:
    """The end of its certificate is named."""
    with APIServer(context=trusted.context("localhost")) as server:
        found = findings(server.url())
    assert problems(found) == []
    assert [each.check for each in found if each.seconds is not None] == ["name", "connection", "tls", "answer"]
    (certificate,) = [each for each in found if each.check == "certificate"]
    assert "is valid until" in certificate.message


def test_a_certificate_that_ends_soon(trusted: Authority) -> None:
    """It still works."""
    with APIServer(context=trusted.context("localhost", until=datetime.now(UTC) + timedelta(days=5))) as server:
        problem = only_problem(findings(server.url()))
    assert (problem.check, problem.level) == ("certificate", "warning")


def test_an_expired_certificate(trusted: Authority) -> None:
    """Or a clock that is wrong."""
    with APIServer(context=trusted.context("localhost", until=datetime(2021, 1, 1, tzinfo=UTC))) as server:
        problem = only_problem(findings(server.url()))
    assert problem.check == "tls"
    assert "has expired" in problem.message
    assert "clock" in problem.advice


def test_a_certificate_for_another_host(trusted: Authority) -> None:
    """Its name is in the message."""
    with APIServer(context=trusted.context("another.example")) as server:
        problem = only_problem(findings(server.url()))
    assert problem.check == "tls"
    assert "is for another host" in problem.message


def test_an_unknown_authority(authority: Authority) -> None:
    """SSL_CERT_FILE can name it."""
    with APIServer(context=authority.context("localhost")) as server:
        problem = only_problem(findings(server.url()))
    assert problem.check == "tls"
    assert "an authority that is not trusted here" in problem.message
    assert "SSL_CERT_FILE" in problem.advice


def test_http_at_a_port_of_https(trusted: Authority) -> None:
    """The port or the scheme is wrong."""
    with APIServer() as server:
        problem = only_problem(findings(server.url().replace("http:", "https:")))
    assert problem.check == "tls"
    assert "does not speak TLS" in problem.message


@pytest.mark.parametrize("content", [None, "not a certificate"])
def test_certificates_that_cannot_be_read(content: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The variable is named once, and the servers are not examined with other certificates."""
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_text(content, encoding="ascii")
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    found = problems(findings("https://localhost:1"))
    assert {each.cause for each in found} == {"settings"}
    assert "SSL_CERT_FILE" in found[0].message


@pytest.mark.parametrize(("hours", "said"), [(1, "60.0 minutes behind"), (-1, "60.0 minutes ahead of")])
def test_a_clock_an_hour_off(hours: int, said: str) -> None:
    """Compared with the Date of the answer."""
    with APIServer(lambda _: dated(404, ahead=timedelta(hours=hours, seconds=1 if hours < 0 else 2))) as server:
        problem = only_problem(findings(server.url()))
    assert problem.check == "clock"
    assert said.split()[-1] in problem.message
    assert "60" in problem.message or "1.0 hours" in problem.message


def test_an_answer_without_a_date_is_no_problem() -> None:
    """Its clock is not checked."""
    with APIServer(lambda _: answer("{}", 404)) as server:
        found = findings(server.url())
    assert problems(found) == []
    (clock,) = [each for each in found if each.check == "clock"]
    assert clock.level == "note"


def test_a_proxy_that_asks_for_a_login(trusted: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own password is masked."""
    with (
        APIServer(context=trusted.context("api.example")) as server,
        Proxy(server.port, refusal=b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n") as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"http://worker:pa55word@127.0.0.1:{proxy.port}")
        found = findings("https://api.example")
    problem = only_problem(found)
    assert problem.check == "proxy"
    assert f"http://worker:***@127.0.0.1:{proxy.port} asks for a user name and a password (407)" in problem.message
    assert "pa55word" not in repr(found)


def test_a_proxy_of_http_that_asks_for_a_login(monkeypatch: pytest.MonkeyPatch) -> None:
    """It answers in the server's place."""
    with Proxy(1, refusal=b"HTTP/1.1 407 Login\r\nContent-Length: 0\r\n\r\n") as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        problem = only_problem(findings("http://127.0.0.1:1"))
    assert (problem.check, "(407)" in problem.message) == ("proxy", True)


def test_a_proxy_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a status of its own."""
    with Proxy(1, refusal=b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        problem = only_problem(findings("https://api.example"))
    assert problem.check == "proxy"
    assert "does not connect to api.example: 403 Forbidden" in problem.message


def test_a_socks_proxy_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no status."""
    with SocksProxy(1, refuses=True) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"socks5://127.0.0.1:{proxy.port}")
        problem = only_problem(findings("https://api.example"))
    assert problem.check == "proxy"
    assert "does not connect to api.example" in problem.message


def test_a_dead_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy is named, not the server."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
    problem = only_problem(findings("https://api.example"))
    assert f"the proxy http://127.0.0.1:{port} can't be reached" in problem.message
    assert "the proxy's variable" in problem.advice


def test_a_proxy_that_does_not_resolve(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its host is named."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid:3128")
    problem = only_problem(findings("https://api.example"))
    assert "the host name of the proxy proxy.invalid can't be resolved" in problem.message


def test_a_proxy_that_works(trusted: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """The steps to both are measured."""
    with APIServer(context=trusted.context("api.example")) as server, Proxy(server.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        found = findings("https://api.example")
    assert problems(found) == []
    assert [each.check for each in found if each.seconds is not None] == [
        *("name", "connection", "proxy", "tls", "answer")
    ]


def test_a_proxy_of_no_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's own message says which variable."""
    monkeypatch.setenv("HTTPS_PROXY", "ftp://worker:pa55word@proxy.example")
    found = findings("https://api.example")
    problem = only_problem(found)
    assert "HTTPS_PROXY" in problem.message
    assert "pa55word" not in repr(found)


def test_plain_http_to_another_machine() -> None:
    """It is refused before anything is sent."""
    found = problems(findings("http://api.example"))
    assert [each.target for each in found] == ["base_url", "tracking_url"]
    assert all("unencrypted" in each.message for each in found)


@pytest.mark.parametrize("path", ["", "/api", "/v1", "/api/v2", "/API/v1"])
def test_base_url_with_a_wrong_path(path: str) -> None:
    """Its 404 looks like that of an unknown customer."""
    with APIServer() as server:
        problem = only_problem(findings(server.url(), path=path))
    assert problem.cause == "settings"
    assert "the API's path is /api/v1" in problem.message


def test_tracking_url_with_the_path_of_base_url() -> None:
    """It is named, although no event is sent."""
    with APIServer() as server:
        subject = Subject(
            api_key=KEY, api_secret=SECRET, base_url=server.url("/api/v1"), tracking_url=server.url("/api/v1")
        )
        problem = only_problem([*run(subject)])
    assert problem.target == "tracking_url"


def test_without_a_key_nothing_is_read() -> None:
    """The servers are examined anyway."""
    with APIServer() as server:
        problem = only_problem(findings(server.url(), key=None))
        assert {each.method for each in server.requests} == {"HEAD"}
    assert (problem.cause, problem.message) == ("credentials", "there is no public key")


def test_a_network_that_is_limited_to_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is named, and no name is looked up."""
    monkeypatch.setenv("PYTTRIBUTIONIO_NETWORK", "loopback")
    found = problems(findings("https://attribution.invalid"))
    assert {each.cause for each in found} == {"settings"}
    assert all("PYTTRIBUTIONIO_NETWORK refuses" in each.message for each in found)


def test_a_disabled_sdk_is_examined_too(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The read of `doctor` is made."""
    monkeypatch.setenv("PYTTRIBUTIONIO_DISABLED", "1")
    assert problems(findings(sandbox.tracking_url, key=SANDBOX[0], secret=SANDBOX[1])) == []


def test_without_a_secret_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """That of the environment is another account's."""
    monkeypatch.setenv("PYTTRIBUTIONIO_API_SECRET", SECRET)
    with APIServer() as server:
        problem = only_problem(findings(server.url(), secret=None))
        assert {each.method for each in server.requests} == {"HEAD"}
    assert problem.level == "warning"


@pytest.mark.parametrize(("key", "secret", "name"), [(KEY, "a space", "secret"), ("a/slash", SECRET, "public key")])
def test_a_malformed_value_is_not_sent_or_shown(key: str, secret: str, name: str) -> None:
    """The client would refuse it, and show a public key that may be a secret."""
    with APIServer() as server:
        problem = only_problem(findings(server.url(), key=key, secret=secret))
        assert {each.method for each in server.requests} == {"HEAD"}
    assert problem.cause == "credentials"
    assert problem.message.startswith(f"the {name} from ")
    assert "a space" not in repr(problem)
    assert "a/slash" not in repr(problem)


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 500])
def test_neither_value_is_in_a_finding(status: int) -> None:
    """The two may be swapped, so the public key is not shown either."""
    with APIServer(lambda request: dated(status, json.dumps(request.target))) as server:
        assert KEY not in repr(findings(server.url()))


def test_a_lost_answer() -> None:
    """To the read alone."""

    def cut(request: Received) -> bytes:
        return not_found(request) if request.method == "HEAD" else b"HTTP/1.1 404 Not\r\n\r\n"[:9]

    with APIServer(cut) as server:
        problem = only_problem(findings(server.url(), timeout=1))
    assert (problem.check, problem.cause) == ("credentials", "unavailable")


def test_the_secret_is_in_no_finding() -> None:
    """Even if the server repeats the URL; and it is sent in one read only."""

    def repeat(request: Received) -> bytes:
        return not_found(request) if request.method == "HEAD" else dated(418, json.dumps(request.target))

    with APIServer(repeat) as server:
        found = findings(server.url())
        sent = [each for each in server.requests if SECRET.encode() in each.head]
    assert len(sent) == 1
    assert SECRET not in repr(found)
    assert SECRET not in repr(vars(Subject(api_secret=SECRET)))
