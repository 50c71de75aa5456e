"""`pyttributionio outbox status`, `list` and `show`."""

import json
import re
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from support.faults import answer

from ._running import accept, damage, left_behind, lines, opened, ran, rows, said

TIME = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ"


@pytest.fixture
def left(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Return a directory without an owner, with two waiting entries and a dead letter, and the account's folder."""
    with left_behind(tmp_path) as (_, account):
        yield tmp_path, account


def test_status_has_a_row_for_each_shard_and_a_total(left: tuple[Path, str]) -> None:
    """For people; without a terminal, lines are complete at any length."""
    directory, account = left
    result = ran("status", "--directory", directory)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"Outbox in {directory}\n")
    head, shard, total = rows(result.stdout)
    assert head == ["account", "shard", "held by", "waiting", "dead", "oldest", "size"]
    assert shard[:5] == [account, "shard-000", "-", "2", "1"]
    assert shard[5].endswith(" s")
    assert shard[6].endswith(" kB")
    assert total == ["total", "1 shard", "2", "1", *shard[5:]]


def test_status_for_programs_has_stable_keys(left: tuple[Path, str]) -> None:
    """A line for each shard, and one with totals."""
    directory, account = left
    shard, total = lines("status", "--directory", directory)
    oldest, size = shard["oldest"], shard["size"]
    assert shard == {
        "type": "shard",
        "account": account,
        "shard": "shard-000",
        "holder": None,
        "waiting": 2,
        "dead": 1,
        "oldest": oldest,
        "size": size,
        "problem": None,
    }
    sums = {"directory": str(directory), "shards": 1, "waiting": 2, "dead": 1, "oldest": oldest, "size": size}
    assert total == {"type": "total", **sums, "problems": 0}
    assert size > 0
    assert oldest == lines("list", "--waiting", "--directory", directory)[0]["accepted_at"]


def test_status_names_what_is_damaged_and_what_to_do(left: tuple[Path, str]) -> None:
    """Unknown numbers are not shown as 0; after the salvage, the damaged file is listed."""
    directory, account = left
    damage(directory)
    shard, total = lines("status", "--directory", directory)
    assert (shard["waiting"], shard["dead"], shard["size"], total["problems"]) == (None, None, None, 1)
    assert "run `pyttributionio outbox salvage`" in shard["problem"]
    text = ran("status", "--directory", directory).stdout
    assert rows(text)[1] == [account, "shard-000", "-", "?", "?", "?"]
    assert f"{account}/shard-000: {shard['problem']}\n" in text
    lines("salvage", "--directory", directory)
    _, aside, _ = lines("status", "--directory", directory)
    assert aside["type"] == "quarantine"
    assert Path(aside["path"]).exists()
    text = ran("status", "--directory", directory).stdout
    assert "delete the files when you no longer need them:\n" in text
    assert f"\n  {aside['path']}\n" in text


def test_list_has_a_row_for_each_entry(left: tuple[Path, str]) -> None:
    """Waiting entries, then dead letters, with the server's answers."""
    directory, _ = left
    head, first, second, dead = rows(ran("list", "--directory", directory).stdout)
    assert head == ["id", "state", "kind", "visitor", "accepted", "attempts", "answer"]
    assert [first[:4], first[5:]] == [["waits-1", "waiting", "event ev", "visitor-7"], ["1", "status 503"]]
    assert [second[:4], second[5:]] == [["waits-2", "waiting", "event ev", "visitor-7"], ["0"]]
    assert [dead[:4], dead[5:]] == [["bad", "dead", "event ev", "visitor-7"], ["1", "status 422: no such key"]]
    assert first[4].endswith("Z")


def test_list_can_be_limited(left: tuple[Path, str]) -> None:
    """By state and number; a line says that there are more."""
    directory, _ = left

    def ids(*options: object) -> list[str]:
        return [line["id"] for line in lines("list", *options, "--directory", directory)]

    assert ids() == ["waits-1", "waits-2", "bad"]
    assert ids("--waiting") == ["waits-1", "waits-2"]
    assert ids("--dead") == ["bad"]
    assert ids("--limit", 2) == ["waits-1", "waits-2"]
    text = ran("list", "--limit", 2, "--directory", directory).stdout
    assert [row[0] for row in rows(text)] == ["id", "waits-1", "waits-2"]
    assert "more than 2 entries" in text
    assert "more than" not in ran("list", "--limit", 3, "--directory", directory).stdout


