"""A browser of the shop, which is mounted on a sandbox."""

from collections.abc import Iterator

import pytest

from pyttributionio import Client
from pyttributionio.sandbox import Sandbox
from pyttributionio.shop import create_shop

from ._browser import Browser


@pytest.fixture
def browser(sandbox: Sandbox, client: Client) -> Iterator[Browser]:
    """A browser of the shop, without cookies."""
    # Without retries, because their pauses would make the tests slow.
    sandbox.mount("/_sandbox/shop", create_shop(client.with_options(max_retries=0), api_key=sandbox.api_key))
    with Browser(f"{sandbox.tracking_url}/_sandbox/shop/") as browser:
        yield browser
