"""Build the sdist and the wheel, and use the wheel as a new user would."""

import sys
import tempfile
from pathlib import Path

from tasks.environment import CONSTRAINTS, PIP_INSTALL, ROOT, SCRIPTS, command_of
from tasks.steps import run


def package() -> bool:
    """Build both, install the wheel alone in a new environment, and use it; return whether all of it succeeded."""
    with tempfile.TemporaryDirectory() as folder:
        if not run(sys.executable, "-m", "build", "--outdir", folder, str(ROOT)):
            return False
        wheel = next(Path(folder).glob("*.whl"))
        environment = Path(folder) / "venv"
        python = command_of(environment)
        return (
            run(sys.executable, "-m", "venv", str(environment))
            and run(python, *PIP_INSTALL, "--constraint", str(CONSTRAINTS), str(wheel))
            and run(python, "-I", str(SCRIPTS / "tasks" / "try_wheel.py"))
        )
