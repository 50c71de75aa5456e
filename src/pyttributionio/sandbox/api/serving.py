"""uvicorn in a thread: it serves an ASGI application from `start` to `stop`."""

import asyncio
import contextlib
import os
import socket
import threading

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

_ACCEPT_TURNS = 5
"""Turns of the event loop that are enough for an accepted socket to become a connection, which takes two."""


def listen(host: str, port: int) -> socket.socket:
    """Listen on an IP address.

    Raises:
        OSError: The port is in use or may not be used.
    """
    # With the protocol, because asyncio sets TCP_NODELAY only on connections of sockets that have one. Those of
    # socket.create_server have none, and without TCP_NODELAY answers take 40 ms longer.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            # The port can be used again at once. On Windows the option would let two servers share the port.
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
        listener: A listening socket; the server closes it.
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
            OSError: The socket cannot be served.
        """
        self._thread.start()
        try:
            self._ready.wait()
        except BaseException:  # such as Ctrl-C
            self.stop()
            raise
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    def stop(self) -> None:
        """Stop the server and its thread, and close its connections and its socket.

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
    """uvicorn's server, which `stop` ends at once; uvicorn's own checks ten times a second whether it shall end."""

    def __init__(self, app: ASGIApp, grace: float) -> None:
        config = uvicorn.Config(
            app,
            # All fixed, so that the sandbox does not depend on other installed packages.
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
        # If the level of the root logger is below DEBUG, uvicorn has wrapped the application to log every scope,
        # with the query and the secret in it. This removes the wrapper.
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
            await self.on_tick(0)  # updates the Date header
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), 1.0)

    def stop(self) -> None:
        """End the main loop; from any thread, at any time after `ready`."""
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed already
                self._loop.call_soon_threadsafe(self._ending.set)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the sockets and connections, and wait for the requests that are being answered."""
        # uvicorn's own shutdown sleeps for at least 0.1 s and waits for uploads without limit.
        await _stop_accepting(sockets or [])
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        connections = [c for c in self.server_state.connections if isinstance(c, _Connection)]
        for connection in connections:
            connection.transport.close()
        if not await self._ends_within_grace():
            for connection in connections:
                connection.transport.abort()
            await self._ends_within_grace()
            # Applications that ignore that the client has disconnected, such as a mounted one that waits.
            for task in self.server_state.tasks:
                task.cancel()
            await self._drained()

    async def _ends_within_grace(self) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._drained(), self._grace)
            return True
        return False

    async def _drained(self) -> None:
        while self.server_state.connections or self.server_state.tasks:
            await asyncio.sleep(0.002)


async def _stop_accepting(listeners: list[socket.socket]) -> None:
    """Accept no more connections, and let accepted sockets become connections, which can be closed.

    asyncio needs some turns for that. If the server closes before, it forgets the socket and leaves it open.
    """
    loop = asyncio.get_running_loop()
    for listener in listeners:
        with contextlib.suppress(NotImplementedError):  # the loop of Windows has no readers; `close` ends its accepts
            loop.remove_reader(listener)
    for _ in range(_ACCEPT_TURNS):
        await asyncio.sleep(0)


class _Connection(H11Protocol):
    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        # Every scope gets a copy of this state: a fault that resets the connection needs its transport.
        super().__init__(config, server_state, {**app_state, "connection": self}, _loop)
        # uvicorn's option `access_log=False` would remove the handlers of its logger for the whole process, and other
        # code could add them again. The access log has the query, with the secret.
        self.access_log = False
