"""The environments the clients live in: ours with what it is compared to, and one for each other SDK."""

import subprocess
import sys

from benchmark.clients import CLIENTS
from benchmark.processes import Interpreters
from environment import ROOT, SCRIPTS, install

_OURS = ["--editable", str(ROOT)]
_WANTS = {
    "": [*_OURS, "requests>=2.32"],
    "transports": [*_OURS, "httpx2", "httpx-aiohttp"],
    "old": ["pyttributionio", "requests"],  # which it needs, and doesn't say
    "openai": ["openai"],
    "anthropic": ["anthropic"],
    "stripe": ["stripe", "httpx"],  # httpx is for its async calls
    "workos": ["workos"],
}
"""What each environment has, besides what that brings."""


def made(environment: str) -> str:
    """Make an environment of the running Python unless it is there, and return its interpreter."""
    wants = _WANTS[environment]
    # Our package, and what is measured with it, has the versions that it is developed with.
    is_ours = "--editable" in wants
    file = SCRIPTS / ("constraints.txt" if is_ours else "constraints-bench.txt")
    pyproject = (ROOT / "pyproject.toml").read_text() if is_ours else ""
    folder = ROOT / (f".venv-bench-{environment}" if environment else ".venv-bench")
    parts = [sys.executable, *wants, file.read_text(), pyproject]
    interpreter = install(sys.executable, folder, wants, file, parts, stamps=["bench"])
    if is_ours:
        # pip has compiled the others; ours is read from its source, and some machines keep no bytecode by themselves.
        subprocess.run([interpreter, "-m", "compileall", "-q", str(ROOT / "src")], check=True)
    return interpreter


def interpreters(names: list[str], python: str | None) -> Interpreters:
    """Return each client's interpreter; make the environments that are missing.

    Args:
        names: The clients to be measured.
        python: An interpreter that has our package and what lives beside it; None makes .venv-bench.
    """
    found: dict[str, str] = {"": python} if python else {}
    for name in names:
        environment = CLIENTS[name].environment
        if environment not in found:
            found[environment] = made(environment)
    return {name: found[CLIENTS[name].environment] for name in names}
