"""`scripts/bench calls`: the parts of its tables, and a quick run with our client and plain httpx."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks import figures
from benchmarks.calls import (
    clients,
    environments,
    features,
    instructions,
    interface,
    payloads,
    processes,
    profiles,
    profiling,
    rounds,
    server,
    worker,
)

from ._running import ROOT, run_module

pytestmark = pytest.mark.benchmark


class Scripted:
    """A client's process that takes the seconds it is told to, one slice after the other."""

    def __init__(self, name: str, *seconds: float) -> None:
        self.name = name
        self.seconds = list(seconds)

    def carry_out(self, order: str) -> dict[str, float]:
        """Take as long as the script says; wall time is ten times that."""
        taken = self.seconds.pop(0)
        return {"cpu": taken, "wall": taken * 10}


def test_quick_run_fills_every_cell(tmp_path: Path) -> None:
    """One command prints one Markdown table with a figure in each cell, and what it was measured with."""
    saved = tmp_path / "figures.json"
    options = ("--quick", "--only", "floor,ours", "--python", sys.executable, "--json", str(saved))
    run = run_module("benchmarks", "calls", *options)
    assert run.returncode == 0, run.stderr
    head, _, floor, ours, _, about, versions, note = run.stdout.splitlines()
    titles = [title.strip() for title in head.strip("|").split("|")]
    assert len(titles) == len(rounds.COLUMNS) + 5
    for row, title in ((floor, "httpx + json.loads"), (ours, "**pyttributionio**")):
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert cells[0] == title
        assert len(cells) == len(titles)
        assert all(any(character.isdigit() for character in cell) for cell in cells[1:]), row
    assert about.startswith("Measured 20")
    assert f"httpx {httpx.__version__}" in versions
    assert note == "A quick run: it shows that the suite works; the figures mean nothing."
    columns = json.loads(saved.read_text())["columns"]
    assert [*columns] == titles[1:]
    assert all(figure["median"] > 0 for column in columns.values() for figure in column.values())


def test_models_are_shown_feature_by_feature() -> None:
    """Each as a ratio to the plainest models, which have the first row."""
    run = run_module("benchmarks", "calls", "--models", "--quick", "--python", sys.executable)
    assert run.returncode == 0, run.stderr
    head, _, plain, *others = [line for line in run.stdout.splitlines() if line.startswith("|")]
    assert head == "| reading an answer | M | L |"
    assert plain.startswith("| the plainest models | ")
    assert [row.split("|")[1].strip()[:12] for row in others] == [
        "+ unknown fi",
        "+ ids are te",
        "+ times in e",
        "+ all three",
        "our models",
    ]
    assert all("±" in cell for row in others for cell in row.split("|")[2:4])


def test_every_reader_of_models_reads_all() -> None:
    """A feature that skipped a part would look cheap."""
    for read in features.readers().values():
        found = read(payloads.answer("M"))
        assert worker.children(found) == payloads.CHILDREN["M"]
    assert features.readers()["+ all three"](payloads.answer("S")).customer.id == "7"


def test_unknown_client_is_refused_by_its_name() -> None:
    """The message says which name is wrong, and which there are."""
    run = run_module("benchmarks", "calls", "--only", "floor,curl")
    assert run.returncode == 2
    assert "there is no client curl; there are floor," in run.stderr


def test_ratio_is_to_the_floor_before_and_after() -> None:
    """A machine that slows down steadily doesn't make the later client look worse."""
    slices = rounds.Slices("GET S", "get S", 1)
    found = rounds.one_round(slices, 1, [Scripted("floor", 1, 3, 5), Scripted("ours", 1), Scripted("other", 8)])
    assert found == {"floor": 3, "ours": 0.5, "other": 2}


def test_speed_is_the_ratio_upside_down() -> None:
    """Where more is better, twice the time is half the speed; throughput is by the clock on the wall."""
    slices = rounds.Slices("64 tasks", "async 64", 10, "wall", faster=True)
    found = rounds.one_round(slices, 10, [Scripted("floor", 1, 1), Scripted("ours", 2)])
    assert found == {"floor": 1, "ours": 0.5}


