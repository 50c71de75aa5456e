"""The environments of the clients: one for our package, and one for each other SDK."""

import subprocess
import sys

from benchmarks.calls.clients import CLIENTS
from benchmarks.calls.processes import Interpreters
from tasks.environment import CONSTRAINTS, ROOT, SCRIPTS, install

_OURS = ["--editable", str(ROOT)]
_WANTS = {
    "": [*_OURS, "requests>=2.32"],
    "transports": [*_OURS, "httpx2", "httpx-aiohttp"],
    "old": ["pyttributionio", "requests"],  # it needs requests, and does not declare it
    "openai": ["openai"],
    "anthropic": ["anthropic"],
    "stripe": ["stripe", "httpx"],  # its async calls use httpx
    "workos": ["workos"],
}
"""The requirements of each environment."""


def make(environment: str) -> str:
    """Make an environment with the running Python unless it exists, and return its interpreter."""
    wants = _WANTS[environment]
    # Our package is measured with the versions that it is developed with.
    is_ours = "--editable" in wants
    file = CONSTRAINTS if is_ours else SCRIPTS / "constraints-bench.txt"
    pyproject = (ROOT / "pyproject.toml").read_text() if is_ours else ""
    folder = ROOT / (f".venv-bench-{environment}" if environment else ".venv-bench")
    parts = [sys.executable, *wants, file.read_text(), pyproject]
    interpreter = install(sys.executable, folder, wants, file, parts, stamps=["bench"])
    if is_ours:
        # pip has compiled the other packages; ours is imported from its source, and some machines write no bytecode.
        subprocess.run([interpreter, "-m", "compileall", "-q", str(ROOT / "src")], check=True)
    return interpreter


def interpreters(names: list[str], python: str | None) -> Interpreters:
    """Return each client's interpreter; make the environments that are missing.

    Args:
        names: The clients to measure.
        python: An interpreter with our package and requests; None makes .venv-bench.
    """
    found: dict[str, str] = {"": python} if python else {}
    for name in names:
        environment = CLIENTS[name].environment
        if environment not in found:
            found[environment] = make(environment)
    return {name: found[CLIENTS[name].environment] for name in names}
