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
    ResponseValidationError    a read's 2xx whose body is not JSON, or has no customer
  ClientClosedError            a call on a closed client (a RuntimeError too)
  ClientDisabledError          a call that needs an answer, on a disabled client (a RuntimeError too)
  OutboxError                  the outbox could not store an entry, or could not open its directory
    OutboxFullError            ... because there is no room for it
    OutboxCorruptError         ... because its file is damaged and it cannot repair it
NotIncludedError               the program read a collection that it did not ask for (an AttributeError)
NetworkBlockedError            PYTTRIBUTIONIO_NETWORK=loopback forbids the connection (a RuntimeError)

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
    "ClientClosedError",
    "ClientDisabledError",
    "ConflictError",
    "InternalServerError",
    "NetworkBlockedError",
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
    """The method of a request, and its URL without the secret."""

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
        # The default passes only `args` to the class. That fails if a parameter is keyword-only.
        return _rebuild, (type(self), self.args, self.__dict__)


class APIError(PyttributionioError):
    """A request was built, and the call failed.

    Attributes:
        request: The method and the URL, without the secret.
        attempts: The number of attempts, the first included.
        accepted_transaction_id: The transaction id of an event that was accepted before its identity failed;
            None for any other failure. To try again, post the identity alone.
    """

    request: RequestInfo
    attempts: int
    accepted_transaction_id: str | None = None

    def __init__(self, message: str, *, request: RequestInfo, attempts: int) -> None:
        super().__init__(message)
        self.request = request
        self.attempts = attempts


class APIConnectionError(APIError):
    """No whole answer came: the connection was refused, reset, or cut off before the end of the answer."""


class APITimeoutError(APIConnectionError):
    """No whole answer came in time: the timeout of one attempt or the deadline of all attempts passed."""


class APIStatusError(APIError):
    """An answer came, and its status is not a 2xx. A redirect is one too, because none is followed.

    Attributes:
        status_code: The HTTP status.
        headers: The answer's headers, with the secret masked. Names are found in upper and lower case.
        body: The answer's body as text, with the secret masked: the first 64 kB, or empty if there was none.
        retry_after: The seconds that the server asked to wait before the next attempt, or None.
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
    """The server did not understand the request (400)."""


class AuthenticationError(APIStatusError):
    """The public key or the secret is wrong (401)."""


class PermissionDeniedError(APIStatusError):
    """The account is disabled (403)."""


class NotFoundError(APIStatusError):
    """The server understood the request, and has nothing of that name (404)."""


class ConflictError(APIStatusError):
    """The request contradicts the data that the server has (409)."""


class UnprocessableEntityError(APIStatusError):
    """The server understood the request, and refused its content (422)."""


class RateLimitError(APIStatusError):
    """There were too many requests (429). `retry_after` has the seconds to wait, if the server named them."""


class InternalServerError(APIStatusError):
    """The server, or a proxy in front of it, failed (5xx)."""


class ResponseValidationError(APIError):
    """The answer to a read is a 2xx, and its body is not JSON, has no customer, or has a collection that is no list.

    A longer body than the client's limits is one too, and so is any difference from the schemas with strict=True.

    Attributes:
        status_code: The HTTP status.
        path: The place in the answer, such as "customer.events"; empty for the whole body.
        expected: The value that is needed there, such as "an array".
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


class ClientClosedError(PyttributionioError, RuntimeError):
    """The client was closed before the call. Nothing was sent.

    It is a RuntimeError too, as for a closed client of httpx.
    """


class ClientDisabledError(PyttributionioError, RuntimeError):
    """The call needs an answer, such as a read, and the client is disabled. Nothing was sent.

    Events and identities need none: a disabled client checks and drops them.
    """


class OutboxError(PyttributionioError):
    """The outbox could not store an entry, or could not open its directory. It accepted nothing."""


class OutboxFullError(OutboxError):
    """The outbox has no room for another entry: `max_bytes` are used, or the file system is full."""


class OutboxCorruptError(OutboxError):
    """A file of the outbox is damaged, and its readable entries could not be copied to a new file."""


class NotIncludedError(AttributeError):
    """The program read a collection that the call did not ask for.

    It is not a PyttributionioError, because it is a mistake in the program and not a failure of a call.
    """


class NetworkBlockedError(RuntimeError):
    """A connection to another machine was refused, because PYTTRIBUTIONIO_NETWORK=loopback forbids it.

    It is not a PyttributionioError, so that a program that handles failed calls does not hide it from a test.
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
    """Return the error class of a status: its own, InternalServerError for 5xx, or APIStatusError."""
    if 500 <= status <= 599:
        return InternalServerError
    return STATUS_ERRORS.get(status, APIStatusError)


set_public_module(*(globals()[name] for name in __all__))
