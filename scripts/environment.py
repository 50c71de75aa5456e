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


def make(python: str, folder: Path, group: str, extras: str | None, constraints: Path) -> str:
    """Make or update an environment with a dependency group and the package, and return its interpreter.

    Args:
        python: The interpreter to make it with.
        folder: Where.
        group: The dependency group.
        extras: The extras of the package, separated by commas; None leaves the package itself out.
        constraints: The file with the versions.
    """
    interpreter = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pyproject = ROOT / "pyproject.toml"
    parts = [python, str(extras), pyproject.read_text(), constraints.read_text()]
    wanted = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    # The group for development holds all others.
    stamps = [folder / f"installed-{name}" for name in dict.fromkeys(("dev", group))]
    if interpreter.exists() and any(stamp.exists() and stamp.read_text() == wanted for stamp in stamps):
        return str(interpreter)
    print(f"Setting up {folder.name} (once; a minute or two) ...", flush=True)
    subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=True)
    wants = requirements(tomllib.loads(pyproject.read_text()), group)
    command = [str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    package = [] if extras is None else ["--editable", f"{ROOT}[{extras}]" if extras else str(ROOT)]
    subprocess.run([*command, "--constraint", str(constraints), *package, *wants], check=True)
    stamps[-1].write_text(wanted)
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
