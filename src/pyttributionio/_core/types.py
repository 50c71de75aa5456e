"""The data that the layers exchange: requests, answers, failures, and a flow's steps. No I/O.

There are four types for answers. A `Reply` is one HTTP answer. A `Failure` has the reason why there is none. An
`Answer` is the last reply of a call, with the number of attempts. A `RawResponse` is an answer for users, with
`parse()`.

Most types here are named tuples: their definition takes a fifth of the time of a frozen dataclass's. A type that
hides a part from its repr is a dataclass, because error reporters print each member of a tuple.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Literal, NamedTuple, TypeAlias, TypeVar

from pyttributionio._shared.headers import Headers

__all__ = ["JSONValue", "RetryPosts"]

T = TypeVar("T")

JSONValue: TypeAlias = str | int | float | bool | Sequence["JSONValue"] | Mapping[str, "JSONValue"] | None
"""A value that JSON can represent. Text has no lone surrogates, and numbers are finite."""

RetryPosts: TypeAlias = Literal["always", "unsent"]
"""Which failed posts are sent again: "always": those whose answer was lost too, which may have arrived. "unsent": only
those that the server surely did not process."""


class Timeouts(NamedTuple):
    """The seconds that each part of one attempt may take. None means up to the deadline."""

    connect: float | None
    read: float | None
    write: float | None
    pool: float | None


class Call(NamedTuple, Generic[T]):
    """The description of a call. The table in `calls.py` has one for each call of the API.

    Attributes:
        method: The HTTP method.
        path: Relative to the server's URL and percent-encoded; `{name}` stands for an argument.
        kind: The type that the answer is read into: a model, a list of one, a dict, or None.
        envelope: The member of the answer, and of a post's body, that has the object; None if it is the whole body.
        is_private: Whether the call goes to the private API, with the secret.
        advice: A sentence for the error message, by status.
    """

    method: Literal["GET", "POST"]
    path: str
    kind: type[T]
    envelope: str | None
    is_private: bool
    advice: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class APIRequest:
    """One HTTP request, without the secret.

    Each attempt has the same bytes: the ids and times of a post are fixed when its body is made. Whether the server
    counts a post twice that it gets twice is not known.

    Attributes:
        method: The HTTP method.
        origin: Scheme, host and port.
        path: Percent-encoded; it starts with a slash.
        query: Without the question mark and without the secret.
        body: The JSON bytes of a post.
        private: Whether the driver has to add the secret.
        encoding: The request's Accept-Encoding.
        is_repeatable: Whether it may be sent again if an earlier attempt may have arrived.
        headers: Further headers. They replace those of the same name.
    """

    method: Literal["GET", "POST"]
    origin: str
    path: str
    query: str = ""
    body: bytes | None = field(default=None, repr=False)
    private: bool = False
    encoding: str = "gzip, deflate"
    is_repeatable: bool = True
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def url(self) -> str:
        """The URL without the secret. It may be shown."""
        return f"{self.origin}{self.path}?{self.query}" if self.query else self.origin + self.path


class Flaw(NamedTuple):
    """The reason why a body can't be used: what was expected, and what was found."""

    expected: str
    found: str


RawHeaders: TypeAlias = Sequence[tuple[bytes, bytes]] | Sequence[tuple[str, str]]
"""Names and values as received: bytes from our own transport, text from a caller's client."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer. `content` is a `Flaw` if the body could not be decoded or was too long.

    Its repr shows neither headers nor content: a server may repeat the request's URL in them, and tracebacks with
    locals show reprs.
    """

    status: int
    raw_headers: RawHeaders = field(repr=False)
    content: bytes | Flaw = field(repr=False)

    @property
    def headers(self) -> Headers:
        """The decoded headers. They are decoded on use, because most calls need none."""
        return Headers((decoded_header(name), decoded_header(value)) for name, value in self.raw_headers)


def decoded_header(value: bytes | str) -> str:
    """Return the name or value of a header as text; Latin-1 if it is not UTF-8."""
    if isinstance(value, str):
        return value
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


class Failure(NamedTuple):
    """No complete answer came.

    Attributes:
        text: The class and message of the transport's exception, redacted.
        timeout: Whether a time was over.
        retryable: Whether another attempt can have another outcome.
        unsent: Whether the request surely did not reach the server, such as without a connection.
    """

    text: str
    timeout: bool = False
    retryable: bool = True
    unsent: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The last reply of a call, the number of attempts, and the seconds of the whole call."""

    reply: Reply
    attempts: int
    elapsed: float


class Send(NamedTuple):
    """A step: make one attempt, which must end before `deadline` on the monotonic clock."""

    request: APIRequest
    timeouts: Timeouts
    deadline: float


class Wait(NamedTuple):
    """A step: wait for this many seconds."""

    seconds: float


Step: TypeAlias = Send | Wait
Outcome: TypeAlias = Reply | Failure | None
Flow: TypeAlias = Generator[Step, Outcome, T]
"""A call as a generator. It yields steps, receives their outcomes (None for a wait), and returns the result."""