def test_a_hundred_are_listed_for_people_and_all_for_programs(tmp_path: Path) -> None:
    """A terminal can't show half a million of them."""
    outbox = opened("http://127.0.0.1:9", tmp_path, manual=True)
    accept(outbox, *map("t-{}".format, range(101)))
    text = ran("list", "--directory", tmp_path).stdout
    assert [row[0] for row in rows(text)][1:] == [f"t-{number}" for number in range(100)]
    assert "more than 100 entries" in text
    assert len(lines("list", "--directory", tmp_path)) == 101
    outbox.close()


def test_list_shows_the_entries_of_other_shards_than_a_damaged_one(left: tuple[Path, str]) -> None:
    """And reports the damage."""
    directory, account = left
    shutil.copytree(directory / account, directory / "0-before")
    damage(directory / "0-before")
    assert [line["id"] for line in lines("list", "--directory", directory, code=1)] == ["waits-1", "waits-2", "bad"]
    code, out, err = said(ran("list", "--directory", directory))
    assert [row[0] for row in rows(out)] == ["id", "waits-1", "waits-2", "bad"]
    assert (code, err.count("\n")) == (1, 1)
    assert err.startswith("error: ")
    assert "outbox salvage" in err


def test_a_row_of_invalid_text_ends_no_command_with_a_traceback(left: tuple[Path, str]) -> None:
    """`list` shows all others, and says in one line what to do. `salvage` does it."""
    directory, account = left
    with closing(sqlite3.connect(directory / account / "shard-000.db")) as connection, connection:
        connection.execute("UPDATE entries SET visitor_id = CAST(x'76ff69' AS TEXT) WHERE transaction_id = 'waits-1'")
    assert lines("status", "--directory", directory)[0]["waiting"] == 2
    result = ran("list", "--json", "--directory", directory)
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["waits-2", "bad"]
    assert result.exit_code == 1
    assert "shard-000.db has 1 unreadable entry" in result.stderr
    assert "pyttributionio outbox salvage" in result.stderr
    (checked,) = lines("salvage", "--directory", directory)
    assert (checked["saved"], checked["unreadable"]) == (2, 1)
    assert len(lines("list", "--directory", directory)) == 2


def test_list_of_nothing_says_so(tmp_path: Path) -> None:
    """Instead of an empty table."""
    assert said(ran("list", "--directory", tmp_path)) == (0, "No entries.\n", "")
    assert lines("list", "--directory", tmp_path) == []


def test_show_prints_everything(left: tuple[Path, str]) -> None:
    """By an id or its beginning; bodies are indented."""
    directory, account = left
    result = ran("show", "ba", "--directory", directory)
    assert result.exit_code == 0
    for line in (
        "id:        bad",
        "kind:      event ev",
        "visitor:   visitor-7",
        "delivered: 0 of 1 request",
        "attempts:  1 failed, the last with: status 422",
        f"shard:     {account}/shard-000",
        "answer:    status 422: no such key",
        "POST /events",
        '    "client_id": "customer-42",',
    ):
        assert line in result.stdout.splitlines()
    assert "state:     dead since 20" in result.stdout
    assert "attempts:  none failed\n" in ran("show", "waits-2", "--directory", directory).stdout


def test_show_for_programs_is_the_line_of_the_list_with_the_requests(left: tuple[Path, str]) -> None:
    """Bodies are JSON, not text with JSON in it."""
    directory, account = left
    (line,) = lines("show", "bad", "--directory", directory)
    (request,) = line.pop("requests")
    assert (request["path"], request["body"]["event"]["transaction_id"]) == ("/events", "bad")
    assert line.pop("delivered") == 0
    assert [line] == lines("list", "--dead", "--directory", directory)
    times = {"accepted_at": line["accepted_at"], "dead_lettered_at": line["dead_lettered_at"]}
    assert line == {
        "id": "bad",
        "state": "dead",
        "kind": "event",
        "event_key": "ev",
        "visitor_id": "visitor-7",
        "attempts": 1,
        "last_error": "status 422",
        "cause": "refused",
        "status": 422,
        "answer": "no such key",
        "shard": f"{account}/shard-000",
        **times,
    }
    for time in times.values():
        assert re.fullmatch(TIME, time)


