"""What travels between the layers: requests, answers, failures, and a flow's steps. Plain data, no I/O.

Most are named tuples, which a starting program makes in a fifth of the time of a frozen dataclass. What
hides a part from its repr is a dataclass all the same, for reporters of errors walk through a tuple's members.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias, TypeVar

from pyttributionio._shared.headers import Headers

T = TypeVar("T")


class Timeouts(NamedTuple):
    """Seconds that each part of one attempt may take; None means up to the deadline."""

    connect: float | None
    read: float | None
    write: float | None
    pool: float | None


@dataclass(frozen=True, slots=True)
class APIRequest:
    """One HTTP request, without the secret.

    `origin` is scheme, host and port; `path` is percent-encoded and starts with a slash; `private`
    says whether the transport has to put the secret on the wire. All requests of this API may be
    repeated: reads by nature, posts because their ids and times are fixed when the body is made.
    """

    method: Literal["GET", "POST"]
    origin: str
    path: str
    query: str = ""
    body: bytes | None = field(default=None, repr=False)
    private: bool = False

    @property
    def url(self) -> str:
        """The URL as it may be shown to anyone."""
        return f"{self.origin}{self.path}?{self.query}" if self.query else self.origin + self.path


class Flaw(NamedTuple):
    """Why a body that came can't be had: what it should be, and what it is."""

    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `content` is a flaw where its Content-Encoding could not be undone, or it was too long.

    Its repr shows neither headers nor content: a server may repeat the request's URL in them, and
    reprs stand in tracebacks with locals.
    """

    status: int
    headers: Headers = field(repr=False)
    content: bytes | Flaw = field(repr=False)


class Failure(NamedTuple):
    """No whole answer came. `text` names the transport's exception and what it said, redacted."""

    text: str
    timeout: bool = False
    retryable: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """The reply that ended the attempts, how many there were, and the seconds all of them took."""

    reply: Reply
    attempts: int
    elapsed: float


class Send(NamedTuple):
    """A step: make one attempt, which has to end before `ends` (on the monotonic clock)."""

    request: APIRequest
    timeouts: Timeouts
    ends: float


class Wait(NamedTuple):
    """A step: let so many seconds pass."""

    seconds: float


Step: TypeAlias = Send | Wait
Outcome: TypeAlias = Reply | Failure | None
Flow: TypeAlias = Generator[Step, Outcome, T]
"""A call, written once: yields steps, is told their outcomes (None for a wait), returns the result."""
