"""The pytest plugin, in runs of pytest of their own: its fixtures, and its guard of the network."""

import os
import sys
import tomllib
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[2]
SHOP = """
from pyttributionio import Client
from pyttributionio.outbox import Outbox

client = Client(max_retries=0)
outbox = Outbox(client)

def buy(order, consent=True):
    if consent:
        outbox.event("ev_purchase", visitor_id="v-7", client_id="ada@example.com", transaction_id=order)

def careless():
    try:
        Client("KEY").tracking.identity("c", visitor_id="v")
    except Exception:
        pass
"""


@pytest.fixture(autouse=True)
def _finds_the_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the runs find the plugin where these tests find it, although they have another working directory."""
    found = [str(Path(entry).absolute()) for entry in sys.path if entry]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(found))


def run(pytester: pytest.Pytester, tests: str, *options: str) -> pytest.RunResult:
    """Run pytest with the plugin over some tests of the shop, in a process of its own."""
    pytester.makepyfile(shop=SHOP, test_shop=tests)
    load = ("-p", "no:pyttributionio", "-p", "_pyttributionio_pytest", "-p", "no:cacheprovider", "-p", "no:ddtrace")
    return pytester.runpytest_subprocess(*load, "-p", "no:asyncio", *options)


def text_of(result: pytest.RunResult) -> str:
    """Return what a run printed, on one line."""
    return " ".join(str(result.stdout).split())


def test_entry_point_is_a_module_outside_of_the_package() -> None:
    """Inside, pytest would import the package at each start. The wheel contains it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["entry-points"]["pytest11"] == {"pyttributionio": "_pyttributionio_pytest"}
    assert "src/_pyttributionio_pytest.py" in project["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]


def test_nothing_of_the_sdk_is_imported_until_it_is_used(pytester: pytest.Pytester) -> None:
    """In a project that has the SDK installed and does not test with it."""
    result = run(
        pytester,
        """
        import os, sys
        def test_plain():
            assert not [name for name in sys.modules if name.partition(".")[0] == "pyttributionio"]
            assert os.environ["PYTTRIBUTIONIO_NETWORK"] == "loopback"
        """.replace("\n        ", "\n"),
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_fixtures(pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
    """Each test sees its own events; the outbox has the test's clock; the sandbox is pointed at by the environment."""
    result = run(
        pytester,
        """
import asyncio, pytest, shop
from pyttributionio import AsyncClient, Client

@pytest.mark.parametrize("number", range(20))
def test_purchase(attributionio, number):
    shop.buy(f"order-{number}")
    event = attributionio.assert_event("ev_purchase", transaction_id=f"order-{number}", client_id="ada@example.com")
    assert attributionio.events == [event]
    assert attributionio.identities[0].aliases == ["v-7"]

def test_no_consent(attributionio):
    shop.buy("order", consent=False)
    attributionio.assert_nothing_sent()

def test_outbox(attributionio, attributionio_outbox, attributionio_clock):
    attributionio.fail_next(status=503, retry_after=30)
    attributionio_outbox.event("ev", visitor_id="v", identify=False)
    assert (attributionio_outbox.pump(), attributionio_outbox.pump()) == (1, 0)
    attributionio_clock.advance(60)
    assert attributionio_outbox.pump() == 1
    assert attributionio.assert_event("ev").created_at.year == 2026

def test_sandbox(attributionio_sandbox):
    Client().tracking.identity("c", visitor_id="v")
    assert Client().customers.get("c").client_id == "c"
    assert len(attributionio_sandbox.requests) == 2

def test_async(attributionio):
    asyncio.run(AsyncClient().tracking.identity("c", visitor_id="v"))
    attributionio.assert_identity("c")

def test_failed_assertion(attributionio):
    shop.buy("order")
    attributionio.assert_event("ev_purchase", transaction_id="other")
""",
        *options,
    )
    result.assert_outcomes(passed=24, failed=1)
    assert "One 'ev_purchase' differs: transaction_id is 'order'. 2 requests were sent:" in text_of(result).replace(
        " E ", " "
    )


LEAKS = """
import subprocess, sys, threading, pytest, shop
from pyttributionio import Client, NetworkBlockedError

def test_swallowed():
    shop.careless()

def test_loud():
    Client("KEY").tracking.identity("c", visitor_id="v")

def test_expected():
    with pytest.raises(NetworkBlockedError):
        Client("KEY").tracking.identity("c", visitor_id="v")

@pytest.fixture
def leaves():
    yield
    shop.careless()

def test_at_the_end_of_a_fixture(leaves):
    pass

go, gone = threading.Event(), threading.Event()

def test_that_leaves_a_thread():
    def work():
        go.wait(20)
        shop.careless()
        gone.set()
    threading.Thread(target=work, name="left-over", daemon=True).start()

def test_innocent():
    go.set()
    assert gone.wait(20)

def test_subprocess():
    program = "from pyttributionio import Client; Client('KEY').tracking.identity('c', visitor_id='v')"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "NetworkBlockedError" in found.stderr

@pytest.mark.attributionio(net=True)
def test_misspelt_marker():
    pass
"""


@pytest.mark.parametrize("options", [(), ("-n", "2", "--dist", "loadfile")], ids=["alone", "xdist"])
def test_leak_fails_the_test(pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
    """Although the application caught the error, at the end of a fixture, and from a thread of another test."""
    result = run(pytester, LEAKS, "-rA", *options)
    result.assert_outcomes(passed=3, failed=4, errors=2)
    found = text_of(result)
    assert "This test tried to connect to api.attribution.io (by the thread 'MainThread'), which is not" in found
    assert "The end of this test tried to connect to api.attribution.io" in found
    assert "'left-over', which test_shop.py::test_that_leaves_a_thread or an earlier test has started" in found
    assert "The marker has one argument, network: attributionio(network=True)" in found


def test_between_tests_and_after_the_last(pytester: pytest.Pytester) -> None:
    """The next test reports it, or the end of the run, which then fails."""
    pytester.makeconftest(
        """
        import pytest, shop
        shop.careless()

        @pytest.hookimpl(tryfirst=True)
        def pytest_sessionfinish():
            shop.careless()
        """
    )
    result = run(pytester, "def test_first(): pass\ndef test_second(): pass")
    result.assert_outcomes(passed=1, errors=1)
    found = text_of(result)
    assert "Before the first test, the program tried to connect to api.attribution.io" in found
    assert "After the end of test_shop.py::test_second, the program tried to connect" in found
    pytester.makeconftest(
        """
        import pytest, shop

        @pytest.hookimpl(tryfirst=True)
        def pytest_sessionfinish(session):
            if hasattr(session.config, "workerinput"):
                shop.careless()
        """
    )
    result = run(pytester, "def test_first(): pass", "-n", "1")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "After the end of test_shop.py::test_first, the program tried to connect" in text_of(result)


ALLOWED = """
import socket, pytest
from pyttributionio import APIConnectionError, Client

@pytest.fixture(autouse=True)
def clear(monkeypatch):
    def fail(*_, **__):
        raise socket.gaierror("no look-up in this test")
    monkeypatch.setattr(socket, "getaddrinfo", fail)
    monkeypatch.delenv("PYTTRIBUTIONIO_NETWORK")

def speak():
    Client("KEY", max_retries=0).tracking.identity("c", visitor_id="v")

MARK
def test_may_speak():
    with pytest.raises(APIConnectionError, match="no look-up in this test"):
        speak()

def test_other():
    with pytest.raises(RuntimeError, match="PYTTRIBUTIONIO_NETWORK=loopback"):
        speak()
"""


def test_marker_allows_the_network(pytester: pytest.Pytester) -> None:
    """For that test alone, also where the tests clear the environment."""
    run(pytester, ALLOWED.replace("MARK", "@pytest.mark.attributionio(network=True)")).assert_outcomes(
        passed=1, failed=1
    )


def test_setting_allows_the_network(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """For all tests; the variable has precedence, so that CI can forbid it. A misspelt value ends the run."""
    tests = ALLOWED.replace("MARK", "").partition("def test_other")[0]
    run(pytester, tests, "-o", "attributionio_network=allow").assert_outcomes(passed=1)
    result = run(pytester, tests, "-o", "attributionio_network=never")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "attributionio_network is 'never': set it to forbid or to allow" in str(result.stderr)
    monkeypatch.setenv("PYTTRIBUTIONIO_NETWORK", "loopback")
    run(pytester, tests, "-o", "attributionio_network=allow").assert_outcomes(failed=1)


def test_sandbox_without_its_extra_is_skipped(pytester: pytest.Pytester) -> None:
    """With the command that installs it."""
    pytester.makepyfile(starlette="raise ModuleNotFoundError('none here', name='starlette')")
    result = run(pytester, "def test_sandbox(attributionio_sandbox): pass", "-rs")
    result.assert_outcomes(skipped=1)
    assert "pip install 'pyttributionio[sandbox]'" in text_of(result)


def test_environment_is_left_as_it_was(pytester: pytest.Pytester) -> None:
    """For a program that runs pytest in its own process."""
    pytester.makepyfile(test_a="import pyttributionio._http.door\ndef test_a(): pass")
    program = pytester.makepyfile(
        main="""
        import os, pytest, sys
        options = ["-q", "-p", "no:pyttributionio", "-p", "_pyttributionio_pytest", "-p", "no:cacheprovider"]
        code = pytest.main([*options, "-p", "no:asyncio", "test_a.py"])
        import pyttributionio._http.door as door
        print(int(code), os.environ.get("PYTTRIBUTIONIO_NETWORK"), door.default_rule)
        """
    )
    result = pytester.run(sys.executable, program)
    assert result.outlines[-1] == "0 None None"
    assert "PYTTRIBUTIONIO_NETWORK" not in os.environ
