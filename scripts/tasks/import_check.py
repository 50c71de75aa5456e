"""Import the generated modules of a tree, and build their models, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

_PROGRAM: Final = """
import sys
from typing import get_type_hints

import pyttributionio
from pyttributionio import models
from pyttributionio.models import _customers, _generated

for module in (_generated, _customers):
    for kind in vars(module).values():
        if isinstance(kind, type) and issubclass(kind, models.Model):
            get_type_hints(kind)
            kind.model_rebuild(force=True)
for name in models.__all__:
    getattr(pyttributionio, name, None)
pyttributionio.Client, pyttributionio.AsyncClient
"""


def import_problem(root: Path) -> str | None:
    """Return why the package in a tree can't be used, or None. The last line of the error is enough to find it."""
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", _PROGRAM],
        env={**os.environ, "PYTHONPATH": str(root / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return None
    lines = done.stderr.strip().splitlines()
    where = next((line.strip() for line in reversed(lines) if line.lstrip().startswith("File ")), "")
    return f"{lines[-1] if lines else 'the interpreter ended without a message'} ({where})"
