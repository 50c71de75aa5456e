"""The scripts of `pyttributionio completion`: checked and used by the shells that are installed here."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cli.conftest import Command

SHELLS = ["bash", "zsh", "fish", "powershell"]
CASES = [
    ("outbox dr", {"drain", "drop"}),
    ("outbox drain --retry", {"--retry-posts"}),
    ("outbox drain --retry-posts ", {"always", "unsent"}),
    ("outbox drain --retry-posts=un", {"unsent"}),
    ("customers get ada --include t", {"touchpoints"}),
    ("customers get --include events --include t", {"touchpoints"}),
    ("completion po", {"powershell"}),
    ("sandbox --seed 3 cu", {"customers"}),
    ("sandbox --api-key outbox cu", {"customers"}),  # a value is no command
    ("customers get a", set[str]()),
    ("-- ou", set[str]()),
    ("nothing ", None),
]
"""What is typed, and what is offered; None: whatever, but no error."""


@pytest.fixture
def scripts(command: Command, tmp_path: Path) -> dict[str, Path]:
    """The scripts, by the names of their shells."""
    found = {shell: tmp_path / f"script.{shell}" for shell in SHELLS}
    for shell, path in found.items():
        ended = command("completion", shell)
        assert (ended.code, ended.err) == (0, "")
        path.write_text(ended.out, encoding="utf-8")
    return found


def program(shell: str) -> str:
    """Return a shell's program; a shell that is not here is named as not run."""
    found = shutil.which("pwsh" if shell == "powershell" else shell)
    if found is None:
        pytest.skip(f"{shell} is not installed here: its script was not run")
    return found


def output(*arguments: str | Path, cwd: Path) -> str:
    """Run a shell, which must not complain."""
    done = subprocess.run([*map(str, arguments)], capture_output=True, text=True, timeout=50, check=False, cwd=cwd)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.processes
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_accepts_its_script(scripts: dict[str, Path], shell: str, tmp_path: Path) -> None:
    """Its syntax is right."""
    assert output(program(shell), "-n", scripts[shell], cwd=tmp_path) == ""


@pytest.mark.processes
def test_powershell_accepts_its_script(scripts: dict[str, Path], tmp_path: Path) -> None:
    """Its parser finds no error, and the script registers."""
    assert output(program("powershell"), "-NoProfile", "-File", scripts["powershell"], cwd=tmp_path) == ""


@pytest.mark.processes
@pytest.mark.parametrize(("typed", "offered"), CASES, ids=[typed for typed, _ in CASES])
def test_bash_offers(scripts: dict[str, Path], tmp_path: Path, typed: str, offered: set[str] | None) -> None:
    """It splits --option=value into three words."""
    words = ["pyttributionio", *re.split(" |(=)", typed)]
    shown = " ".join(f"'{word}'" for word in words if word is not None)
    code = f"source {scripts['bash']}; COMP_WORDS=({shown}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _pyttributionio; "
    found = output(program("bash"), "--norc", "-c", code + 'printf "%s\\n" "${COMPREPLY[@]}"', cwd=tmp_path)
    assert offered is None or {*found.split()} == offered


@pytest.mark.processes
def test_bash_completes_paths(scripts: dict[str, Path], tmp_path: Path) -> None:
    """Also with spaces."""
    (tmp_path / "a folder").mkdir()
    words = "pyttributionio outbox status --directory a"
    code = f"source {scripts['bash']}; COMP_WORDS=({words}); COMP_CWORD=4; _pyttributionio; "
    found = output(program("bash"), "--norc", "-c", code + 'printf "%s\\n" "${COMPREPLY[@]}"', cwd=tmp_path)
    assert found == "a folder\n"


@pytest.mark.processes
@pytest.mark.parametrize(("typed", "offered"), CASES, ids=[typed for typed, _ in CASES])
def test_fish_offers(scripts: dict[str, Path], tmp_path: Path, typed: str, offered: set[str] | None) -> None:
    """With descriptions after a tab; the value of --option=value has the option in front of it."""
    code = f"source {scripts['fish']}; complete -C 'pyttributionio {typed}'"
    found = output(program("fish"), "--no-config", "-c", code, cwd=tmp_path)
    names = {line.partition("\t")[0].partition("=")[2] or line.partition("\t")[0] for line in found.splitlines()}
    assert offered is None or names == offered


@pytest.mark.processes
@pytest.mark.parametrize(("typed", "offered"), CASES, ids=[typed for typed, _ in CASES])
def test_zsh_offers(scripts: dict[str, Path], tmp_path: Path, typed: str, offered: set[str] | None) -> None:
    """The builtins that receive the offers are replaced, because the real ones need a terminal."""
    words = ["pyttributionio", *typed.split(" ")]
    code = f"""
        compdef() {{ }}
        compset() {{ PREFIX=${{PREFIX#*=}} }}
        compadd() {{ shift; print -l -- $@ }}
        _describe() {{ print -l -- ${{${{(P)@[-1]}}%%:*}} }}
        _files() {{ print '<path>' }}
        source {scripts["zsh"]}
        words=({" ".join(f"'{word}'" for word in words)}); CURRENT={len(words)}; PREFIX='{words[-1]}'
        _pyttributionio || true
    """
    found = {*output(program("zsh"), "-f", "-c", code, cwd=tmp_path).split()}
    wanted = words[-1].partition("=")[2] if "=" in words[-1] else words[-1]
    assert offered is None or {each for each in found if each.startswith(wanted)} == offered


def test_every_command_and_option_is_in_each_script(scripts: dict[str, Path], command: Command) -> None:
    """Choices too, and descriptions where the shell shows them; no script starts the program."""
    for path in scripts.values():
        text = path.read_text(encoding="utf-8")
        for name in ("customers", "track", "identity", "doctor", "sandbox", "drain", "visitor", "include", "unsent"):
            assert re.search(rf"\b{name}\b", text), (path.name, name)
    assert "Read customers and their journeys" in scripts["fish"].read_text(encoding="utf-8")
    assert command("completion", "tcsh").code == 2
