"""Make a virtual environment with what the project needs, and run a module of scripts/ in it.

Needs CPython 3.11 or newer with pip and venv, and nothing else. A stamp remembers what is installed, so that
the second run starts at once. Versions come from a constraints file of scripts/.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent.parent
ROOT = SCRIPTS.parent
CONSTRAINTS = SCRIPTS / "constraints.txt"
PIP_INSTALL = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")


def read_project() -> dict[str, dict[str, object]]:
    """Return what pyproject.toml says."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def requirements(group: str) -> list[str]:
    """Return the requirements of a dependency group, with those of the groups that it includes."""
    items = read_project()["dependency-groups"][group]
    assert isinstance(items, list)
    found: list[str] = []
    for item in items:
        found += [item] if isinstance(item, str) else requirements(item["include-group"])
    return found


def command_of(folder: Path, name: str = "python") -> str:
    """Return the path of a command in a virtual environment."""
    return str(folder / "Scripts" / f"{name}.exe" if os.name == "nt" else folder / "bin" / name)


def make(python: str, folder: Path, group: str, extras: str, constraints: Path = CONSTRAINTS) -> str:
    """Make or update an environment with the package and a dependency group, and return its interpreter."""
    editable = ["--editable", f"{ROOT}[{extras}]" if extras else str(ROOT)]
    parts = [python, extras, (ROOT / "pyproject.toml").read_text(encoding="utf-8"), constraints.read_text()]
    # The group `dev` contains every other group that is installed in the same folder.
    stamps = [*dict.fromkeys(("dev", group))]
    return install(python, folder, [*editable, *requirements(group)], constraints, parts, stamps)


def install(
    python: str, folder: Path, wants: Sequence[str], constraints: Path, parts: Sequence[str], stamps: Sequence[str]
) -> str:
    """Make an environment, unless a stamp says that it is up to date, and return its interpreter.

    Args:
        python: The interpreter to make it with.
        folder: Where it is.
        wants: The arguments for pip.
        constraints: The file with the versions.
        parts: Texts; when one of them changes, the environment is made again.
        stamps: The names of the stamps that may vouch for it; the last one is written.
    """
    interpreter = command_of(folder)
    wanted = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    files = [folder / f"installed-{name}" for name in stamps]
    if Path(interpreter).exists() and any(file.exists() and file.read_text() == wanted for file in files):
        return interpreter
    print(f"Setting up {folder.name} (once; a minute or two) ...", file=sys.stderr, flush=True)
    subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=True)
    subprocess.run([interpreter, *PIP_INSTALL, "--constraint", str(constraints), *wants], check=True)
    files[-1].write_text(wanted)
    return interpreter


def with_scripts() -> dict[str, str]:
    """Return the environment variables of a process that imports the modules of scripts/ by their full names."""
    paths = [str(SCRIPTS), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))}


def run_module(python: str, module: str, arguments: Sequence[str]) -> int:
    """Run a module of scripts/ with an interpreter, and return its exit code."""
    return subprocess.run([python, "-m", module, *arguments], env=with_scripts(), check=False).returncode


def main() -> int:
    """Make .venv, and run a module in it with the remaining arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--group", required=True, help="the dependency group to install")
    parser.add_argument("--extra", default="", help="the extras of the package to install")
    parser.add_argument("--run", required=True, nargs=argparse.REMAINDER, help="the module, and its arguments")
    arguments = parser.parse_args()
    python = make(sys.executable, ROOT / ".venv", arguments.group, arguments.extra)
    module, *rest = arguments.run
    return run_module(python, module, rest)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"Setting up failed: {' '.join(map(str, error.cmd))} ended with {error.returncode}")
    except KeyboardInterrupt:
        sys.exit(130)
