"""The meaning of a request's outcome for its entry, and for all waiting entries."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Final

from pyttributionio._core.retry import NOT_PROCESSED, retry_after
from pyttributionio._core.types import Failure, Flaw, Reply
from pyttributionio._shared.text import one_line
from pyttributionio.outbox.storage.entries import DeadLetterCause

_ABOUT_THE_ENTRY: Final = frozenset({400, 413, 422})
"""The server refuses the content of this entry. Another attempt would get the same answer."""
_LATER: Final = frozenset({408, 425, 429})
_CONFLICT: Final = 409
_MAX_ANSWER: Final = 2000
SENDING: Final = "it is being sent"
"""The `last_error` of an entry under way, if it must not be sent twice. It is written before the request is sent, so
that the next process knows which entries may have arrived."""


class Disposition(Enum):
    """The consequence for an entry."""

    DELIVERED = auto()
    LATER = auto()
    """The server has a problem. All entries wait."""
    REFUSED = auto()
    """A person has to act, such as for a wrong key, a wrong URL or an unusable proxy. All entries wait."""
    DEAD = auto()
    """The server refuses this entry."""
    UNCERTAIN = auto()
    """The request may have arrived, and must not be sent twice. The server has a problem, so all other entries wait."""


@dataclass(frozen=True, slots=True)
class Classification:
    """A disposition and its reason. `retry_after` is the number of seconds that the server asked to wait."""

    disposition: Disposition
    reason: str
    status: int | None = None
    retry_after: float | None = None
    answer: str = ""

    @property
    def cause(self) -> DeadLetterCause:
        """Why the entry becomes a dead letter, if it does."""
        return "uncertain" if self.disposition is Disposition.UNCERTAIN else "refused"


def unexpected(error: BaseException, *, unsent: bool = False) -> Failure:
    """Return the outcome of a request that ended with an exception which is not one of the network.

    Examples are a proxy or certificates of the environment that can't be used, and an exception of a caller's client.

    Args:
        error: The exception.
        unsent: Whether the request surely was not sent.
    """
    return Failure(one_line(f"{type(error).__name__}: {error}"), retryable=False, unsent=unsent)


def classify(
    outcome: Reply | Failure, now: datetime, *, maybe_sent: bool, is_repeatable: bool = True
) -> Classification:
    """Return the meaning of an outcome.

    An entry becomes a dead letter only if the answer is certainly about that entry. Any other answer could be about
    every entry, and a wrong setting must not empty the outbox. A conflict (409) is taken to mean that the server has
    this transaction id already: if an earlier request may have arrived, the entry counts as delivered.

    Args:
        outcome: The outcome of a request.
        now: The time of day, for a Retry-After that is a date.
        maybe_sent: Whether an earlier request of this entry may have arrived.
        is_repeatable: Whether an entry may be sent again if this request may have arrived.
    """
    if isinstance(outcome, Failure):
        if not (is_repeatable or outcome.unsent):
            return Classification(Disposition.UNCERTAIN, outcome.text)
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
        if not is_repeatable and status not in NOT_PROCESSED:
            return Classification(Disposition.UNCERTAIN, reason, status, wait, answer)
        return Classification(Disposition.LATER, reason, status, wait, answer)
    if status in _ABOUT_THE_ENTRY or status == _CONFLICT:
        return Classification(Disposition.DEAD, reason, status, None, answer)
    return Classification(Disposition.REFUSED, reason, status, wait, answer)
