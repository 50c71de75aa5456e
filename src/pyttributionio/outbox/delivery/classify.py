"""The meaning of a request's outcome for its entry, and for all waiting entries."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Final

from pyttributionio._core.retry import retry_after
from pyttributionio._core.types import Failure, Flaw, Reply
from pyttributionio._shared.text import one_line

_ABOUT_THE_ENTRY: Final = frozenset({400, 413, 422})
"""The server refuses the content of this entry. Another attempt would get the same answer."""
_LATER: Final = frozenset({408, 425, 429})
_CONFLICT: Final = 409
_MAX_ANSWER: Final = 2000


class Disposition(Enum):
    """The consequence for an entry."""

    DELIVERED = auto()
    LATER = auto()
    """The server has a problem. All entries wait."""
    REFUSED = auto()
    """A person has to act, such as for a wrong key, a wrong URL or an unusable proxy. All entries wait."""
    DEAD = auto()


@dataclass(frozen=True, slots=True)
class Classification:
    """A disposition and its reason. `retry_after` is the number of seconds that the server asked to wait."""

    disposition: Disposition
    reason: str
    status: int | None = None
    retry_after: float | None = None
    answer: str = ""


def unexpected(error: BaseException) -> Failure:
    """Return the outcome of a request that ended with an exception which is not one of the network.

    Examples are a proxy or certificates of the environment that can't be used, and an exception of a caller's client.
    """
    return Failure(one_line(f"{type(error).__name__}: {error}"), retryable=False)


def classify(outcome: Reply | Failure, now: datetime, *, maybe_sent: bool) -> Classification:
    """Return the meaning of an outcome.

    An entry becomes a dead letter only if the answer is certainly about that entry. Any other answer could be about
    every entry, and a wrong setting must not empty the outbox. A conflict (409) means that the server has this
    transaction id already. If an earlier request may have arrived, the entry is delivered.
    """
    if isinstance(outcome, Failure):
        return Classification(Disposition.LATER if outcome.retryable else Disposition.REFUSED, outcome.text)
    status = outcome.status
    reason = f"status {status}"
    if 200 <= status <= 299 or (status == _CONFLICT and maybe_sent):
        return Classification(Disposition.DELIVERED, reason, status)
    content = outcome.content
    text = content.found if isinstance(content, Flaw) else content.decode("utf-8", "replace")
    answer = text[:_MAX_ANSWER]
    wait = retry_after(outcome.headers.get("retry-after"), now)
    if status in _LATER or status >= 500:
        return Classification(Disposition.LATER, reason, status, wait, answer)
    if status in _ABOUT_THE_ENTRY or status == _CONFLICT:
        return Classification(Disposition.DEAD, reason, status, None, answer)
    return Classification(Disposition.REFUSED, reason, status, wait, answer)
