"""The pytest plugin of pyttributionio: fixtures, and a guard that lets no test speak to another machine.

pytest imports this module at each start, so it imports nothing of the SDK before a test uses a fixture. The network is
forbidden by an environment variable, which the SDK reads when it opens a connection, in subprocesses too.

PYTEST_DONT_REWRITE: there is no assert here, and rewriting would take a part of the start.
"""

import os
import sys
import threading
from collections import deque
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

import pytest

if TYPE_CHECKING:
    from pyttributionio.outbox import Outbox
    from pyttributionio.sandbox import Sandbox
    from pyttributionio.testing import ManualClock, Recorder

_VARIABLE: Final = "PYTTRIBUTIONIO_NETWORK"
_INI: Final = "attributionio_network"
_RULES: Final = {"forbid": "loopback", "allow": "allow"}
_LEAKS: Final = "attributionio_leaks"
_MARKER: Final = (
    "attributionio(network=True): this test may open connections to other machines, such as the vendor's servers"
)


class _Guard:
    """The state of the guard in one run of pytest.

    Attributes:
        rule: The rule for tests without the marker.
        original: The variable before the run.
        last: The name of the test that started last.
        older: The threads that ran already when that test started, with the test before it.
    """

    def __init__(self, rule: str) -> None:
        self.original = os.environ.get(_VARIABLE)
        self.rule = self.original or rule
        self.last = ""
        self.older: dict[str, str] = {}
        os.environ[_VARIABLE] = self.rule

    def allow(self, rule: str) -> None:
        """Set the rule, for this process and for those that it starts."""
        os.environ[_VARIABLE] = rule
        door = _door()
        if door is not None:
            door.default_rule = rule

    def begin(self, test: str) -> None:
        """Note that a test starts."""
        main = threading.main_thread()
        threads = {each.name for each in threading.enumerate() if each is not main}
        self.older = {name: self.older.get(name, self.last) for name in threads}
        self.last = test

    def end(self) -> None:
        """Set the variable to its value before the run."""
        if self.original is None:
            os.environ.pop(_VARIABLE, None)
        else:
            os.environ[_VARIABLE] = self.original
        door = _door()
        if door is not None:
            door.default_rule = self.original

    def leaks(self) -> list[str]:
        """Return the connections that were refused since the last call, as text, each once."""
        door = _door()
        found: list[str] = []
        while door is not None and door.blocked:
            host, thread = door.blocked.popleft()
            test = self.older.get(thread)
            since = "" if test is None else f", which {test or 'the program'} or an earlier test has started"
            found.append(f"{host} (by the thread {thread!r}{since})")
        return [*dict.fromkeys(found)]


_guards: Final = pytest.StashKey[_Guard]()
_late: Final = pytest.StashKey[list[str]]()
"""What was refused after the last test of a process."""


class _Door(Protocol):
    """The parts of the SDK's module that are used here."""

    default_rule: str | None
    blocked: deque[tuple[str, str]]


def _door() -> _Door | None:
    """Return the module of the SDK that refuses connections, or None as long as no test has imported it."""
    return cast("_Door | None", sys.modules.get("pyttributionio._http.door"))


def _guard_of(config: pytest.Config) -> _Guard:
    """Return the guard of this run; the first call switches it on."""
    found = config.stash.get(_guards, None)
    if found is None:
        value = str(config.getini(_INI)).strip()
        if value not in _RULES:
            raise pytest.UsageError(f"{_INI} is {value!r}: set it to forbid or to allow")
        found = config.stash[_guards] = _Guard(_RULES[value])
    return found


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the setting for the network."""
    parser.addini(
        _INI,
        "whether tests may open connections of pyttributionio to other machines: forbid (default) or allow",
        default="forbid",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Forbid the network before a conftest is imported: it may import the application."""
    _guard_of(early_config)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker. A plugin that a conftest loads switches the guard on here."""
    config.addinivalue_line("markers", _MARKER)
    _guard_of(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave the environment as it was."""
    _guard_of(config).end()


