"""Requests to the page's own routes."""

from typing import Any

from .._posting import Caller


def local(request: bytes) -> bytes:
    """Replace the Host header by a name of the sandbox, which the page's routes require."""
    return request.replace(b"Host: x\r\n", b"Host: 127.0.0.1\r\n")


def ask(caller: Caller, path: str, **parameters: Any) -> Any:
    """Read JSON from the page's own routes."""
    answer = caller.http.get(f"{caller.sandbox.tracking_url}/_sandbox/{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()
