"""An ASGI application served by uvicorn in a thread: up when `start` returns, gone after `stop`."""

import asyncio
import contextlib
import os
import socket
import threading

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

_TURNS = 5  # of the event loop; from an accepted socket to a connection it takes two


def listen(host: str, port: int) -> socket.socket:
    """Listen on an IP address.

    Raises:
        OSError: The port is in use or may not be used.
    """
    # With its protocol named: on connections of sockets without one, which is what
    # socket.create_server makes, asyncio leaves TCP_NODELAY off, and answers take 40 ms more.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            # A port is free again at once; on Windows this would let two servers share it.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except BaseException:
        listener.close()
        raise
    return listener


class ServerThread:
    """Serve an application on a listening socket, in a daemon thread.

    Args:
        app: The ASGI application.
        listener: A listening socket, closed with the server.
        grace: Seconds in which `stop` lets the server finish the answers that it is sending.
    """

    def __init__(self, app: ASGIApp, listener: socket.socket, *, grace: float = 1.0) -> None:
        self._server = Server(app, grace)
        self._listener = listener
        self._ready = self._server.ready
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="Sandbox", daemon=True)

    def start(self) -> None:
        """Start the thread, and return when it serves.

        Raises:
            OSError: The socket cannot be served on.
        """
        self._thread.start()
        try:
            self._ready.wait()
        except BaseException:  # Ctrl-C, just now
            self.stop()
            raise
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    def stop(self) -> None:
        """End the server and its thread, with its connections and its socket.

        Answers that are being sent are finished, within the grace period; requests that are still
        being received are cut.
        """
        self._ready.wait()
        self._server.stop()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._listener])
        except BaseException as error:
            if self._ready.is_set():
                raise
            self._failure = error
        finally:
            self._ready.set()


class Server(uvicorn.Server):
    """uvicorn's server, told to end instead of looking ten times a second whether it should."""

    def __init__(self, app: ASGIApp, grace: float) -> None:
        config = uvicorn.Config(
            app,
            # Fixed, so that the sandbox behaves alike whatever else is installed.
            http=_Connection,
            loop="asyncio",
            ws="none",
            lifespan="off",
            interface="asgi3",
            workers=1,
            proxy_headers=False,
            log_config=None,
            server_header=False,
            headers=[("Server", "pyttributionio-sandbox")],
        )
        config.load()
        # uvicorn has by now wrapped the application to log every scope, with the query and the
        # secret in it, if the root logger's level happens to be below DEBUG.
        config.loaded_app = app
        super().__init__(config)
        self.ready = threading.Event()
        self._grace = grace
        self._ending = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as uvicorn does, and report that requests are served."""
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self.ready.set()

    async def main_loop(self) -> None:
        """Serve until `stop`."""
        while not self.should_exit:
            await self.on_tick(0)  # the Date header
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), 1.0)

    def stop(self) -> None:
        """End the main loop; from any thread, and at any time after `ready`."""
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended by itself
                self._loop.call_soon_threadsafe(self._ending.set)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the sockets and connections, and wait for the requests that are being answered."""
        # uvicorn's own sleeps at least a tenth of a second and waits for uploads without end.
        await _stop_accepting(sockets or [])
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        connections = [c for c in self.server_state.connections if isinstance(c, _Connection)]
        for connection in connections:
            connection.transport.close()
        try:
            await asyncio.wait_for(self._drained(), self._grace)
        except TimeoutError:
            for connection in connections:
                connection.transport.abort()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._drained(), self._grace)
            # What does not heed that its client has gone, such as a mounted application that waits.
            for task in self.server_state.tasks:
                task.cancel()
            await self._drained()

    async def _drained(self) -> None:
        while self.server_state.connections or self.server_state.tasks:
            await asyncio.sleep(0.002)


async def _stop_accepting(listeners: list[socket.socket]) -> None:
    """Accept nobody any more, and let who was accepted just now become a connection, which can be closed.

    asyncio takes some turns from the one to the other; a server that is closed meanwhile drops its client, open.
    """
    loop = asyncio.get_running_loop()
    for listener in listeners:
        with contextlib.suppress(NotImplementedError):  # Windows' loop has no readers: it ends its accepts at `close`
            loop.remove_reader(listener)
    for _ in range(_TURNS):
        await asyncio.sleep(0)


class _Connection(H11Protocol):
    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        # Every scope gets a copy of this state: a fault that resets connections needs the transport.
        super().__init__(config, server_state, {**app_state, "connection": self}, _loop)
        # Here and not by `access_log=False`, which takes the handlers off uvicorn's logger for
        # the whole process, and is undone by whoever next configures it: the log has the query.
        self.access_log = False
