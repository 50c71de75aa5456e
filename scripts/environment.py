"""Make a virtual environment with what the project needs, and run a Python file in it.

Needs CPython 3.11 or newer with pip and venv, and nothing else. What is installed is remembered by a
stamp, so the second time takes no time. Versions come from a constraints file beside this one.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = Path(__file__).resolve().parent


def requirements(project: dict[str, object], group: str) -> list[str]:
    """Return a dependency group's requirements, those of the groups it includes among them."""
    groups = project["dependency-groups"]
    assert isinstance(groups, dict)
    found: list[str] = []
    for item in groups[group]:
        found += [item] if isinstance(item, str) else requirements(project, item["include-group"])
    return found


def make(python: str, folder: Path, group: str, extras: str, constraints: Path) -> str:
    """Make or update an environment with the package and a dependency group, and return its interpreter."""
    pyproject = (ROOT / "pyproject.toml").read_text()
    editable = ["--editable", f"{ROOT}[{extras}]" if extras else str(ROOT)]
    wants = [*editable, *requirements(tomllib.loads(pyproject), group)]
    parts = [python, extras, pyproject, constraints.read_text()]
    # What `dev` holds is enough for every group that is made in the same folder.
    return install(python, folder, wants, constraints, parts, stamps=[*dict.fromkeys(("dev", group))])


def install(python: str, folder: Path, wants: list[str], constraints: Path, parts: list[str], stamps: list[str]) -> str:
    """Make an environment anew unless a stamp says that it is as wanted, and return its interpreter.

    Args:
        python: The interpreter to make it with.
        folder: Where it is.
        wants: What pip is told to install.
        constraints: The file with the versions.
        parts: Texts that make it another environment when they change.
        stamps: What may stand in the stamp's name; the last is the one that is written.
    """
    interpreter = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    files = [folder / f"installed-{name}" for name in stamps]
    if interpreter.exists() and any(file.exists() and file.read_text() == wanted for file in files):
        return str(interpreter)
    print(f"Setting up {folder.name} (once; a minute or two) ...", file=sys.stderr, flush=True)
    subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=True)
    command = [str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*command, "--constraint", str(constraints), *wants], check=True)
    files[-1].write_text(wanted)
    return str(interpreter)


def main() -> int:
    """Make .venv and run a file in it with the arguments left over."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--group", required=True, help="the dependency group to install")
    parser.add_argument("--extra", default="", help="the extras of the package to install")
    parser.add_argument("--run", required=True, nargs=argparse.REMAINDER, help="the file to run, and its arguments")
    arguments = parser.parse_args()
    python = make(sys.executable, ROOT / ".venv", arguments.group, arguments.extra, SCRIPTS / "constraints.txt")
    return subprocess.run([python, *arguments.run], check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"Setting up failed: {' '.join(map(str, error.cmd))} ended with {error.returncode}")
    except KeyboardInterrupt:
        sys.exit(130)
