"""What stands behind `client.customers`: the private parts.

They are inherited, because editors list a class's own names first: private ones among them would
stand between the user and `get`.
"""

from pyttributionio._core.operations import get_customer
from pyttributionio._core.settings import Settings
from pyttributionio._http.driver import AsyncTransport, Transport
from pyttributionio.models import Customer


class Reader:
    """Send a read, blocking."""

    def __init__(self, transport: Transport, settings: Settings) -> None:
        self._transport = transport
        self._settings = settings

    def _read(self, client_id: str | int, include: object, /) -> Customer:
        return self._transport.run(get_customer(self._settings, client_id, include)).parse()


class AsyncReader:
    """Send a read, async."""

    def __init__(self, transport: AsyncTransport, settings: Settings) -> None:
        self._transport = transport
        self._settings = settings

    async def _read(self, client_id: str | int, include: object, /) -> Customer:
        return (await self._transport.run(get_customer(self._settings, client_id, include))).parse()
