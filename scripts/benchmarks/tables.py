"""Markdown tables, and the lines that say where their figures were measured."""

import os
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: bool = False) -> str:
    """Return a Markdown table; with `numbers`, all columns except the first are aligned to the right."""
    rule = ["---", *["--:" if numbers else "---"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))


def machine() -> str:
    """Return the date, the machine, and its load now."""
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    system = f"{platform.system()} {platform.machine()} with {os.cpu_count()} cores"
    return f"{datetime.now(UTC):%Y-%m-%d}, {system}, load {load} at the start"


def python() -> str:
    """Return the Python that runs this."""
    return f"{platform.python_implementation()} {platform.python_version()}"
