"""`pyttributionio outbox drain`, in this process."""

import logging
import signal
from pathlib import Path

import pytest

from outbox._helpers import OK, received
from support.faults import Hang, Reset, answer
from support.shards import hold

from ._running import left_behind, lines, ran, said

SECRET = "hush-hush"


def test_drain_delivers_entries_without_an_owner(tmp_path: Path) -> None:
    """For the account in the environment; dead letters are kept and mentioned."""
    with left_behind(tmp_path, OK) as (server, account):
        variables = {"PYTTRIBUTIONIO_API_KEY": "KEY", "PYTTRIBUTIONIO_TRACKING_URL": server.url}
        result = ran("drain", "--directory", tmp_path, PYTTRIBUTIONIO_API_SECRET=SECRET, **variables)
        assert said(result) == (
            0,
            f"Remaining in {account}: 0 waiting entries.\n"
            "1 dead letter: `pyttributionio outbox list --dead` shows why.\n",
            "",
        )
        assert received(server)[2:] == ["waits-1", "waits-2"]
        assert [line["id"] for line in lines("list", "--directory", tmp_path)] == ["bad"]


def test_drain_for_programs_has_stable_keys(tmp_path: Path) -> None:
    """The account comes from options."""
    with left_behind(tmp_path, OK) as (server, account):
        options = ("--api-key", "KEY", "--tracking-url", server.url, "--in-flight", 1, "--directory", tmp_path)
        assert lines("drain", *options) == [
            {"account": account, "waiting": 0, "dead": 1, "held": 0, "elsewhere": 0, "interrupted": False}
        ]


def test_drain_sends_nothing_twice_if_asked(tmp_path: Path) -> None:
    """An entry whose answer is lost is a dead letter, and the list says so."""
    with left_behind(tmp_path, Reset(), OK) as (server, _):
        options = ("--api-key", "KEY", "--tracking-url", server.url, "--directory", tmp_path)
        (line,) = lines("drain", "--in-flight", 1, "--retry-posts", "unsent", *options)
        assert (line["waiting"], line["dead"]) == (0, 2)
        assert received(server)[2:] == ["waits-1", "waits-2"]
        listed = ran("list", "--dead", "--directory", tmp_path, COLUMNS="200").stdout
        assert "may have arrived: Re" in listed
        assert [each["cause"] for each in lines("list", "--dead", "--directory", tmp_path)] == ["refused", "uncertain"]


@pytest.mark.parametrize("timeout", [0, 0.05])
def test_drain_has_exit_code_1_if_entries_remain(tmp_path: Path, timeout: float) -> None:
    """The server does not answer until the time is over: the entries are kept."""
    with left_behind(tmp_path, Hang()) as (server, account):
        options = ("--api-key", "KEY", "--tracking-url", server.url, "--directory", tmp_path)
        result = ran("drain", "--timeout", timeout, *options)
        assert result.exit_code == 1
        assert result.stdout.startswith(f"Remaining in {account}: 2 waiting entries.\n")
        assert [line["id"] for line in lines("list", "--waiting", "--directory", tmp_path)] == ["waits-1", "waits-2"]


def test_entries_that_this_process_still_owns_remain(tmp_path: Path) -> None:
    """The process ends now, so it does not deliver them; no other running process owns them."""
    with left_behind(tmp_path, OK) as (server, account):
        lock = hold(tmp_path / account / "shard-000.lock")
        assert lock
        options = ("--api-key", "KEY", "--tracking-url", server.url, "--directory", tmp_path)
        (line,) = lines("drain", *options, code=1)
        assert (line["waiting"], line["held"]) == (2, 0)
        lock.release()


def test_drain_prints_why_nothing_is_delivered(tmp_path: Path) -> None:
    """A line on stderr, from the outbox's log; the logger is restored, and no secret is shown."""
    log = logging.getLogger("pyttributionio.outbox")
    before = (log.level, [*log.handlers])
    with left_behind(tmp_path, answer(status=401), OK) as (server, _):
        options = ("--api-key", "KEY", "--tracking-url", server.url, "--directory", tmp_path)
        result = ran("drain", *options, PYTTRIBUTIONIO_API_SECRET=SECRET)
        refused, again = result.stderr.splitlines()
        assert refused.startswith("The outbox's requests are refused or can't be sent (status 401): check the public")
        assert again == "The outbox delivers again."
        assert result.exit_code == 0
        assert SECRET not in result.output
    assert (log.level, [*log.handlers]) == before


def test_drain_handles_signals_only_while_it_delivers(tmp_path: Path) -> None:
    """The earlier signal handlers are restored."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with left_behind(tmp_path, OK) as (server, _):
            ran("drain", "--api-key", "KEY", "--tracking-url", server.url, "--directory", tmp_path)
            assert len(received(server)) == 4
        assert [signal.getsignal(number) for number in before] == [signal.SIG_IGN, signal.SIG_IGN]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_drain_delivers_one_account_and_counts_the_others(tmp_path: Path) -> None:
    """A mistyped key delivers nothing, and makes no folder."""
    with left_behind(tmp_path, OK) as (server, account):
        options = ("--tracking-url", server.url, "--directory", tmp_path)
        text = ran("drain", "--api-key", "KAY", *options).stdout
        assert text.startswith("Remaining in KAY@")
        assert "2 more wait for another account or URL: `pyttributionio outbox status`.\n" in text
        assert lines("drain", "--api-key", "KAY", *options)[0]["elsewhere"] == 2
        assert [path.name for path in tmp_path.iterdir()] == [account]
        assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("options", "code", "reason"),
    [
        ([], 3, "no public key: use --api-key, set PYTTRIBUTIONIO_API_KEY, or store it with"),
        (["--api-key", "my key"], 2, "api_key 'my key' is not a public key"),
        (
            ["--api-key", "KEY", "--tracking-url", "http://shop.example"],
            2,
            "tracking_url 'http://shop.example' would send",
        ),
        (["--api-key", "KEY", "--tracking-url", "shop"], 2, "tracking_url 'shop' is not an absolute https:// URL"),
    ],
)
def test_wrong_account_is_one_line(tmp_path: Path, options: list[str], code: int, reason: str) -> None:
    """Nothing is sent, and no folder is made."""
    found, out, err = said(ran("drain", *options, "--directory", tmp_path, PYTTRIBUTIONIO_API_SECRET=SECRET))
    assert (found, out, err.count("\n")) == (code, "", 1)
    assert err.startswith(f"error: {reason}")
    assert [*tmp_path.iterdir()] == []


def test_http_without_encryption_is_an_option(tmp_path: Path) -> None:
    """Like a client's `allow_insecure_http`."""
    options = ("--api-key", "KEY", "--tracking-url", "http://shop.example", "--directory", tmp_path)
    assert ran("drain", "--allow-insecure-http", *options).exit_code == 0
