"""The shop on a sandbox, and a browser that visits it."""

from collections.abc import Iterator

import pytest

from pyttributionio import Client
from pyttributionio.sandbox import Sandbox
from pyttributionio.shop import create_shop

from ._browser import Browser


@pytest.fixture
def browser(sandbox: Sandbox, client: Client) -> Iterator[Browser]:
    """A browser in front of the shop, with no cookies yet."""
    # Without retries: their pauses are the client's tests' business.
    sandbox.mount("/_sandbox/shop", create_shop(client.with_options(max_retries=0), api_key=sandbox.api_key))
    with Browser(f"{sandbox.tracking_url}/_sandbox/shop/") as browser:
        yield browser
