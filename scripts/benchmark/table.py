"""The Markdown table, and what has to stand beside it."""

import os
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from benchmark.clients import CLIENTS, FLOOR
from benchmark.figures import Column
from benchmark.processes import Interpreters

_VERSIONS = """
from importlib.metadata import PackageNotFoundError, version
for name in {names!r}:
    try:
        print(name, version(name))
    except PackageNotFoundError:
        pass
"""
_MEASURED = ("httpx", "httpcore", "h11", "pydantic", "pydantic-core", "requests", "urllib3")
"""Whose versions are told, from the environment of our package."""
_MEASURED_IN = {"transports": ("httpx2", "httpx-aiohttp", "aiohttp"), "old": ("pyttributionio",)}
"""The same from other environments; elsewhere it is what the environment is named for."""


def markdown(head: str, columns: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Return a Markdown table."""
    lines = [f"| {head} | {' | '.join(columns)} |", "| --- |" + " --: |" * len(columns)]
    return "\n".join([*lines, *(f"| {title} | {' | '.join(cells)} |" for title, cells in rows)])


def table(names: Sequence[str], columns: Sequence[Column]) -> str:
    """Return the table of ratios: the floor's row in its own figures, the others as ratios to it."""
    rows = [(CLIENTS[name].title, [column.cells.get(name, "-") for column in columns]) for name in names]
    return markdown("client", [column.title for column in columns], rows)


def versions(python: str, names: Sequence[str]) -> list[str]:
    """Return names and versions of what an environment has of these packages."""
    command = [python, "-c", _VERSIONS.format(names=names)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def circumstances(pythons: Mapping[str, str], server: str) -> str:
    """Return when, where and with what it was measured."""
    found = versions(pythons[FLOOR], _MEASURED)
    told = {CLIENTS[name].environment: python for name, python in pythons.items() if CLIENTS[name].environment}
    for environment, python in told.items():
        found += versions(python, _MEASURED_IN.get(environment, (environment,)))
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return "\n".join(
        [
            f"Measured {datetime.now(UTC):%Y-%m-%d} on {platform.system()} {platform.machine()} with "
            f"{os.cpu_count()} cores (load at the start: {load}; without neighbours it is about 1), "
            f"{interpreter(pythons)}, against {server}.",
            f"Versions: {', '.join(found)}.",
        ]
    )


def interpreter(pythons: Interpreters) -> str:
    """Return which interpreter ran the clients, and how it was built: ratios of parsing hang on it."""
    code = "import platform, sysconfig; print(platform.python_implementation(), platform.python_version(), {})"
    asked = code.format("'--enable-optimizations' in (sysconfig.get_config_var('CONFIG_ARGS') or '')")
    run = subprocess.run([pythons[FLOOR], "-c", asked], capture_output=True, text=True, check=True)
    name, version, optimised = run.stdout.split()
    return f"{name} {version} built {'with' if optimised == 'True' else 'without'} PGO"
