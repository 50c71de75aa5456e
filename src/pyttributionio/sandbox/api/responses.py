"""What the answers of all applications have in common: errors in JSON, and additional headers."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Message, Send

from pyttributionio.sandbox.store.database import DatabaseLockedError, DatabaseUnusableError
from pyttributionio.sandbox.values.bodies import MalformedBodyError

_Handler: TypeAlias = Callable[[Request, Exception], Awaitable[Response]]


def error_answer(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer with an error's message."""
    return JSONResponse({"error": {"message": message}}, status, headers)


def with_headers(send: Send, headers: Mapping[str, str]) -> Send:
    """Return a `send` that adds headers to an answer, except those that the answer has already."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = MutableHeaders(scope=message)
            for name, value in headers.items():
                present.setdefault(name, value)
        await send(message)

    return send_with_headers


async def _answer_http_exception(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return error_answer(error.status_code, error.detail, error.headers)


async def _answer_malformed(_: Request, error: Exception) -> Response:
    return error_answer(400, str(error))


async def _answer_locked(_: Request, error: Exception) -> Response:
    return error_answer(503, str(error), {"Retry-After": "1"})


async def _answer_unusable(_: Request, error: Exception) -> Response:
    return error_answer(500, f"the sandbox cannot use the file of its database: {error}")


async def _answer_failure(_: Request, error: Exception) -> Response:
    # uvicorn logs the traceback; the client gets the class only.
    return error_answer(500, f"the sandbox failed: {type(error).__name__}")


HANDLERS: Final[Mapping[type[Exception], _Handler]] = {
    HTTPException: _answer_http_exception,
    MalformedBodyError: _answer_malformed,
    DatabaseLockedError: _answer_locked,
    DatabaseUnusableError: _answer_unusable,
    Exception: _answer_failure,
}
"""Starlette's exception handlers."""
