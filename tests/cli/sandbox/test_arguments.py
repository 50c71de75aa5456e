"""Wrong arguments of `pyttributionio sandbox`: one line for each, no traceback, no secret."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyttributionio import cli


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """Restore the signal handlers that the command replaces."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--db", "{file}"], "cannot use {file}: file is not a database"),
        (["--db", "{file}/no/folder"], "cannot use {file}/no/folder: unable to open database file"),
        (["--port", "70000"], "port must be between 0 and 65535, not 70000"),
        (["--host", "shop.example"], "host must be an IP address of this machine or localhost, not 'shop.example'"),
        (["--host", "192.0.2.1"], "cannot listen on 192.0.2.1, port 0: Cannot assign requested address"),
        (["--db", "{new}", "--api-secret", ""], "the sandbox's api_secret must be visible ASCII, not empty"),
        (["--db", "{new}", "--api-secret", "hush hush"], "the sandbox's api_secret must be visible ASCII, not empty"),
        (["--db", "{new}", "--api-key", "my key"], "the sandbox's api_key must be visible ASCII, not empty"),
        (["--db", "{new}", "--account", "my key:hush"], "the sandbox's api_key must be visible ASCII, not empty"),
        (["--db", "{new}", "--account", "A:hush hush"], "the sandbox's api_secret must be visible ASCII, not empty"),
        (["--db", "{new}", "--account", "hush"], "--account takes a public key, a colon and a secret"),
        (["--db", ":memory:"], "database ':memory:' is SQLite's name for no file: leave it out to keep the data"),
        (["--account", "A:hush", "--account", "A:hush"], "there is an account with the public key 'A' already"),
        (["--fault", "statsu=503"], "--fault statsu=503: statsu: unknown key; the known ones are next, share, always,"),
        (
            ["--api-secret", "hush-hush", "--account", "A:hush hush", "--fault", "path=/hush-hush"],
            "the sandbox's api_secret must be visible ASCII, not empty",
        ),
        (["--api-secret", "hush-hush", "--fault", "path=/hush-hush"], "--fault path=/REDACTED: give exactly one of"),
        (
            ["--account", "A:hush-hush", "--fault", "hush-hush=1"],
            "--fault REDACTED=1: REDACTED: unknown key",
        ),
        (["--fault", "status=503"], "--fault status=503: give exactly one of next (how many requests), share"),
    ],
)
def test_wrong_argument_is_one_line_and_exit_code_1(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    """The line names the error, and shows no secret; no file is made."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "notes.txt"
    file.write_text("no database at all, and a good deal longer than 100 bytes" * 9)
    given = [argument.format(file=file, new=tmp_path / "new.db") for argument in arguments]
    monkeypatch.setattr(sys, "argv", ["pyttributionio", "sandbox", *given])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (1, "")
    assert err.startswith(f"error: {said}".format(file=file))
    assert err.count("\n") == 1
    assert "hush" not in err
    assert [*tmp_path.iterdir()] == [file]


@pytest.mark.parametrize("arguments", [["--port", "x"], ["--seed", "-1"], ["--prot", "1"], ["hush"]])
def test_unknown_option_or_value_is_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    """As with any command."""
    monkeypatch.setattr(sys, "argv", ["pyttributionio", "sandbox", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert "--help" in capsys.readouterr().err
