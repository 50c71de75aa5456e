"""The failures that a recorder simulates."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pyttributionio._core.types import Failure, Reply
from pyttributionio._core.validation import checked_seconds
from pyttributionio._errors import APIConnectionError, APITimeoutError
from pyttributionio.testing._requests import RecordedRequest

_FAILURES: Final = {
    APIConnectionError: Failure("simulated by the recorder: the connection was refused", unsent=True),
    APITimeoutError: Failure("simulated by the recorder: no answer in time", timeout=True),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A failure of one attempt: its outcome, and the name of its error if there is no answer."""

    outcome: Reply | Failure
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A fault for each request for which a function returns true."""

    predicate: Callable[[RecordedRequest], object]
    fault: Fault


def fault_of(status: int | None, error: type[APIConnectionError] | None, retry_after: float | None) -> Fault:
    """Return the fault that the arguments describe.

    Raises:
        ValueError: There is not exactly one of status and error, the status is a success, or the pause has no meaning.
        TypeError: An argument has the wrong type.
    """
    if (status is None) is (error is None):
        raise ValueError("give one of status and error: status=503, or error=APITimeoutError")
    if error is not None:
        if error not in _FAILURES:
            raise ValueError(
                f"error is {error!r}: pass the class APIConnectionError or APITimeoutError, or give a status for the "
                "error of an answer"
            )
        if retry_after is not None:
            raise ValueError("retry_after is a header of an answer: give it together with status")
        return Fault(_FAILURES[error], error.__name__)
    given: object = status
    if isinstance(given, bool) or not isinstance(given, int):
        raise TypeError(f"status is an int, not {type(given).__name__}")
    if not 100 <= given <= 599 or 200 <= given <= 299:
        raise ValueError(f"status is {given}: pass that of a failure, such as 503, 429 or 401")
    headers = [("Content-Type", "application/json")]
    if retry_after is not None:
        headers.append(("Retry-After", f"{checked_seconds('retry_after', retry_after, or_zero=True):g}"))
    return Fault(Reply(given, headers, b'{"error":{"message":"simulated by the recorder"}}'))
