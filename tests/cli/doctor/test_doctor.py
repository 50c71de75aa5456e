"""The lines of `doctor`, its exit codes, and where its credentials come from."""

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("typer", reason="it comes with the extra cli")

from pyttributionio.cli.credentials import profiles
from pyttributionio.cli.credentials.profiles import Profile
from pyttributionio.sandbox import Sandbox

from .._in_process import Command

KEYS = {"check", "level", "target", "message", "advice", "milliseconds", "details"}


@pytest.fixture
def sandbox(command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Sandbox]:
    """Point the variables at a running sandbox."""
    _ = command
    with Sandbox() as running:
        for name, value in {
            "API_KEY": "SANDBOX_KEY",
            "API_SECRET": "SANDBOX_SECRET",
            "BASE_URL": running.base_url,
            "TRACKING_URL": running.tracking_url,
            "OUTBOX_DIRECTORY": str(tmp_path / "outbox"),
        }.items():
            monkeypatch.setenv(f"PYTTRIBUTIONIO_{name}", value)
        yield running


def test_all_is_well(command: Command, sandbox: Sandbox) -> None:
    """One line for each finding, and a last one that counts the problems."""
    ended = command("doctor")
    lines = ended.out.splitlines()
    assert (ended.code, ended.err, lines[-1]) == (0, "", "0 problems, 0 warnings.")
    assert any(line.startswith("ok      credentials: ") and "accepts" in line for line in lines)
    assert {each.path for each in sandbox.requests if each.method == "POST"} == set()
    assert not any("SANDBOX_SECRET" in line or "SANDBOX_KEY" in line for line in lines)


def test_json(command: Command, sandbox: Sandbox) -> None:
    """Each line is an object with the same keys."""
    ended = command("doctor", "--json")
    found = [json.loads(line) for line in ended.out.splitlines()]
    assert {frozenset(each) for each in found} == {frozenset(KEYS)}
    assert [each["check"] for each in found] == [
        *("versions", "variables", "certificates", "url", "url", "proxy", "credentials", "credentials"),
        *("name", "connection", "answer", "clock", "credentials", "outbox"),
    ]
    assert set(found[0]["details"]) == {
        *("pyttributionio", "httpx", "httpcore", "pydantic", "python", "openssl", "system")
    }


def test_a_wrong_secret_from_stdin(command: Command, sandbox: Sandbox) -> None:
    """Exit code 3; what is given comes before the variable."""
    ended = command("doctor", "--secret-stdin", stdin="another-0123456\n")
    assert ended.code == 3
    assert "the secret comes from --secret-stdin" in ended.out
    assert "(401)" in ended.out


def test_a_dead_host(command: Command, sandbox: Sandbox) -> None:
    """Exit code 5."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
    ended = command("doctor", "--base-url", f"{url}/api/v1", "--tracking-url", url)
    assert ended.code == 5
    assert "error   connection: " in ended.out


def test_a_wrong_url(command: Command, sandbox: Sandbox) -> None:
    """Exit code 1."""
    ended = command("doctor", "--base-url", "http://api.example/api/v1")
    assert ended.code == 1
    assert "unencrypted" in ended.out


def test_a_profile(command: Command, sandbox: Sandbox) -> None:
    """Its secret is used, and not the variable's."""
    urls = {"base_url": sandbox.base_url, "tracking_url": sandbox.tracking_url}
    profiles.save(Profile("mine", "SANDBOX_KEY", "file", **urls), "wrong-0123456789")
    ended = command("doctor", "--profile", "mine")
    assert ended.code == 3
    assert "the secret comes from the profile 'mine' (file)" in ended.out


def test_a_profile_without_a_secret_does_not_use_the_variable(command: Command, sandbox: Sandbox) -> None:
    """It may be another account's."""
    urls = {"base_url": sandbox.base_url, "tracking_url": sandbox.tracking_url}
    profiles.save(Profile("mine", "SANDBOX_KEY", "none", **urls), None)
    ended = command("doctor", "--profile", "mine")
    assert (ended.code, "there is no secret" in ended.out) == (0, True)
    assert [each.method for each in sandbox.requests] == ["HEAD"]


def test_a_profile_that_others_can_read(command: Command, sandbox: Sandbox) -> None:
    """Exit code 3, in one line."""
    if os.name == "nt":
        pytest.skip("the modes of POSIX")
    profiles.save(Profile("mine", "SANDBOX_KEY", "file"), "wrong-0123456789")
    profiles.path_of("mine").chmod(0o644)
    ended = command("doctor", "--profile", "mine")
    assert ended.code == 3
    (line,) = ended.err.splitlines()
    assert "chmod 600" in line


@pytest.mark.parametrize("arguments", [["--api-key", ""], ["--outbox-directory", ""], ["--timeout", "0"], ["extra"]])
def test_wrong_arguments(arguments: list[str], command: Command, sandbox: Sandbox) -> None:
    """Exit code 2."""
    assert command("doctor", *arguments).code == 2
