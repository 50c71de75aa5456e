"""The shell blocks of docs/command-line.md run, from the first to the last, as a new user would type them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pyttributionio import Client
from pyttributionio.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
BLOCKS = [
    code for code in re.findall(r"^```sh\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE) if "pip " not in code
]


@pytest.mark.processes
@pytest.mark.timeout(240)  # it starts about fifty programs
@pytest.mark.skipif(os.name == "nt", reason="the page is written for bash")
def test_shell_blocks_run(sandbox: Sandbox, client: Client, tmp_path: Path) -> None:
    """Each line succeeds; stderr has no traceback."""
    sandbox.seed(3)
    client.tracking.identity("customer-42", visitor_id="visitor-7")
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "pyttributionio"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -W error -m pyttributionio "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    setup = f'set -eo pipefail\neval "$(pyttributionio sandbox env {sandbox.tracking_url} --shell bash)"\n'
    environment = {
        **os.environ,
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), *sys.path]),
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    assert len(BLOCKS) >= 6
    for code in BLOCKS:
        script = setup + code.replace("http://127.0.0.1:8000", sandbox.tracking_url)
        done = subprocess.run(
            ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{code}\n{done.stderr}"
        assert "Traceback" not in done.stderr
