"""`pyttributionio sandbox`, in processes of its own."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from pyttributionio import Client, NotFoundError
from pyttributionio.sandbox import Sandbox

from .._command import COMMAND, ENVIRONMENT, LAST, PATIENT_SHOP, end, ended_at_once, running, settings

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")

pytestmark = pytest.mark.processes
SECRET = "hush-hush"


def connected(variables: dict[str, str], secret: str = "SANDBOX_SECRET") -> Client:
    """Connect a client with the variables in the greeting."""
    return Client(
        variables["PYTTRIBUTIONIO_API_KEY"],
        secret,
        base_url=variables["PYTTRIBUTIONIO_BASE_URL"],
        tracking_url=variables["PYTTRIBUTIONIO_TRACKING_URL"],
        max_retries=0,
    )


def test_serves_until_a_signal_and_keeps_the_data_between_runs(tmp_path: Path) -> None:
    """Ctrl-C and SIGTERM both end it with exit code 0 and no output; the greeting has everything a user needs."""
    arguments = ("--db", str(tmp_path / "sandbox.db"))
    with running(*arguments, command=PATIENT_SHOP) as (process, greeting):
        variables = settings(greeting)
        url = variables["PYTTRIBUTIONIO_TRACKING_URL"]
        assert greeting == [
            f"Sandbox of Attribution.io at {url} (Ctrl-C ends it)",
            "",
            f"Requests and customers: {url}/_sandbox/",
            f"Example shop:           {url}/_sandbox/shop/",
            "",
            "For programs that use the SDK:",
            "export PYTTRIBUTIONIO_API_KEY=SANDBOX_KEY",
            "export PYTTRIBUTIONIO_API_SECRET=SANDBOX_SECRET",
            f"export PYTTRIBUTIONIO_BASE_URL={url}/api/v1",
            f"export PYTTRIBUTIONIO_TRACKING_URL={url}",
            "",
            "For the pages of a site:",
            f'<script src="{url}/snippet.js" data-key="SANDBOX_KEY" async></script>',
        ]
        with connected(variables) as client:
            client.tracking.event("ev_buy", visitor_id="v-1", client_id="customer-42", transaction_id="t-1")
        with httpx.Client(trust_env=False, verify=False, timeout=30) as browser:
            assert browser.get(f"{url}/_sandbox/").is_success
            # The shop's back end, through its own client.
            browser.cookies.set("AttrioP_SANDBOX_KEY", "v-2", domain="127.0.0.1")
            assert browser.post(f"{url}/_sandbox/shop/sign-up", data={"email": "ada@example.com"}).is_redirect
        assert end(process, signal.SIGINT) == (0, "", "")
    with running(*arguments) as (process, greeting), connected(settings(greeting)) as client:
        for client_id, transaction_id in (("customer-42", "t-1"), ("ada@example.com", "signup-ada@example.com")):
            (event,) = client.customers.get(client_id, include=["events"]).events
            assert event.transaction_id == transaction_id
        assert end(process, signal.SIGTERM) == (0, "", "")


def test_given_credentials_are_used_and_no_secret_is_printed() -> None:
    """Keys are printed, quoted for a shell; the secret may come from its variable, not from a client's."""
    given = ("--api-key", "my$key", "--account", "OTHER:OTHER_SECRET", "--account", "THIRD")
    environment = {
        "PYTTRIBUTIONIO_SANDBOX_SECRET": SECRET,
        "OTHER_SECRET": f"{SECRET}-2",
        "PYTTRIBUTIONIO_API_SECRET": "no secret at all",
    }
    with running(*given, **environment) as (process, greeting):
        variables = settings(greeting)
        assert variables["PYTTRIBUTIONIO_API_KEY"] == "'my$key'"
        assert variables["PYTTRIBUTIONIO_API_SECRET"] == "'<the secret you gave>'"
        for key, secret in (("my$key", SECRET), ("OTHER", f"{SECRET}-2"), ("THIRD", "SANDBOX_SECRET")):
            with connected(variables | {"PYTTRIBUTIONIO_API_KEY": key}, secret) as client, pytest.raises(NotFoundError):
                client.customers.get("x")
        code, out, err = end(process)
    assert code == 0
    assert SECRET not in "\n".join([*greeting, out, err])


