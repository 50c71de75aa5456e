"""`scripts/bench drift` runs; its figures are for people."""

import pytest

from ._running import run_module

pytestmark = pytest.mark.benchmark


def test_benchmark_prints_every_row() -> None:
    """One round is enough for a median in each row."""
    ended = run_module("benchmarks.drift", "--seconds", "0")
    assert (ended.returncode, ended.stderr) == (0, "")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in ended.stdout.splitlines() if "|" in line]
    assert [row[0] for row in rows] == ["on_drift", "---", "off", "pydantic-core alone", "off, again", "on"]
    assert rows[2][2:] == ["1.000", "1.000 to 1.000"]
    assert all(float(row[1]) > 0 for row in rows[2:])
