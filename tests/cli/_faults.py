"""Everything that can go wrong between a command and its server."""

from typing import Any, NamedTuple

from pyttributionio.sandbox import Sandbox

QUICK = ("--timeout", "0.3", "--deadline", "0.6")
"""Limits with which a fault ends a command soon."""


class Fault(NamedTuple):
    """A fault of the sandbox, and the exit codes of a read and of a post that meet it."""

    name: str
    read: int
    post: int
    keywords: dict[str, Any]


FAULTS = [
    Fault("401", 3, 3, {"status": 401}),
    Fault("403", 3, 3, {"status": 403}),
    Fault("404", 4, 4, {"status": 404}),
    Fault("400", 1, 1, {"status": 400}),
    Fault("422", 1, 1, {"status": 422}),
    Fault("408", 5, 5, {"status": 408, "retry_after": 0}),
    Fault("429", 5, 5, {"status": 429, "retry_after": 0}),
    Fault("429 for an hour", 5, 5, {"status": 429, "retry_after": 3600}),
    Fault("503", 5, 5, {"status": 503, "retry_after": 0}),
    Fault("503 in HTML", 5, 5, {"status": 503, "retry_after": 0, "body": "html"}),
    Fault("302", 1, 1, {"status": 302}),
    Fault("reset", 5, 5, {"reset": True}),
    Fault("timeout", 5, 5, {"delay": 3}),
    Fault("cut", 5, 5, {"body": "cut"}),
    # Posts: a 2xx is an acceptance, whatever the body is.
    Fault("HTML", 1, 0, {"status": 200, "body": "html"}),
    Fault("invalid JSON", 1, 0, {"body": "invalid_json"}),
    Fault("empty", 1, 0, {"body": "empty"}),
]


def inject(sandbox: Sandbox, fault: Fault, path: str | None = None) -> None:
    """Let each request meet the fault."""
    keywords = fault.keywords if path is None else {**fault.keywords, "path": path}
    sandbox.faults.always(**keywords)
