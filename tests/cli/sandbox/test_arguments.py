"""Wrong arguments of `pyttributionio sandbox`: one line for each, no traceback, no secret."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyttributionio import cli

FIRST = "PYTTRIBUTIONIO_SANDBOX_SECRET"


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """Restore the signal handlers that the command replaces."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--db", "{file}"], 1, "cannot use {file}: file is not a database"),
        (["--db", "{file}/no/folder"], 1, "cannot use {file}/no/folder: unable to open database file"),
        (["--port", "70000"], 2, "port must be between 0 and 65535, not 70000"),
        (["--host", "shop.example"], 2, "host must be an IP address of this machine or localhost, not 'shop.example'"),
        (["--host", "192.0.2.1"], 1, "cannot listen on 192.0.2.1, port 0: Cannot assign requested address"),
        (["--db", "{new}", "--api-key", "my key"], 2, "the sandbox's api_key must be visible ASCII, not empty"),
        (["--db", "{new}", "--account", "my key:GOOD"], 2, "the sandbox's api_key must be visible ASCII, not empty"),
        (["--db", "{new}", "--account", "A:SPACED"], 2, "the sandbox's api_secret must be visible ASCII, not empty"),
        (["--db", "{new}", "--account", "A:hush"], 2, "--account takes a public key, and after a colon the name of"),
        (["--db", "{new}", "--account", "A:hush hush"], 2, "--account takes a public key, and after a colon the name"),
        (["--db", "{new}", "--account", "A:"], 2, "--account takes a public key, and after a colon the name of the"),
        (["--db", ":memory:"], 2, "database ':memory:' is SQLite's name for no file: leave it out to keep the data"),
        (["--account", "A:GOOD", "--account", "A"], 2, "there is an account with the public key 'A' already"),
        (["--fault", "statsu=503"], 2, "--fault statsu=503: statsu: unknown key; the known ones are next, share,"),
        (["--account", "A:GOOD", "--fault", "hush-hush=1"], 2, "--fault REDACTED=1: REDACTED: unknown key"),
        (["--fault", "path=/first-hush"], 2, "--fault path=/REDACTED: give exactly one of"),
        (["--fault", "status=503"], 2, "--fault status=503: give exactly one of next (how many requests), share"),
    ],
)
def test_wrong_argument_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    said: str,
) -> None:
    """The line names the error, and shows no secret; no file is made."""
    monkeypatch.chdir(tmp_path)
    for name, value in {"GOOD": "hush-hush", "SPACED": "hush hush", FIRST: "first-hush"}.items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "notes.txt"
    file.write_text("no database at all, and a good deal longer than 100 bytes" * 9)
    given = [argument.format(file=file, new=tmp_path / "new.db") for argument in arguments]
    monkeypatch.setattr(sys, "argv", ["pyttributionio", "sandbox", *given])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (code, "")
    assert err.startswith(f"error: {said}".format(file=file))
    assert err.count("\n") == 1
    assert "hush" not in err
    assert [*tmp_path.iterdir()] == [file]


def test_secret_of_the_first_account_must_be_visible(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the secrets of other accounts."""
    monkeypatch.setenv(FIRST, "hush hush")
    monkeypatch.setattr(sys, "argv", ["pyttributionio", "sandbox"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("error: the sandbox's api_secret must be visible ASCII, not empty")


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
