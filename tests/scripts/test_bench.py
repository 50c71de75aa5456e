"""`scripts/bench`: the list of its suites."""

import pytest

from benchmarks.__main__ import SUITES, main


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_suites_are_listed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Without a suite, each is named with a line that says what it measures."""
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [*SUITES] == ["calls", "sandbox", "outbox", "drift", "web", "plugin"]
    assert [line.split()[0] for line in lines if line.startswith("  ")] == [*SUITES]


def test_unknown_suite_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """With the suites that there are, and exit code 2."""
    assert main(["call", "--quick"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("there is no suite 'call'\n\nusage: scripts/bench SUITE")
    assert all(name in err for name in SUITES)


def test_every_suite_can_be_run() -> None:
    """By its module's `main`."""
    for suite in SUITES.values():
        assert callable(__import__(suite.module, fromlist=["main"]).main)
