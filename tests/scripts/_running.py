"""Run modules of scripts/ as the scripts do, in processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_module(module: str, *arguments: str, tree: Path = ROOT, folder: Path | None = None) -> "Ran":
    """Run a module of the scripts of a tree, with that tree's package.

    Args:
        module: The name of the module.
        arguments: Its arguments.
        tree: A copy of the project, or the project itself.
        folder: The current folder; None is the tree.
    """
    return run_python("-m", module, *arguments, tree=tree, folder=folder)


def run_python(*arguments: str, tree: Path = ROOT, folder: Path | None = None) -> "Ran":
    """Run Python with the scripts and the package of a tree."""
    paths = os.pathsep.join(str(tree / name) for name in ("src", "scripts"))
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder or tree,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=55,
        check=False,
    )


Ran = subprocess.CompletedProcess[str]
