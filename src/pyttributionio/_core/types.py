"""The data that travels between the layers: requests, answers, failures, and a flow's steps. No I/O.

Four words for answers: a `Reply` is one HTTP answer. A `Failure` says why there is none. An `Answer` is the
reply that ended a call, with its attempts. A `RawResponse` is an answer as users get it, with `parse()`.

Most types here are named tuples: Python defines one in a fifth of the time of a frozen dataclass. A type that
hides a part from its repr is a dataclass, because error reporters print each member of a tuple.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias, TypeVar

from pyttributionio._shared.headers import Headers

__all__ = ["JSONValue"]

T = TypeVar("T")

JSONValue: TypeAlias = str | int | float | bool | Sequence["JSONValue"] | Mapping[str, "JSONValue"] | None
"""A value that JSON can carry; text is Unicode without lone surrogates, numbers are finite."""


class Timeouts(NamedTuple):
    """Seconds that each part of one attempt may take; None means up to the deadline."""

    connect: float | None
    read: float | None
    write: float | None
    pool: float | None


@dataclass(frozen=True, slots=True)
class APIRequest:
    """One HTTP request, without the secret.

    All requests of this API may be repeated: reads change nothing, and the ids and times of a post are fixed
    when its body is made.

    Attributes:
        method: The HTTP method.
        origin: Scheme, host and port.
        path: Percent-encoded; it starts with a slash.
        query: Without the question mark and without the secret.
        body: The JSON bytes of a post.
        private: Whether the driver has to add the secret.
        encoding: The request's Accept-Encoding.
    """

    method: Literal["GET", "POST"]
    origin: str
    path: str
    query: str = ""
    body: bytes | None = field(default=None, repr=False)
    private: bool = False
    encoding: str = "gzip, deflate"

    @property
    def url(self) -> str:
        """The URL as it may be shown to anyone."""
        return f"{self.origin}{self.path}?{self.query}" if self.query else self.origin + self.path


class Flaw(NamedTuple):
    """The reason why a body can't be used: what was expected, and what was found."""

    expected: str
    found: str


RawHeaders: TypeAlias = Sequence[tuple[bytes, bytes]] | Sequence[tuple[str, str]]
"""Names and values as they came: bytes of our own transport, text of a caller's client."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer. `content` is a flaw if it could not be decoded or was too long.

    Its repr shows neither headers nor content: a server may repeat the request's URL in them, and
    reprs stand in tracebacks with locals.
    """

    status: int
    raw_headers: RawHeaders = field(repr=False)
    content: bytes | Flaw = field(repr=False)

    @property
    def headers(self) -> Headers:
        """The headers, decoded: most calls need none of them."""
        return Headers((_text(name), _text(value)) for name, value in self.raw_headers)


def _text(value: bytes | str) -> str:
    if isinstance(value, str):
        return value
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


class Failure(NamedTuple):
    """No complete answer came. `text` names the transport's exception and its message, redacted."""

    text: str
    timeout: bool = False
    retryable: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """The reply that ended a call, the number of attempts, and the seconds that all of them took."""

    reply: Reply
    attempts: int
    elapsed: float


class Send(NamedTuple):
    """A step: make one attempt, which has to end before `deadline`, on the monotonic clock."""

    request: APIRequest
    timeouts: Timeouts
    deadline: float


class Wait(NamedTuple):
    """A step: wait for this many seconds."""

    seconds: float


Step: TypeAlias = Send | Wait
Outcome: TypeAlias = Reply | Failure | None
Flow: TypeAlias = Generator[Step, Outcome, T]
"""A call, written once: it yields steps, receives their outcomes (None for a wait), and returns the result."""
