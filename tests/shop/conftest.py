"""A browser of the shop, which is mounted on a sandbox."""

from collections.abc import Iterator

import pytest

from pyttributionio import Client
from pyttributionio.outbox import Outbox
from pyttributionio.sandbox import Sandbox
from pyttributionio.shop import create_shop

from ._browser import Browser


@pytest.fixture
def browser(sandbox: Sandbox, client: Client) -> Iterator[Browser]:
    """A browser of the shop, without cookies."""
    with (
        Outbox(client, durability="memory", drain_on_exit=0) as outbox,
        Browser(f"{sandbox.tracking_url}/_sandbox/shop/") as browser,
    ):
        sandbox.mount("/_sandbox/shop", create_shop(outbox, api_key=sandbox.api_key))
        yield browser