def _problem_of(marker: pytest.Mark | None) -> str | None:
    if marker is None or (not marker.args and marker.kwargs in ({}, {"network": True}, {"network": False})):
        return None
    return "The marker has one argument, network: attributionio(network=True) or attributionio(network=False)."


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """Set the rule of this test. Report what was refused since the last test ended."""
    guard = _guard_of(item.config)
    late, before = guard.leaks(), guard.last
    guard.begin(item.nodeid)
    marker = item.get_closest_marker("attributionio")
    guard.allow("allow" if marker is not None and marker.kwargs.get("network") is True else guard.rule)
    yield
    problem = _between(late, before) if late else _problem_of(marker)
    if problem is not None:
        pytest.fail(problem, pytrace=False)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Fail a test whose connections were refused, although its code may have caught the error."""
    guard = _guard_of(item.config)
    try:
        yield
    except BaseException:
        guard.leaks()  # the test fails with an error of its own
        raise
    _fail_if(guard.leaks(), "This test")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Do the same for the end of fixtures, and set the rule for the time between tests."""
    guard = _guard_of(item.config)
    try:
        yield
        _fail_if(guard.leaks(), "The end of this test")
    finally:
        guard.allow(guard.rule)


def _fail_if(leaks: list[str], subject: str) -> None:
    if leaks:
        pytest.fail(
            f"{subject} tried to connect to {', '.join(leaks)}, which is not this machine. The connection was "
            "refused, so nothing was sent. "
            "Record the calls with the fixture attributionio, or mark a test that needs the network with "
            "attributionio(network=True).",
            pytrace=False,
        )


def _between(leaks: list[str], test: str) -> str:
    when = f"After the end of {test}" if test else "Before the first test"
    return (
        f"{when}, the program tried to connect to {', '.join(leaks)}, which is not this machine. The connection was "
        "refused, so nothing was sent. Imported code, or a thread of an earlier test, sent something: use the fixture "
        "attributionio, and close clients and outboxes at the end of their test."
    )


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run if a connection was refused after the last test."""
    guard = _guard_of(session.config)
    late = session.config.stash.setdefault(_late, list[str]())
    leaks = guard.leaks()
    if leaks:
        late.append(_between(leaks, guard.last))
    output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if output is not None:  # a worker of xdist can't fail the run
        output[_LEAKS] = late
    elif late and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401 (xdist has no types)
    """Fail the run for what a worker of xdist reports at its end."""
    late: list[str] = getattr(node, "workeroutput", {}).get(_LEAKS, [])
    node.config.stash.setdefault(_late, list[str]()).extend(late)


# Older releases of pytest do not export the name.
def pytest_terminal_summary(terminalreporter: "pytest.TerminalReporter", config: pytest.Config) -> None:
    """Print what was refused after the last test."""
    for message in config.stash.get(_late, list[str]()):
        terminalreporter.section("pyttributionio", red=True)
        terminalreporter.line(message)


@pytest.fixture
def attributionio() -> "Iterator[Recorder]":
    """Record what every client and outbox of this process sends; answer in the place of the servers."""
    from pyttributionio.testing import Recorder

    with Recorder() as recorder:
        yield recorder


@pytest.fixture
def attributionio_clock() -> "ManualClock":
    """Return the clock of `attributionio_outbox`, which stands still until the test calls `advance`."""
    from pyttributionio.testing import ManualClock

    return ManualClock()


@pytest.fixture
def attributionio_outbox(attributionio: "Recorder", attributionio_clock: "ManualClock") -> "Iterator[Outbox]":
    """Return an outbox in memory on the recorder. `pump()` sends what is due by the test's clock."""
    from pyttributionio import Client
    from pyttributionio.outbox import Outbox

    del attributionio  # it answers
    with Outbox(Client(), durability="memory", manual=True, clock=attributionio_clock.clock) as outbox:
        yield outbox


@pytest.fixture
def attributionio_sandbox(monkeypatch: pytest.MonkeyPatch) -> "Iterator[Sandbox]":
    """Serve a local Attribution.io, and point the environment variables of the SDK at it: for clients made later."""
    try:
        from pyttributionio.sandbox import Sandbox
    except ImportError as error:
        pytest.skip(str(error))
    with Sandbox() as sandbox:
        monkeypatch.setenv("PYTTRIBUTIONIO_API_KEY", sandbox.api_key)
        monkeypatch.setenv("PYTTRIBUTIONIO_API_SECRET", sandbox.api_secret)
        monkeypatch.setenv("PYTTRIBUTIONIO_BASE_URL", sandbox.base_url)
        monkeypatch.setenv("PYTTRIBUTIONIO_TRACKING_URL", sandbox.tracking_url)
        monkeypatch.delenv("PYTTRIBUTIONIO_DISABLED", raising=False)
        yield sandbox
