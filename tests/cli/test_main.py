"""The command itself: its name, its requirements, and its messages without them."""

import sys
from importlib.metadata import entry_points

import pytest

from pyttributionio import __version__, cli

from ._command import ended_at_once

WITHOUT = "import sys; sys.modules[{missing!r}] = None; from pyttributionio.cli import main; sys.exit(main())"


def test_script_is_installed_under_the_packages_name() -> None:
    """`pyttributionio`, and the same by `python -m pyttributionio`."""
    (script,) = entry_points(group="console_scripts", name="pyttributionio")
    assert script.load() is cli.main
    assert ended_at_once("--version") == (0, f"pyttributionio {__version__}\n", "")


def test_help_names_the_commands(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """And each option of the sandbox, with the variable of its secret."""
    monkeypatch.setenv("COLUMNS", "200")
    for arguments, expected in (
        (["--help"], ["--version", "sandbox", "outbox"]),
        (
            ["sandbox", "--help"],
            [
                *("--host", "--port", "--db", "--api-key", "--account", "--seed", "--random-seed"),
                *("--fault", "--json", "PYTTRIBUTIONIO_SANDBOX_SECRET", "SANDBOX_KEY", "in memory"),
            ],
        ),
    ):
        monkeypatch.setattr(sys, "argv", ["pyttributionio", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == 0
        shown = capsys.readouterr().out
        assert all(name in shown for name in expected)


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_without_its_extra_the_command_prints_how_to_install_it(missing: str) -> None:
    """On stderr, with exit code 1."""
    hint = (
        "error: the command line needs typer and rich: pip install 'pyttributionio[cli]', "
        "or 'pyttributionio[sandbox]' for the sandbox with its command\n"
    )
    assert ended_at_once(code=WITHOUT.format(missing=missing)) == (1, "", hint)


def test_sandbox_without_its_extra_prints_how_to_install_it() -> None:
    """The rest of the command line works without it."""
    hint = "error: The sandbox needs Starlette and uvicorn: pip install 'pyttributionio[sandbox]'\n"
    assert ended_at_once("sandbox", code=WITHOUT.format(missing="uvicorn")) == (1, "", hint)
    assert ended_at_once("--version", code=WITHOUT.format(missing="starlette"))[0] == 0


def test_another_missing_module_is_not_reported_as_a_missing_extra() -> None:
    """The message names the module of a broken installation: of the command line itself, or of one command."""
    code, _, err = ended_at_once(code=WITHOUT.format(missing="shellingham"))
    assert code == 1
    assert err.splitlines()[-1].startswith("ModuleNotFoundError: import of shellingham halted")
    code, _, err = ended_at_once("sandbox", code=WITHOUT.format(missing="sqlite3"))
    assert code == 1
    (line,) = err.splitlines()
    assert line.startswith("error: unexpected ModuleNotFoundError: import of sqlite3 halted")


def test_import_needs_no_extra() -> None:
    """The libraries are loaded when a command runs, and those of the sandbox only by its command."""
    code = (
        "import sys, pyttributionio.cli\n"
        "assert not {'typer', 'starlette'} & sys.modules.keys()  # httpx takes rich where it finds it\n"
        "import pyttributionio.cli.app\n"
        "assert not {'starlette', 'uvicorn', 'pyttributionio.sandbox'} & sys.modules.keys()"
    )
    assert ended_at_once(code=code) == (0, "", "")
