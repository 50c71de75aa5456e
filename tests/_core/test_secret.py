"""The guard of the HTTP libraries' logs: it never misses a secret, and never raises into a log line."""

import copy
import logging
import subprocess
import sys
import threading
from typing import Any

import pytest

from pyttributionio._core.log_guard import FILTER, SecretFilter
from pyttributionio._core.secret import Secret
from support.faults import KINDS


@pytest.fixture(params=KINDS, ids=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Any:
    """Take each of the two clients."""
    return request.param


def test_the_filter_takes_new_secrets_while_it_looks() -> None:
    """It stands in the way of every log line of httpx in the host program: it must not raise into one."""
    masking = SecretFilter()
    failures: list[Exception] = []

    def add() -> None:
        for _ in range(1_000):
            masking.add(Secret("hush-hush"))

    def look() -> None:
        for _ in range(1_000):
            try:
                masking.filter(logging.LogRecord("httpx", logging.INFO, "", 1, "a line", None, None))
            except RuntimeError as error:
                failures.append(error)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    threads = [threading.Thread(target=work) for work in (add, add, look, look)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.setswitchinterval(before)
    assert failures == []


def test_copies_do_not_pile_up_in_the_logs_guard(kind: Any) -> None:
    """They share the secret that it looks for in each line of an HTTP library's."""
    client = kind("KEY", "hush")
    copies = [copy.deepcopy(client), copy.copy(client), client.with_options(deadline=1)]
    secret = copies[0]._settings.api_secret
    assert [living() is secret for living in FILTER._secrets].count(True) == 1


def test_secrets_that_the_collector_takes_away_crash_nothing() -> None:
    """CPython 3.11 collects in the middle of any allocation, of a copy of the guard's list of them among others."""
    program = """
import gc
from pyttributionio._core.log_guard import FILTER, guard_logs
from pyttributionio._core.secret import Secret

for allocations in range(1, 60):
    gc.disable()
    for number in range(100):
        cycle = [Secret(f"secret-{number}")]
        cycle.append(cycle)
        guard_logs(cycle[0])
    del cycle
    last = Secret("last")
    gc.set_threshold(gc.get_count()[0] + allocations)
    gc.enable()
    guard_logs(last)
    gc.set_threshold(700)
print(any(each() is last for each in FILTER._secrets))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=40, check=True)
    assert done.stdout == "True\n"
