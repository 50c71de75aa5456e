"""The answers to what is refused or fails, in JSON, the same from the API and from the page."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pyttributionio.sandbox.values.bodies import MalformedBodyError

_Handler: TypeAlias = Callable[[Request, Exception], Awaitable[Response]]


def error_answer(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with an error's message."""
    return JSONResponse({"error": {"message": message}}, status, headers)


async def _answer_refusal(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return error_answer(error.status_code, error.detail, error.headers)


async def _answer_malformed(_: Request, error: Exception) -> Response:
    return error_answer(400, str(error))


async def _answer_failure(_: Request, error: Exception) -> Response:
    # uvicorn logs the traceback; the class is enough for the client.
    return error_answer(500, f"the sandbox failed: {type(error).__name__}")


HANDLERS: Final[Mapping[type[Exception], _Handler]] = {
    HTTPException: _answer_refusal,
    MalformedBodyError: _answer_malformed,
    Exception: _answer_failure,
}
"""What Starlette is to do with exceptions."""
