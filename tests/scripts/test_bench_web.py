"""`scripts/bench web` runs; its figures are for people."""

import pytest

from ._running import run_module

DJANGO = ["Django, a page that reads no visit", "Django, a page that reads the visit"]
pytestmark = pytest.mark.benchmark


def test_quick_run_prints_every_row() -> None:
    """Each application without and with its middleware."""
    ended = run_module("benchmarks.web", "--quick")
    assert (ended.returncode, ended.stderr) == (0, "")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in ended.stdout.splitlines() if "|" in line]
    names = ["ASGI", "ASGI, with a function for consent", "Starlette", "WSGI", "Flask", *DJANGO]
    assert [row[0] for row in rows] == ["application", "---", *names]
    assert all("±" in cell for row in rows[2:] for cell in row[1:])
