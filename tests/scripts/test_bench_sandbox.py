"""The benchmark of the sandbox runs; what it measures is for people to read."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parent.parent.parent / "scripts" / "bench_sandbox.py"


def test_benchmark_prints_every_row() -> None:
    """With small amounts: events alone and with identities, pageviews, a large customer, starting, seeding."""
    command = [sys.executable, str(SCRIPT), "--quick"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=50)
    assert (ended.returncode, ended.stderr) == (0, "")
    rows = [line.split("|")[1].strip() for line in ended.stdout.splitlines() if line.startswith("| ")][2:]
    assert [row.partition(",")[0] for row in rows] == [
        "events accepted",
        "events accepted",
        "events accepted",
        "pageviews accepted",
        "200 pageviews",
        "the same bytes",
        "200 pageviews",
        "the same bytes",
        "start and stop",
        "seed 10 customers",
    ]