def test_client_without_async_has_no_cell_there() -> None:
    """Requests is left out of the columns of tasks, not given a figure."""
    slices = rounds.Slices("64 tasks", "async 64", 10, "wall", faster=True)
    column = rounds.measure(slices, 1, 1, [Scripted("floor", 1, 1), Scripted("requests"), Scripted("ours", 2)])
    assert column.cells == {"floor": "1/s", "ours": "0.50 ±0.00"}


def test_figure_is_median_and_half_the_distance_of_the_quartiles() -> None:
    """One wild round moves neither."""
    assert figures.figure([1, 2, 3, 4, 1000]) == (3, 1)
    assert figures.figure([7]) == (7, 0)
    assert figures.ratio(figures.Figure(0.678, 0.012)) == "0.68 ±0.01"
    assert figures.ratio(figures.Figure(12.34, 0.5)) == "12.3 ±0.5"


class Idle(interface.Adapter, interface.Concurrent):
    """An adapter that counts its calls, and whose `post` sends two posts."""

    posts = 2

    def __init__(self, answer: object = None) -> None:
        super().__init__("http://127.0.0.1")
        self.calls: list[str] = []
        self.answer = answer

    def get(self, size: str) -> object:
        """Count a read."""
        self.calls.append(size)
        return self.answer

    def post(self) -> object:
        """Count a post."""
        self.calls.append("post")
        return None

    def parser(self, size: str) -> Callable[[], object]:
        """Parse nothing."""
        return lambda: self.answer

    def opened(self) -> AbstractAsyncContextManager[Any]:
        """Open nothing."""
        return nullcontext(self.get_later)

    async def get_later(self, size: str) -> object:
        """Count a read after a turn of the event loop."""
        await asyncio.sleep(0)
        return self.get(size)


