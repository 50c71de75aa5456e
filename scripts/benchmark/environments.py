"""The environments the clients live in: ours with what it is compared to, and one for each other SDK."""

import sys

from benchmark.clients import CLIENTS
from benchmark.processes import Interpreters
from environment import ROOT, SCRIPTS, install

_BESIDE_OURS = ["requests>=2.32"]
"""What is measured in the package's own environment, besides what the package brings."""


def made(name: str, wants: list[str], constraints: str) -> str:
    """Make an environment of the running Python unless it is there, and return its interpreter."""
    file = SCRIPTS / constraints
    pyproject = (ROOT / "pyproject.toml").read_text() if "--editable" in wants else ""
    parts = [sys.executable, *wants, file.read_text(), pyproject]
    return install(sys.executable, ROOT / name, wants, file, parts, stamps=["bench"])


def interpreters(names: list[str], python: str | None) -> Interpreters:
    """Return each client's interpreter; make the environments that are missing.

    Args:
        names: The clients to be measured.
        python: An interpreter that has our package and what lives beside it; None makes .venv-bench.
    """
    found: dict[str, str] = {}
    for name in names:
        wants = [*CLIENTS[name].wants]
        if wants:
            found[name] = made(f".venv-bench-{name}", wants, "constraints-bench.txt")
        else:
            ours = ["--editable", str(ROOT), *_BESIDE_OURS]
            found[name] = python or made(".venv-bench", ours, "constraints.txt")
    return found