def test_a_secret_in_a_fault_is_not_printed() -> None:
    """It works nevertheless. Control characters of it do not reach the terminal."""
    path = f"/api/v1/SANDBOX_KEY/customers/{SECRET}"
    faults = ("--fault", f"always,status=503,path={path}", "--fault", 'always,path=/x,drift={"\\u001b[2J":1}')
    others = ("--account", "B:SECRET_OF_B", "--fault", "next=1,reset,path=*/hunter2")
    secrets = {"PYTTRIBUTIONIO_SANDBOX_SECRET": SECRET, "SECRET_OF_B": "hunter2"}
    with running(*faults, *others, **secrets) as (process, greeting):
        assert process.stdout is not None
        greeting += [process.stdout.readline() for _ in range(4)]
        code, out, err = end(process)
    shown = "\n".join([*greeting, out, err])
    assert code == 0
    assert SECRET not in shown
    assert "hunter2" not in shown
    assert "\x1b" not in shown
    assert "Fault: every request to /api/v1/SANDBOX_KEY/customers/REDACTED: status 503" in shown


def test_json_is_one_line_for_programs() -> None:
    """With the variables to set, without a given secret. Faults are active from the start."""
    faults = ("--fault", "next=1,status=503,path=/events", "--fault", "always,drift.channel=7")
    with running("--json", "--seed", "3", *faults, PYTTRIBUTIONIO_SANDBOX_SECRET=SECRET) as (process, (line,)):
        found = json.loads(line)
        url = found["tracking_url"]
        environment = found.pop("environment")
        assert found == {
            "tracking_url": url,
            "base_url": f"{url}/api/v1",
            "page_url": f"{url}/_sandbox/",
            "shop_url": f"{url}/_sandbox/shop/",
            "snippet": f'<script src="{url}/snippet.js" data-key="SANDBOX_KEY" async></script>',
        }
        assert environment == {
            "PYTTRIBUTIONIO_API_KEY": "SANDBOX_KEY",
            "PYTTRIBUTIONIO_BASE_URL": f"{url}/api/v1",
            "PYTTRIBUTIONIO_TRACKING_URL": url,
        }
        with httpx.Client(trust_env=False, verify=False, timeout=30, base_url=url) as http:
            assert [http.post("/events", json={}).status_code for _ in range(2)] == [503, 422]
            assert http.get("/_sandbox/api/customers", params={"account": "SANDBOX_KEY"}).json()["total"] == 3
        # No progress bar, because stderr is not a terminal.
        assert end(process) == (0, "", "")


def test_seeding_a_file_again_says_which_customers_are_kept(tmp_path: Path) -> None:
    """On stderr, because programs read stdout; the data is not changed."""
    file = str(tmp_path / "sandbox.db")
    for customers, said in (
        (2, ""),
        (2, "The example account already has these 2 customers: they are kept.\n"),
        (3, "The example account already has 2 of these 3 customers: they are kept.\n"),
    ):
        with running("--json", "--db", file, "--seed", str(customers)) as (process, (line,)):
            page = json.loads(line)["page_url"]
            with httpx.Client(trust_env=False, verify=False, timeout=30) as http:
                assert http.get(f"{page}api/customers").json()["total"] == customers
            assert end(process) == (0, "", said)


def test_shop_reaches_the_sandbox_without_proxies() -> None:
    """A proxy cannot reach this machine by its loopback address."""
    dead = "http://127.0.0.1:1"
    proxies = {f"{name}_proxy": dead for name in ("http", "all")} | {"no_proxy": ""}
    proxies |= {name.upper(): value for name, value in proxies.items()}
    with running("--json", command=PATIENT_SHOP, **proxies) as (process, (line,)):
        found = json.loads(line)
        with httpx.Client(trust_env=False, verify=False, timeout=30, cookies={"AttrioP_SANDBOX_KEY": "v"}) as browser:
            assert browser.post(f"{found['shop_url']}sign-up", data={"email": "ada@example.com"}).is_redirect
            page = f"{found['page_url']}api/customers"
            assert browser.get(page).json()["customers"][0]["client_id"] == "ada@example.com"
        assert end(process) == (0, "", "")


