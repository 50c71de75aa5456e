"""`scripts/bench plugin` runs; its figures are for people."""

import sys

import pytest

from ._running import run_module

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(sys.platform == "win32", reason="it measures with getrusage, which Windows does not have"),
]


def test_benchmark_prints_every_row() -> None:
    """One round is enough for a median in each row."""
    ended = run_module("benchmarks.plugin", "--rounds", "1")
    assert (ended.returncode, ended.stderr) == (0, "")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in ended.stdout.splitlines() if "|" in line]
    assert [row[0] for row in rows] == ["plugin", "---", "without", "with", "without, again"]
    assert rows[2][2:] == ["+0.0", "+0.0 to +0.0"]
    assert all(float(row[1]) > 0 for row in rows[2:])
