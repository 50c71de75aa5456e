"""What an outcome means for the entry, and for all that wait behind it."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Final

from pyttributionio._core.retry import retry_after
from pyttributionio._core.types import Failure, Flaw, Reply

_BURIED: Final = frozenset({400, 413, 422})
"""The server understood, or could see that it never will: another try would say the same."""
_LATER: Final = frozenset({408, 425, 429})
_CONFLICT: Final = 409
_LONGEST_ANSWER: Final = 2000


class Fate(Enum):
    """What becomes of an entry."""

    DELIVERED = auto()
    LATER = auto()
    """The destination is not well: everything waits."""
    REFUSED = auto()
    """The destination answers, but not to us: a wrong key, a disabled account, a wrong URL. Everything waits."""
    DEAD = auto()


@dataclass(frozen=True, slots=True)
class Verdict:
    """A fate and its reason; `asked` is how many seconds the server asked to wait."""

    fate: Fate
    reason: str
    status: int | None = None
    asked: float | None = None
    answer: str = ""


def judge(outcome: Reply | Failure, now: datetime, *, maybe_sent: bool) -> Verdict:
    """Return what an outcome means.

    Only what is certainly about the entry itself buries it. All else could be about every entry, and
    a wrong setting must not empty the outbox. A conflict says that the server holds the transaction id: if
    the entry may have arrived before, that was it.
    """
    if isinstance(outcome, Failure):
        return Verdict(Fate.LATER, outcome.text)
    status = outcome.status
    reason = f"status {status}"
    if 200 <= status <= 299 or (status == _CONFLICT and maybe_sent):
        return Verdict(Fate.DELIVERED, reason, status)
    content = outcome.content
    # What could not be had is not kept, but that it could not be had.
    text = content.found if isinstance(content, Flaw) else content.decode("utf-8", "replace")
    answer = text[:_LONGEST_ANSWER]
    asked = retry_after(outcome.headers.get("retry-after"), now)
    if status in _LATER or status >= 500:
        return Verdict(Fate.LATER, reason, status, asked, answer)
    if status in _BURIED or status == _CONFLICT:
        return Verdict(Fate.DEAD, reason, status, None, answer)
    return Verdict(Fate.REFUSED, reason, status, asked, answer)
