"""The table of ratios, and the lines that say how it was measured."""

import subprocess
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from benchmarks.calls.clients import CLIENTS, FLOOR
from benchmarks.calls.processes import Interpreters
from benchmarks.figures import Figure
from benchmarks.tables import machine, markdown

_VERSIONS = """
from importlib.metadata import PackageNotFoundError, version
for name in {names!r}:
    try:
        print(name, version(name))
    except PackageNotFoundError:
        pass
"""
_MEASURED = ("httpx", "httpcore", "h11", "pydantic", "pydantic-core", "requests", "urllib3")
"""The packages whose versions are printed, from the environment of our package."""
_MEASURED_IN = {"transports": ("httpx2", "httpx-aiohttp", "aiohttp"), "old": ("pyttributionio",)}
"""The same for other environments; elsewhere, it is the package that the environment is named after."""


class Column(NamedTuple):
    """One column of the table."""

    title: str
    cells: dict[str, str]
    """The text of each client's cell, by the client's name."""

    figures: dict[str, Figure]
    """The figures of the cells, for programs."""


def table(names: Sequence[str], columns: Sequence[Column]) -> str:
    """Return the table: the floor's row has absolute figures, the others have ratios to the floor."""
    rows = [[CLIENTS[name].title, *(column.cells.get(name, "-") for column in columns)] for name in names]
    return markdown(["client", *(column.title for column in columns)], rows, numbers=True)


def versions(python: str, names: Sequence[str]) -> list[str]:
    """Return the names and versions of those packages that an environment has."""
    command = [python, "-c", _VERSIONS.format(names=names)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def circumstances(pythons: Mapping[str, str], server: str) -> str:
    """Return the lines that say when, where and with which versions the figures were measured."""
    found = versions(pythons[FLOOR], _MEASURED)
    others = {CLIENTS[name].environment: python for name, python in pythons.items() if CLIENTS[name].environment}
    for environment, python in others.items():
        found += versions(python, _MEASURED_IN.get(environment, (environment,)))
    return "\n".join(
        [
            f"Measured {machine()} (about 1 if nothing else runs), {interpreter(pythons)}, against {server}.",
            f"Versions: {', '.join(found)}.",
        ]
    )


def interpreter(pythons: Interpreters) -> str:
    """Return the interpreter of the clients, and how it was built: the ratios of parsing depend on it."""
    code = "import platform, sysconfig; print(platform.python_implementation(), platform.python_version(), {})"
    asked = code.format("'--enable-optimizations' in (sysconfig.get_config_var('CONFIG_ARGS') or '')")
    run = subprocess.run([pythons[FLOOR], "-c", asked], capture_output=True, text=True, check=True)
    name, version, optimised = run.stdout.split()
    return f"{name} {version} built {'with' if optimised == 'True' else 'without'} PGO"
