"""The log lines of all known HTTP libraries are masked, whichever of their loggers and whichever handler has them."""

import ast
import logging
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from logging.config import dictConfig

import pytest

from pyttributionio import Client
from pyttributionio._core.log_guard import FILTER, LIBRARIES
from support.surfaces import SECRET, Logs, assert_clean, check_object

INSTALLED = [each for each in LIBRARIES if find_spec(each.partition(".")[0]) is not None]
"""The tools for development install most of them. The names of the others are from their documentation."""
URL = "https://attribution.io/api/v1/KEY/customers/c-1?secret="


@pytest.fixture
def client() -> Iterator[Client]:
    """Make a client with a secret."""
    with Client("KEY", SECRET) as made:
        yield made


@pytest.fixture
def logs() -> Iterator[Logs]:
    """Catch what all loggers say at DEBUG, and look at it at the end."""
    root, caught = logging.getLogger(), Logs()
    before = root.level
    root.addHandler(caught)
    root.setLevel(logging.DEBUG)
    yield caught
    root.removeHandler(caught)
    root.setLevel(before)
    caught.check()


class Shown:
    """An object whose text has the secret, as a request's URL does."""

    def __str__(self) -> str:
        return f"{URL}{SECRET}"


@pytest.mark.parametrize("child", ["", ".new_in_a_later_version", ".new.and_deep"])
@pytest.mark.parametrize("library", LIBRARIES)
def test_every_logger_of_a_library_is_masked(client: Client, logs: Logs, library: str, child: str) -> None:
    """Of one that was made after the client too; as text, as arguments, in an exception, and in a mapping."""
    log = logging.getLogger(library + child)
    log.debug(f"GET {URL}{SECRET}")
    log.info("GET %s %d", Shown(), 3)
    log.debug("GET %(url)s", {"url": f"{URL}{SECRET}"})
    log.debug("cut: %s", f"{URL}S3cr")
    try:
        raise ValueError(f"no route to {URL}{SECRET}")
    except ValueError as error:
        log.warning("failed", exc_info=error)
    assert [record.getMessage() for record in logs.records] == [
        f"GET {URL}[secret]",
        f"GET {URL}[secret] 3",
        f"GET {URL}[secret]",
        f"cut: {URL}[secret]",
        "failed",
    ]
    assert f"ValueError: no route to {URL}[secret]" in logging.Formatter().format(logs.records[-1])


def test_the_secrets_of_several_clients_are_masked(client: Client, logs: Logs) -> None:
    """The parameter of one client's read is masked by its name, too, and nothing is left of a decoded value."""
    with Client("KEY", "another-secret"), Client("KEY", "third"):
        logging.getLogger("httpx").info("GET %s, then %sanother-secret&x=1 and %sthird", Shown(), URL, URL)
    assert logs.lines("httpx") == [f"GET {URL}[secret], then {URL}[secret]&x=1 and {URL}[secret]"]


def test_a_handler_of_a_known_logger_gets_masked_records(client: Client) -> None:
    """Of the logger's own handlers, and where the logger does not propagate."""
    log, caught = logging.getLogger("httpcore.http11"), Logs()
    level, propagate = log.level, log.propagate
    log.addHandler(caught)
    log.setLevel(logging.DEBUG)
    log.propagate = False
    try:
        log.debug("GET %s", Shown())
    finally:
        log.removeHandler(caught)
        log.setLevel(level)
        log.propagate = propagate
    caught.check()
    assert len(caught.records) == 1


def test_a_configuration_after_the_client_keeps_the_masks(client: Client, logs: Logs) -> None:
    """`dictConfig` removes the handlers of the loggers that it names."""
    root = logging.getLogger()
    handlers, level = [*root.handlers], root.level
    try:
        dictConfig({"version": 1, "disable_existing_loggers": False, "loggers": {"hpack": {"level": "DEBUG"}}})
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.getLogger("hpack.hpack").debug("Adding %s", (b":path", f"/?secret={SECRET}".encode()))
    finally:
        logging.getLogger("hpack").setLevel(logging.NOTSET)
    assert logs.lines("hpack") == ["Adding (b':path', b'/?secret=[secret]')"]


def test_compressed_headers_are_not_logged(client: Client, logs: Logs) -> None:
    """They are the URL, in a code that everyone can read."""
    for library in ("hpack.hpack", "h2", "hyperframe"):
        for block in (b"\x82\x86", bytearray(b"\x82\x86")):
            logging.getLogger(library).debug("Decoding %s", block)
    assert {record.getMessage() for record in logs.records} == {"Decoding 2 bytes"}


def test_a_warning_without_any_handler_still_reaches_stderr(
    client: Client, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python writes it there, and so it does with the guard, once, and masked."""
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    logging.getLogger("httpcore.http11").warning("slow: %s", Shown())
    logging.getLogger("httpcore.http11").info("not shown")
    logging.getLogger("elsewhere").warning("as before")
    assert capsys.readouterr().err == f"slow: {URL}[secret]\nas before\n"


def test_a_wrong_log_call_and_other_records_pass(client: Client, logs: Logs) -> None:
    """What is wrong in a library's own call is reported by `logging`, and nothing else changes."""
    record = logging.LogRecord("httpx", logging.INFO, "", 1, "%d", ("x",), None)
    assert FILTER.filter(record)
    logging.getLogger("elsewhere").debug("secret=%s", "a program's own")
    assert logs.records[0].args == ("a program's own",)


LOGGERS = """
import importlib, logging, pkgutil, sys

package = sys.argv[1]
for each in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
    try:
        importlib.import_module(each.name)
    except Exception:
        continue  # its own dependencies are not installed
print([name for name, logger in logging.root.manager.loggerDict.items() if isinstance(logger, logging.Logger)])
"""
"""Prints the loggers of a process that has imported all modules of a package."""


@pytest.mark.parametrize("library", INSTALLED)
def test_the_known_loggers_are_those_that_a_library_has(client: Client, library: str) -> None:
    """Another version may have others, and the handler of the root masks them; these have the filter too."""
    package = library.partition(".")[0]
    command = [sys.executable, "-W", "ignore", "-c", LOGGERS, package]
    done = subprocess.run(command, capture_output=True, text=True, timeout=40, check=True)
    children = {name for name in ast.literal_eval(done.stdout.splitlines()[-1]) if name.startswith(f"{library}.")}
    assert children - {f"{library}.{child}" for child in LIBRARIES[library]} == set()
    for name in (library, *(f"{library}.{child}" for child in LIBRARIES[library])):
        assert FILTER in logging.getLogger(name).filters


def test_the_guard_itself_does_not_show_the_secret(client: Client) -> None:
    """It hangs on loggers of the host program, where tools that print objects find it."""
    check_object(FILTER, "the filter")
    assert_clean("the handlers", repr([logging.getLogger(name).handlers for name in LIBRARIES]))
