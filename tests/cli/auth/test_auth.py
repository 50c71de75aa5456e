"""`auth set`, `status` and `forget`: no value is ever printed."""

import getpass
import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("typer", reason="it comes with the extra cli")

from pyttributionio.cli.credentials import keyrings, profiles

from .._in_process import Command, Terminal

SECRET, KEY = "s3cr3t-Value-9000", "Kd81nf02"


@pytest.fixture(autouse=True)
def without_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the user's own keyring alone."""
    monkeypatch.setattr(keyrings, "is_usable", lambda: False)


def test_set_status_forget(command: Command) -> None:
    """The life of a profile."""
    stored = command("auth", "set", "--api-key", KEY, "--secret-stdin", stdin=f"{SECRET}\n")
    assert stored.code == 0
    assert "pyttributionio doctor --profile default" in stored.out
    shown = command("auth", "status")
    assert shown.code == 0
    assert shown.out.splitlines() == [
        "Profile default: secret in its file.",
        "Public key: from the profile 'default'.",
        "Secret: from the profile 'default' (file).",
        "Servers: https://attribution.io/api/v1 for reads, https://api.attribution.io for events and identities.",
    ]
    assert command("auth", "forget").code == 0
    again = command("auth", "forget")
    assert (again.code, again.err) == (4, "error: there is no profile 'default'\n")
    for ended in (stored, shown):
        assert not any(value in ended.out + ended.err for value in (SECRET, KEY))


def test_json(command: Command) -> None:
    """Lines with stable keys."""
    command(
        "auth", "set", "--profile", "a", "--api-key", KEY, "--store", "none", "--base-url", "http://localhost/api/v1"
    )
    lines = [json.loads(line) for line in command("auth", "status", "--profile", "a", "--json").out.splitlines()]
    assert lines == [
        {
            "type": "profile",
            "name": "a",
            "store": "none",
            "base_url": "http://localhost/api/v1",
            "tracking_url": None,
            "problem": None,
        },
        {
            "type": "used",
            "key": "the profile 'a'",
            "secret": None,
            "profile": "a",
            "base_url": "http://localhost/api/v1",
            "tracking_url": "https://api.attribution.io",
        },
    ]


def test_questions_at_a_terminal(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """The secret is hidden, and questions go to stderr."""
    asked: list[str] = []

    def answer(prompt: str, stream: Any = None) -> str:
        asked.append(prompt)
        return SECRET

    monkeypatch.setattr(getpass, "getpass", answer)
    ended = command("auth", "set", stdin=Terminal(f"{KEY}\n"))
    assert (ended.code, ended.err, asked) == (0, "Public key: ", ["Secret (not shown): "])
    profile = profiles.load("default")
    assert (profile.api_key, profile.secret()) == (KEY, SECRET)


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "said"),
    [
        (["--api-key", KEY], "", 2, "use --secret-stdin, or use --store none"),
        ([], SECRET, 2, "no public key"),
        (["--api-key", KEY, "--secret-stdin"], "\n", 2, "no secret on stdin"),
        (["--api-key", KEY, "--secret-stdin"], f"{SECRET} and more", 2, "its value is not shown"),
        (["--api-key", "", "--secret-stdin"], SECRET, 2, "api_key is empty"),
        (["--api-key", KEY, "--secret-stdin", "--store", "none"], SECRET, 2, "contradict"),
        (["--api-key", KEY, "--secret-stdin", "--base-url", "http://a.example"], SECRET, 2, "unencrypted"),
        (["--api-key", KEY, "--secret-stdin", "--profile", "A/B"], SECRET, 2, "is not a profile's name"),
        (["--api-key", KEY, "--secret-stdin", "--store", "keyring", "--profile", "A"], SECRET, 2, "not a profile's"),
    ],
)
def test_wrong_arguments(arguments: list[str], stdin: str, code: int, said: str, command: Command) -> None:
    """Nothing is stored, and no secret is shown."""
    ended = command("auth", "set", *arguments, stdin=stdin)
    assert ended.code == code
    (line,) = ended.err.splitlines()
    assert said in line
    assert SECRET not in line
    assert profiles.names() == []


def test_a_byte_order_mark_is_no_part_of_the_secret(command: Command) -> None:
    """PowerShell writes one."""
    command("auth", "set", "--api-key", KEY, "--secret-stdin", stdin=f"\ufeff{SECRET}\r\n")
    assert profiles.load("default").secret() == SECRET


def test_status_names_a_profile_that_cannot_be_used(command: Command) -> None:
    """The exit code says that there are no credentials."""
    command("auth", "set", "--api-key", KEY, "--secret-stdin", stdin=SECRET)
    path: Path = profiles.path_of("default")
    path.write_text("{}", encoding="ascii")
    ended = command("auth", "status")
    assert ended.code == 3
    assert "is damaged" in ended.out
    assert "is damaged" in ended.err


def test_status_without_anything(command: Command) -> None:
    """It says what to do."""
    ended = command("auth", "status")
    assert (ended.code, "Public key: none." in ended.out) == (3, True)
    assert "auth set" in ended.err


def test_without_a_home(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as in a service."""
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.delenv("APPDATA")
    monkeypatch.setattr(Path, "expanduser", lambda _: (_ for _ in ()).throw(RuntimeError))
    ended = command("auth", "set", "--api-key", KEY, "--store", "none")
    assert ended.code == 1
    assert "there is no place for profiles" in ended.err
