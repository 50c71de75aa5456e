"""Run the tests on the oldest supported Python, with the lowest versions that pyproject.toml allows."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tasks.environment import ROOT, SCRIPTS, make
from tasks.steps import run

SUPPORTED = ("3.11", "3.12", "3.13")
"""The versions of Python that the tests have passed on, the oldest first."""
TOOLS_OF_DEV = (
    "scripts/test_fourth_call.py",
    "scripts/test_generation.py",
    "scripts/test_learn_and_generate.py",
    "project/test_contract.py",
    "_http/test_pytest_httpx.py",
    "testing/test_beside_pytest_httpx.py",
    "example_shops",
    "servers",
    "cli/credentials/test_keyrings.py",
    "outbox/test_docs.py",
    "web/test_docs.py",
    "web/test_fastapi.py",
    "doubles/test_containers.py",
    "editors",
    "browser",
)
"""Tests that need a tool of the group `dev`: the generator, schemathesis, pytest-httpx (which needs httpx 0.28),
keyring, the frameworks in the outbox's recipes, the containers and the run-time checkers, the editors' servers,
playwright."""


def _runs(python: str) -> bool:
    """Return whether an interpreter starts and can make environments."""
    return subprocess.run([python, "-m", "venv", "-h"], capture_output=True, check=False).returncode == 0


def oldest_python() -> str:
    """Return the Python in OLDEST_PYTHON, or the oldest supported one that runs here."""
    if named := os.environ.get("OLDEST_PYTHON"):
        return named
    pyenv = shutil.which("pyenv")  # its commands are on PATH also for versions that are not switched on
    root = subprocess.run([pyenv, "root"], capture_output=True, text=True, check=False).stdout.strip() if pyenv else ""
    for version in SUPPORTED:
        name = f"python{version}"
        installed = sorted(Path(root).glob(f"versions/{version}.*/bin/{name}")) if root else []
        for candidate in (shutil.which(name), *map(str, installed)):
            if candidate and _runs(candidate):
                return candidate
    return sys.executable


def tests_with_lowest_versions(*options: str) -> bool:
    """Make the environment, and run the tests in it; return whether they passed."""
    constraints = SCRIPTS / "constraints-lowest.txt"
    python = make(oldest_python(), ROOT / ".venv-lowest", "test", "django,flask,outbox,sandbox", constraints)
    run(python, "--version")
    ignored = [f"--ignore=tests/{name}" for name in TOOLS_OF_DEV]
    return run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *ignored, *options)
