"""The fixture of the test kit, as its plugin gives it to the tests of a user."""

from collections.abc import Iterator

import pytest

from pyttributionio.testing import Recorder


@pytest.fixture
def attributionio() -> Iterator[Recorder]:
    """Record what every client and outbox of this process sends."""
    with Recorder() as recorder:
        yield recorder
