"""One running sandbox a test, and a caller that talks to it."""

from collections.abc import Iterator

import pytest

from pyttributionio.sandbox import Sandbox

from ._posting import Caller, new_client


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A running sandbox, in memory, on a port of its own."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def caller(sandbox: Sandbox) -> Iterator[Caller]:
    """A caller of that sandbox."""
    with new_client() as http:
        yield Caller(sandbox, http)
