"""Trouble as it happens: an ASGI layer around the application that lets requests meet their faults.

Inside of it the application answers as ever; what the fault says becomes of that answer, if it is
asked for at all.
"""

import asyncio
import contextlib
import json
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final, Protocol, TypeAlias, cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pyttributionio.sandbox.faults.faults import WITHOUT_BODY, Fault, Faults
from pyttributionio.sandbox.values.bodies import JSONValue

_Headers: TypeAlias = list[tuple[bytes, bytes]]
_Delay: TypeAlias = Callable[[Receive, float], Awaitable[bool]]

# On, for no time at all: closing then resets. Winsock's struct has shorts.
_LINGER: Final = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
_BAD_GATEWAY: Final = 502


class _Connection(Protocol):
    transport: asyncio.Transport


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: _Headers
    body: bytes


class FaultLayer:
    """Let requests meet their faults on the way to the application.

    What stands around it shares `scope["state"]` with it: `connection` has the transport that resets
    and cuts need; `unanswered` is called before a reset, while the client does not yet know of it;
    and `fault` is left there, before anything is sent, as the text of what the request met.

    Args:
        app: The application.
        faults: What goes wrong.
        delay: Waits for the seconds of a fault's delay; false if the client left meanwhile.
    """

    def __init__(self, app: ASGIApp, faults: Faults, *, delay: _Delay | None = None) -> None:
        self._app = app
        self._faults = faults
        self._delay = delay or stays

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request, as ASGI has it; `receive` has its body in one piece."""
        fault = self._faults.meet(scope["method"], scope["raw_path"].decode("ascii"))
        if fault is None:
            await self._app(scope, receive, send)
            return
        scope["state"]["fault"] = str(fault)
        request = await receive()
        answer = await self._processed(scope, request) if fault.recorded else None
        if fault.delay and not await self._delay(receive, fault.delay):
            return
        if fault.reset:
            await _reset(scope, receive)
            return
        own = _own_answer(fault)
        answer = _changed(own or answer or await self._processed(scope, request), fault)
        await _start(answer, send)
        if fault.body == "cut":
            await _cut(answer, scope, receive, send)
        else:
            await send({"type": "http.response.body", "body": answer.body})

    async def _processed(self, scope: Scope, request: Message) -> _Answer:
        """Let the application answer, and keep the answer here."""
        status, headers, body = 0, _Headers(), bytearray()

        async def receive() -> Message:
            return request

        async def keep(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers.extend(message["headers"])
            else:
                body.extend(message.get("body", b""))

        await self._app(scope, receive, keep)
        return _Answer(status, headers, bytes(body))


async def stays(receive: Receive, seconds: float) -> bool:
    """Wait so long, or until the client has gone; tell whether it is still there.

    A server that stops cuts its connections, and so ends the waiting too.
    """
    try:
        await asyncio.wait_for(until_gone(receive), seconds)
    except TimeoutError:
        return True
    return False


async def until_gone(receive: Receive) -> None:
    """Return when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _own_answer(fault: Fault) -> _Answer | None:
    """Make the answer that stands for the application's, if one does."""
    if fault.body != "html" and fault.status is None:
        return None
    status = fault.status or _BAD_GATEWAY
    content_type = b"application/json"
    body = b""
    if fault.body == "html":
        content_type, body = b"text/html; charset=utf-8", _page(status)
    elif status not in WITHOUT_BODY:
        body = _json({"error": {"message": f"the sandbox was asked for this: {fault}"}})
    # Allowed to all, so that a page's script sees the status instead of a network error.
    headers = [(b"content-type", content_type), (b"access-control-allow-origin", b"*")]
    if fault.retry_after_text is not None:
        headers.append((b"retry-after", fault.retry_after_text.encode("ascii")))
    return _Answer(status, headers, body)


def _page(status: int) -> bytes:
    title = str(status)
    with contextlib.suppress(ValueError):  # a code without a name
        title += f" {HTTPStatus(status).phrase}"
    return (
        f"<!DOCTYPE html>\n<html><head><title>{title}</title></head>"
        f"<body><h1>{title}</h1><p>The sandbox was asked for this page.</p></body></html>\n"
    ).encode()


def _changed(answer: _Answer, fault: Fault) -> _Answer:
    if fault.drift:
        answer = replace(answer, body=_drifted(answer.body, fault.drift))
    if fault.body == "invalid_json":
        # Without its last bracket, no object is JSON; and one bracket alone is not.
        answer = replace(answer, body=answer.body[:-1] or b"{")
    elif fault.body == "empty":
        answer = replace(answer, body=b"")
    return answer


def _drifted(body: bytes, drift: Mapping[str, JSONValue]) -> bytes:
    try:
        value = cast("JSONValue", json.loads(body))
    except ValueError:
        return body
    return _json(_with_drift(value, drift))


def _with_drift(value: JSONValue, drift: Mapping[str, JSONValue]) -> JSONValue:
    if isinstance(value, dict):
        return {name: drift[name] if name in drift else _with_drift(each, drift) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_drift(each, drift) for each in value]
    return value


def _json(value: JSONValue) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


async def _start(answer: _Answer, send: Send) -> None:
    headers = [(name, value) for name, value in answer.headers if name.lower() != b"content-length"]
    if answer.status not in WITHOUT_BODY:
        headers.append((b"content-length", str(len(answer.body)).encode("ascii")))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})


async def _cut(answer: _Answer, scope: Scope, receive: Receive, send: Send) -> None:
    half = answer.body[: len(answer.body) // 2]
    await send({"type": "http.response.body", "body": half, "more_body": True})
    _transport(scope).close()  # once what was written has left
    # uvicorn complains of an answer that is not complete, unless the connection has ended by then.
    await until_gone(receive)


async def _reset(scope: Scope, receive: Receive) -> None:
    scope["state"]["unanswered"]()
    transport = _transport(scope)
    if not transport.is_closing():
        connection = cast("socket.socket", transport.get_extra_info("socket"))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
        transport.abort()
    await until_gone(receive)


def _transport(scope: Scope) -> asyncio.Transport:
    return cast("_Connection", scope["state"]["connection"]).transport
