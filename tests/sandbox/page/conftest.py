"""What the tests of the page share."""

import pytest

from pyttributionio.sandbox import Sandbox

from .._posting import Caller
from ._asking import ask


@pytest.fixture
def old_run(caller: Caller) -> str:
    """Another sandbox's run, which had answered one request."""
    with Sandbox() as before:
        Caller(before, caller.http).post_identity()
        run: str = ask(Caller(before, caller.http), "api/requests")["run"]
    return run
