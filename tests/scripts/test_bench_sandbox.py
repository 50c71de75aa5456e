"""`scripts/bench sandbox` runs; its figures are for people."""

import pytest

from ._running import run_module

pytestmark = pytest.mark.benchmark


def test_benchmark_prints_every_row() -> None:
    """With small amounts: events alone and with identities, pageviews, a large customer, starting, seeding."""
    ended = run_module("benchmarks.sandbox.suite", "--quick")
    assert (ended.returncode, ended.stderr) == (0, "")
    rows = [line.split("|")[1].strip() for line in ended.stdout.splitlines() if line.startswith("| ")][2:]
    assert [row.partition(",")[0] for row in rows] == [
        "events accepted",
        "events accepted",
        "events accepted",
        "pageviews accepted",
        "200 pageviews",
        "the same bytes",
        "200 pageviews",
        "the same bytes",
        "start and stop",
        "seed 10 customers",
    ]