@contextmanager
def made_worker(adapter: Idle, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Make a worker of an adapter; its event loop is closed at the end, whatever happens."""
    monkeypatch.setattr(worker, "adapter", lambda _: lambda _: adapter)
    made = worker.Worker("idle", adapter.address)
    try:
        yield made
    finally:
        made.runner.close()


def test_call_that_sends_two_posts_is_made_half_as_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The old wrapper's event brings its identity along: a slice has as many posts as anyone's."""
    idle = Idle()
    with made_worker(idle, monkeypatch) as made:
        made.carry_out("post - 10")
    assert idle.calls == ["post"] * 5


def test_tasks_share_the_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """64 tasks make as many calls in all as the slice has, not each."""
    idle = Idle()
    with made_worker(idle, monkeypatch) as made:
        made.carry_out("async 64 100")
    assert len(idle.calls) == 100


@pytest.mark.parametrize(
    ("order", "before"),
    [("get L 1", ["S", "S"]), ("post - 4", ["post"]), ("async 3 9", ["S"] * 6), ("parse M 2", [])],
)
def test_slice_begins_on_open_connections(order: str, before: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Who closes unused connections early doesn't pay for the turns of others: calls before the slice don't count."""
    idle = Idle()
    with made_worker(idle, monkeypatch) as made:
        made.warm_up(order)
    assert idle.calls == before


@pytest.mark.parametrize("answer", [None, {"customer": {"pageviews": []}}, {"customer": {}}])
def test_client_that_skips_work_is_not_measured(answer: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes out of a call must have the children that were sent."""
    with made_worker(Idle(answer), monkeypatch) as made, pytest.raises(AssertionError, match="0 pageviews in S"):
        made.check()


def test_own_server_gives_what_all_clients_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nginx is missing: the same bytes, also where a request comes in pieces, and 404 for the rest."""
    monkeypatch.setattr(server.shutil, "which", lambda *args, **kwargs: None)
    with server.serving() as running, httpx.Client(base_url=running.address, timeout=30) as client:
        assert "IT is the limit" in running.description
        assert client.get("/nothing").status_code == 404
        assert client.post("/events", content=iter([b"{", b"}"]), headers={"Content-Length": "2"}).json()["event"]
        for size in ("S", "M"):
            assert client.get(f"{payloads.CUSTOMERS}/{size}?secret=s").content == payloads.answer(size)


def test_answers_have_the_children_they_say() -> None:
    """S, M and L are of the sizes that the targets speak of."""
    customer = json.loads(payloads.answer("M"))["customer"]
    assert [len(customer[name]) for name in ("pageviews", "touchpoints", "events", "identities")] == [100] * 4
    assert 1_100 < len(payloads.answer("S")) < 1_500


def test_instructions_are_the_difference_of_n_and_2n(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the process's start takes is in both, and so in neither."""
    start = 1_000_000
    monkeypatch.setattr(
        instructions,
        "count",
        lambda valgrind, python, name, address, orders: {each: start + 7 * int(each.split()[-1]) for each in orders},
    )
    assert instructions.per_call("", "", "ours", "", {"GET S": "get S 100", "GET M": "get M 20"}) == {
        "GET S": 7,
        "GET M": 7,
    }


def test_missing_valgrind_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback: how to get it."""
    monkeypatch.setattr(instructions.shutil, "which", lambda _: None)
    with pytest.raises(SystemExit, match="apt-get install valgrind"):
        instructions.find_valgrind()


def test_profile_takes_its_own_cost_out_by_calls() -> None:
    """What looks as dear as the rest by cProfile, but is called 900 times, owes most of that to the profiler."""
    many = ("/x/site-packages/httpx/_client.py", 1, "many")
    few = ("/x/site-packages/h11/_reader.py", 1, "few")
    stats = {many: (900, 900, 1.0, 1.0, {}), few: (100, 100, 1.0, 1.0, {})}
    assert profiling.seconds_by_package(stats, 1.0, 1.0) == pytest.approx({"httpx": 0.1, "h11": 0.9})


def test_profile_takes_the_callers_share_of_its_cost_from_the_caller() -> None:
    """A small function that is called often is not taken for free, nor its caller for dear."""
    caller = ("/x/site-packages/httpx/_client.py", 1, "caller")
    leaf = ("~", 0, "<method 'fullmatch' of 're.Pattern' objects>")
    # Of 1,000 calls the profiler added a second, a quarter of it to the leaf, which itself takes a second.
    stats = {caller: (0, 0, 1.75, 3.0, {}), leaf: (1000, 1000, 1.25, 1.25, {caller: (1000, 1000, 1.25, 1.25)})}
    spent = profiling.seconds_by_package(stats, 2.0, 0.25)
    assert spent == pytest.approx({"httpx": 1.0, "regular expressions": 1.0})


def test_function_in_c_counts_where_it_belongs() -> None:
    """A socket's call is the socket's; a dict's is of the package that called it."""
    caller = ("/x/src/pyttributionio/_client.py", 1, "call")
    receive = ("~", 0, "<method 'recv' of '_socket.socket' objects>")
    get = ("~", 0, "<method 'get' of 'dict' objects>")
    stats = {
        caller: (1, 1, 1.0, 4.0, {}),
        receive: (1, 1, 2.0, 2.0, {caller: (1, 1, 2.0, 2.0)}),
        get: (1, 1, 1.0, 1.0, {caller: (1, 1, 1.0, 1.0)}),
    }
    assert profiling.seconds_by_package(stats, 4.0, 0.5) == pytest.approx({"pyttributionio": 2.0, "socket": 2.0})


def test_profile_table_sums_small_packages_up() -> None:
    """Each column adds up to its last line."""
    table = profiles.one_table("ours", {"GET S": profiles.Counter({"httpx": 997e-6, "enum": 3e-6})})
    assert table.splitlines()[2:] == [
        "| httpx | 997 µs, 100% |",
        "| all others | 3 µs, 0% |",
        "| **a call** | 1,000 µs, 100% |",
    ]


def test_each_peer_is_pinned() -> None:
    """Two runs of one commit measure the same versions."""
    files = ("constraints.txt", "constraints-bench.txt")
    lines = "\n".join((ROOT / "scripts" / name).read_text() for name in files).splitlines()
    pinned = {line.partition("==")[0] for line in lines}
    wanted = {name.partition(">")[0] for wants in environments._WANTS.values() for name in wants}
    assert wanted - {"--editable", str(ROOT)} <= pinned
    assert {"openai", "anthropic", "stripe", "workos", "pyttributionio"} <= wanted
    assert {client.environment for client in clients.CLIENTS.values()} == environments._WANTS.keys()


def test_proxies_of_the_environment_are_kept_from_the_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing stands between a client and the loopback server."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:9")
    environment = processes.worker_environment()
    assert not {name for name in environment if name.lower().endswith("_proxy")}
