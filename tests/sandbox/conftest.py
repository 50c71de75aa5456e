"""A running sandbox for each test, and a caller of it."""

from collections.abc import Iterator

import pytest

from pyttributionio.sandbox import Sandbox

from ._posting import Caller, new_client


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A running sandbox in memory, on a free port."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def caller(sandbox: Sandbox) -> Iterator[Caller]:
    """A caller of that sandbox."""
    with new_client() as http:
        yield Caller(sandbox, http)