def test_show_of_an_event_with_its_identity_has_both_requests(tmp_path: Path) -> None:
    """In the order in which they are sent; an identity of its own has one."""
    outbox = opened("http://127.0.0.1:9", tmp_path, manual=True)
    outbox.event("ev", visitor_id="v", transaction_id="both")
    alone = outbox.identity("customer-42", visitor_id="v").transaction_id
    (both,), (identity,) = (lines("show", each, "--directory", tmp_path) for each in ("both", alone))
    assert [request["path"] for request in both["requests"]] == ["/events", "/identities"]
    assert [request["path"] for request in identity["requests"]] == ["/identities"]
    assert (identity["kind"], identity["event_key"]) == ("identity", None)
    assert "kind:      identity\n" in ran("show", alone, "--directory", tmp_path).stdout
    outbox.close()


@pytest.mark.parametrize(
    ("name", "code", "expected"),
    [
        ("waits", 1, "'waits' is the beginning of 2 ids, such as waits-1 and waits-2"),
        (
            "none",
            4,
            "no entry has an id that begins with 'none': it may be delivered, dropped, or in another directory",
        ),
    ],
)
def test_show_of_no_single_id_is_an_error(left: tuple[Path, str], name: str, code: int, expected: str) -> None:
    """Two of several ids are named, so that the user can choose."""
    assert said(ran("show", name, "--directory", left[0])) == (code, "", f"error: {expected}\n")


def test_a_whole_id_is_not_the_beginning_of_another(tmp_path: Path) -> None:
    """Order 1 can be shown although order 12 exists."""
    outbox = opened("http://127.0.0.1:9", tmp_path, manual=True)
    accept(outbox, "order-12", "order-1")
    assert [line["id"] for line in lines("show", "order-1", "--directory", tmp_path)] == ["order-1"]
    outbox.close()


def test_text_from_outside_cannot_control_the_terminal(tmp_path: Path) -> None:
    """Neither a server's answer nor a visitor's cookie; brackets are not read as markup."""
    evil = "\x1b]0;owned\x07[red]\r\n\u202eda\u009b31m"
    with left_behind(tmp_path, refused=answer(evil, 422)):
        outbox = opened("http://127.0.0.1:9", tmp_path, manual=True)
        outbox.event("ev", visitor_id=f"v{evil}", transaction_id=f"t{evil}")
        for arguments in (["list"], ["show", "bad"], ["show", "t"]):
            text = ran(*arguments, "--directory", tmp_path).stdout
            assert all(each.isprintable() for each in text.replace("\n", ""))
            assert r"\x1b]0;owned\x07[red]\r\n\u202eda\x9b31m" in text
        outbox.close()


@pytest.mark.parametrize("command", [["status"], ["list"], ["show", "bad"], ["show", "none"]], ids=" ".join)
def test_files_and_pipes_get_no_colours(left: tuple[Path, str], command: list[str]) -> None:
    """Even if the environment asks for them."""
    result = ran(*command, "--directory", left[0], FORCE_COLOR="1")
    assert "\x1b" not in result.output
    assert result.output


@pytest.mark.parametrize(
    "arguments",
    [
        *(["list", "--waiting", "--dead"], ["list", "--limit", "0"], ["show"], ["retry"], ["retry", "--all", "x"]),
        *(["drop"], ["drop", "x", "--all-dead"], ["drop", "--all-waiting", "--all-dead"], ["retry", "--all", "--yes"]),
        *(["drain", "--timeout", "nan"], ["drain", "--timeout", "-1"], ["drain", "--in-flight", "0"]),
        *(["drain", "--in-flight", "257"], ["salvage", "--patience", "nan"], ["explode"], []),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    """Before anything is read."""
    assert ran(*arguments).exit_code == 2


def test_directory_comes_from_option_or_environment_or_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this order; if it is missing, one line names the options."""
    missing = tmp_path / "none"
    nothing = f"error: there is no outbox at {missing}: no entry was ever accepted there, or it is elsewhere\n"
    for command in (["status"], ["list"], ["show", "x"], ["retry", "--all"], ["drop", "x"], ["drain"], ["salvage"]):
        assert said(ran(*command, "--directory", missing)) == (4, "", nothing)
        assert said(ran(*command, PYTTRIBUTIONIO_OUTBOX_DIRECTORY=str(missing))) == (4, "", nothing)
    assert ran("status", "--directory", tmp_path, PYTTRIBUTIONIO_OUTBOX_DIRECTORY=str(missing)).exit_code == 0
    empty = "error: --directory is empty: give the outbox's directory\n"
    assert said(ran("status", "--directory", "")) == (2, "", empty)
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    code, out, err = said(ran("status"))
    assert (code, out) == (2, "")
    assert err.startswith("error: no directory: use --directory, set PYTTRIBUTIONIO_OUTBOX_DIRECTORY, or install ")
