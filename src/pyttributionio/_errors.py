"""Everything a call can raise.

PyttributionioError
  APIError                     a request was built
    APIConnectionError         no whole answer came
      APITimeoutError          ... in time
    APIStatusError             an answer came, and it is not a 2xx
      BadRequestError          400
      AuthenticationError      401
      PermissionDeniedError    403
      NotFoundError            404
      ConflictError            409
      UnprocessableEntityError 422
      RateLimitError           429
      InternalServerError      5xx
    ResponseValidationError    a read's 2xx that can't be read as promised
  OutboxError                  the outbox could not keep an entry, or not open its directory
    OutboxFullError            ... because there is no room for it
    OutboxCorruptError         ... because its file is damaged beyond what it can mend by itself
NotIncludedError               a collection was read that was not asked for (an AttributeError)

Wrong arguments are ValueError or TypeError, raised before anything is sent.
Every error pickles with its class and attributes, and none shows the secret.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from pyttributionio._shared.headers import Headers
from pyttributionio._shared.naming import set_public_module

__all__ = [
    "APIConnectionError",
    "APIError",
    "APIStatusError",
    "APITimeoutError",
    "AuthenticationError",
    "BadRequestError",
    "ConflictError",
    "InternalServerError",
    "NotFoundError",
    "NotIncludedError",
    "OutboxCorruptError",
    "OutboxError",
    "OutboxFullError",
    "PermissionDeniedError",
    "PyttributionioError",
    "RateLimitError",
    "RequestInfo",
    "ResponseValidationError",
    "UnprocessableEntityError",
]

E = TypeVar("E", bound="PyttributionioError")


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """What was asked: the method, and the URL without the secret."""

    method: str
    url: str

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


def _rebuild(cls: type[E], args: tuple[object, ...], state: dict[str, object]) -> E:
    error = cls.__new__(cls, *args)
    error.__dict__.update(state)
    return error


class PyttributionioError(Exception):
    """The root of every error a call can raise."""

    def __reduce__(self) -> tuple[Callable[..., "PyttributionioError"], tuple[object, ...]]:
        # The default calls the class with `args` alone, which fails for keyword-only parameters.
        return _rebuild, (type(self), self.args, self.__dict__)


class APIError(PyttributionioError):
    """A request was built, and it did not end well.

    Attributes:
        request: What was asked, without the secret.
        attempts: How many times it was sent, the first included.
        accepted_transaction_id: The transaction id of an event that was accepted before its identity failed;
            None for any other failure. Whoever tries again then posts the identity alone.
    """

    request: RequestInfo
    attempts: int
    accepted_transaction_id: str | None = None

    def __init__(self, message: str, *, request: RequestInfo, attempts: int) -> None:
        super().__init__(message)
        self.request = request
        self.attempts = attempts


class APIConnectionError(APIError):
    """No whole answer came: refused, reset, or cut off before its end."""


class APITimeoutError(APIConnectionError):
    """No whole answer came in time: one attempt's timeout, or the deadline over all attempts, passed."""


class APIStatusError(APIError):
    """An answer came whose status is not a 2xx; redirects count here, for they are never followed.

    Attributes:
        status_code: The HTTP status.
        headers: The answer's headers, by name in any case, with the secret masked.
        body: The answer's body as text, with the secret masked; empty where there was none.
        retry_after: Seconds the server asked to wait before the next try, or None.
    """

    status_code: int
    headers: Headers
    body: str
    retry_after: float | None

    def __init__(
        self,
        message: str,
        *,
        request: RequestInfo,
        attempts: int,
        status_code: int,
        headers: Headers,
        body: str,
        retry_after: float | None,
    ) -> None:
        super().__init__(message, request=request, attempts=attempts)
        self.status_code = status_code
        self.headers = headers
        self.body = body
        self.retry_after = retry_after


class BadRequestError(APIStatusError):
    """The request was not understood (400)."""


class AuthenticationError(APIStatusError):
    """The public key or the secret is wrong (401)."""


class PermissionDeniedError(APIStatusError):
    """The account is disabled (403)."""


class NotFoundError(APIStatusError):
    """The request was understood, and nothing of that name exists (404)."""


class ConflictError(APIStatusError):
    """The request contradicts what the server holds (409)."""


class UnprocessableEntityError(APIStatusError):
    """The request was understood, and its content was refused (422)."""


class RateLimitError(APIStatusError):
    """Too many requests; `retry_after` says when to try again, if the server did (429)."""


class InternalServerError(APIStatusError):
    """The server, or something before it, failed (5xx)."""


class ResponseValidationError(APIError):
    """A read was answered with a 2xx, and its body is not what the API promises.

    Attributes:
        status_code: The HTTP status.
        path: Where in the answer, such as "customer.events[2].created_at"; empty for the body as a whole.
        expected: What should stand there.
        body: The answer's body as text, with the secret masked.
    """

    status_code: int
    path: str
    expected: str
    body: str

    def __init__(
        self,
        message: str,
        *,
        request: RequestInfo,
        attempts: int,
        status_code: int,
        path: str,
        expected: str,
        body: str,
    ) -> None:
        super().__init__(message, request=request, attempts=attempts)
        self.status_code = status_code
        self.path = path
        self.expected = expected
        self.body = body


class OutboxError(PyttributionioError):
    """The outbox could not store what it was given, or not open its directory; nothing was accepted."""


class OutboxFullError(OutboxError):
    """There is no room for another entry: `max_bytes` are used, or the file system is full."""


class OutboxCorruptError(OutboxError):
    """A file of the outbox is damaged, and what is readable in it could not be saved elsewhere."""


class NotIncludedError(AttributeError):
    """A collection was read that the call did not ask for.

    It stands outside the tree because it is a mistake in the program, not a failure of a call.
    """


STATUS_ERRORS: Final[dict[int, type[APIStatusError]]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: UnprocessableEntityError,
    429: RateLimitError,
}


def status_error_type(status: int) -> type[APIStatusError]:
    """Return the class for a status: its own, the 5xx class, or the plain one."""
    if 500 <= status <= 599:
        return InternalServerError
    return STATUS_ERRORS.get(status, APIStatusError)


set_public_module(
    APIConnectionError,
    APIError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    InternalServerError,
    NotFoundError,
    NotIncludedError,
    OutboxCorruptError,
    OutboxError,
    OutboxFullError,
    PermissionDeniedError,
    PyttributionioError,
    RateLimitError,
    RequestInfo,
    ResponseValidationError,
    UnprocessableEntityError,
)
