"""Fixtures of the page's tests."""

import pytest

from pyttributionio.sandbox import Sandbox

from .._posting import Caller
from ._asking import ask


@pytest.fixture
def old_run(caller: Caller) -> str:
    """The run of an earlier sandbox, which answered one request."""
    with Sandbox() as before:
        Caller(before, caller.http).post_identity()
        run: str = ask(Caller(before, caller.http), "api/requests")["run"]
    return run
