"""Every Python block of the README and of docs/ runs, against a sandbox in place of the vendor.

Blocks in `python` run here. Those of docs/outbox.md, docs/fastapi.md and docs/flask.md are programs for frameworks,
which tests/outbox/test_docs.py and tests/web/test_docs.py run.
Blocks of other languages do not run: `sh` installs packages, starts servers and measures for minutes, and test_pages.py
checks that the scripts, commands and extras in it are there; `console` and `text` are output; `html` is for a browser.
"""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from project._pages import DOCS, PAGES, README, ROOT, Block
from pyttributionio import Client
from pyttributionio.sandbox import Sandbox

PYTHON = [
    (page.name, block) for page in [README, *DOCS.values()] for block in page.blocks if block.language == "python"
]
ELSEWHERE = {"docs/outbox.md", "docs/fastapi.md", "docs/flask.md"}
"""The pages whose blocks run in tests of their own."""
TESTS = [(name, block) for name, block in PYTHON if "def test_" in block.code and name not in ELSEWHERE]
PROGRAMS = [each for each in PYTHON if each not in TESTS and each[0] not in ELSEWHERE]


@pytest.fixture
def _vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stand in for the vendor, with the account and the customers of the pages."""
    with Sandbox(api_key="PUBLIC_KEY", api_secret="SECRET") as sandbox:
        monkeypatch.setenv("PYTTRIBUTIONIO_BASE_URL", sandbox.base_url)
        monkeypatch.setenv("PYTTRIBUTIONIO_TRACKING_URL", sandbox.tracking_url)
        sandbox.add_pageview("visitor-7", "https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=autumn")
        with Client("PUBLIC_KEY") as client:
            for customer in ("customer-42", "customer-43"):
                client.tracking.identity(customer, visitor_id=f"visitor-of-{customer}")
        yield


@pytest.mark.usefixtures("_vendor")
@pytest.mark.parametrize(("name", "block"), PROGRAMS, ids=[f"{name}-{block.first_line}" for name, block in PROGRAMS])
def test_block_runs(name: str, block: Block, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A new user can copy each block as it stands; files that it makes are made elsewhere."""
    monkeypatch.chdir(tmp_path)
    exec(compile(block.code, name, "exec"), {"__name__": "page"})


@pytest.mark.processes
def test_tests_of_the_pages_pass(tmp_path: Path) -> None:
    """Those that a user copies into a suite, run by pytest in a folder of their own."""
    # pytest-httpx needs one minor version of httpx, so the environment of the lowest dependencies does not have it.
    left_out = () if importlib.util.find_spec("pytest_httpx") else ("pytest_httpx",)
    wanted = [block for _, block in TESTS if not any(name in block.code for name in left_out)]
    for number, block in enumerate(wanted):
        tmp_path.joinpath(f"test_{number}.py").write_text(block.code, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:pyttributionio"]
    command += ["-p", "_pyttributionio_pytest", f"--rootdir={tmp_path}", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert f"{sum(block.code.count('def test_') for block in wanted)} passed" in done.stdout


def test_every_block_is_in_a_language_that_is_known_here() -> None:
    """A block in another one would be run by nobody, and nobody would know."""
    assert {block.language for page in PAGES for block in page.blocks} <= {"python", "sh", "console", "text", "html"}


@pytest.mark.usefixtures("_vendor")
def test_first_block_prints_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    """The ten lines show a touchpoint's time, channel and campaign, and the event that was posted."""
    exec(compile(PROGRAMS[0][1].code, "README.md", "exec"), {"__name__": "readme"})
    touchpoint, events = capsys.readouterr().out.splitlines()
    assert touchpoint.endswith("+00:00 paid_search autumn")
    assert events == "['ev_signup']"


@pytest.mark.usefixtures("_vendor")
def test_failing_block_prints_the_status_and_the_url_without_the_secret(capsys: pytest.CaptureFixture[str]) -> None:
    """The failing case ends in the error that it names."""
    exec(compile(PROGRAMS[1][1].code, "README.md", "exec"), {"__name__": "readme"})
    shown = capsys.readouterr().out
    assert shown.startswith("404 http://127.0.0.1:")
    assert shown.endswith("/api/v1/PUBLIC_KEY/customers/customer-99\n")