def test_shop_logs_what_it_does_not_count() -> None:
    """On the terminal: a visitor without the snippet's cookie, such as one with an ad blocker."""
    with running("--json") as (process, (line,)):
        with httpx.Client(trust_env=False, verify=False, timeout=30) as browser:
            shop = json.loads(line)["shop_url"]
            assert browser.post(f"{shop}sign-up", data={"email": "ada@example.com"}).is_redirect
        said = "shop: ev_signup was not counted: the request has no cookie of the snippet\n"
        assert end(process) == (0, "", said)


def test_listening_to_the_network_is_a_warning() -> None:
    """On stderr, with the address and the consequences."""
    with running("--host", "0.0.0.0") as (process, greeting):
        url = settings(greeting)["PYTTRIBUTIONIO_TRACKING_URL"]
        port = url.removeprefix("http://127.0.0.1:")
        assert greeting[0] == f"Sandbox of Attribution.io at {url} (Ctrl-C ends it)"
        code, out, err = end(process)
    assert (code, out) == (0, "")
    assert "OPEN TO THE NETWORK" in err
    text = " ".join(err.replace("│", " ").split())
    assert f"listens on 0.0.0.0, port {port}." in text
    assert "read all data in it" in text
    assert "\x1b" not in err


def test_terminal_gets_colours_and_whole_lines() -> None:
    """Also if the terminal is narrow, because lines are copied."""
    master, slave = pty.openpty()
    environment = ENVIRONMENT | {"TERM": "xterm-256color", "COLUMNS": "40"}
    command = [*COMMAND, "sandbox", "--seed", "2", "--fault", "always,reset"]
    with subprocess.Popen(command, stdout=slave, stderr=slave, stdin=slave, env=environment) as process:
        os.close(slave)
        shown = b""
        while b"Fault" not in shown:
            shown += os.read(master, 4096)
        process.terminate()
        assert process.wait(30) == 0
        os.close(master)
    text = shown.decode()
    assert "\x1b[1mSandbox of Attribution.io at http://127.0.0.1:" in text
    assert "Generating customers" in text
    assert any(line.startswith("<script src=") and line.endswith(LAST) for line in text.splitlines())


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_signal_ends_it_also_when_its_exception_is_lost(number: str) -> None:
    """As in a finalizer; a signal just before a sleep would not end the sleep either."""
    code = f"""
import signal, sys
from pyttributionio import cli
from pyttributionio.cli.sandbox.greeting import Greeting
from pyttributionio.sandbox import Sandbox

def lose(greeting, *, as_json):
    try:
        signal.raise_signal(signal.{number})
    except KeyboardInterrupt:
        print("lost")

closing = Sandbox.close

def close(sandbox):
    closing(sandbox)
    print("closed")

Greeting.print, Sandbox.close = lose, close
sys.argv = ["pyttributionio", "sandbox"]
cli.main()
"""
    assert ended_at_once(code=code) == (0, "lost\nclosed\n", "")


def test_signals_of_other_handlers_do_not_end_it() -> None:
    """Such as a profiler's signals."""
    code = """
import os, signal
from pyttributionio.__main__ import main
signal.signal(signal.SIGUSR1, lambda *_: os.write(1, b"another\\n"))
main()
"""
    with running(command=(sys.executable, "-W", "error", "-c", code)) as (process, greeting):
        assert process.stdout is not None
        url = settings(greeting)["PYTTRIBUTIONIO_TRACKING_URL"]
        for _ in range(3):
            process.send_signal(signal.SIGUSR1)
            assert process.stdout.readline() == "another\n"
            assert httpx.get(f"{url}/_sandbox/", trust_env=False, timeout=30).is_success
        assert end(process) == (0, "", "")


def test_port_in_use_is_one_line_and_exit_code_1(sandbox: Sandbox) -> None:
    """No traceback."""
    port = sandbox.tracking_url.rpartition(":")[2]
    message = f"error: cannot listen on 127.0.0.1, port {port}: Address already in use\n"
    assert ended_at_once("sandbox", "--port", port) == (1, "", message)
