"""What an answer had that the schemas don't, or the other way round. Plain data; values never whole."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from logging import NullHandler, getLogger
from typing import Final, Literal, Protocol, TypeAlias, TypeGuard, TypeVar

from pyttributionio._shared.naming import set_public_module
from pyttributionio._shared.text import one_line

__all__ = ["AnswerListener", "Drift", "DriftKind", "log_drift"]

MOST_SEEN: Final = 10_000
"""Kinds and paths that a reporter or a report tells apart; a server that uses data as names has no end of them."""

T = TypeVar("T")

_log = getLogger("pyttributionio")
_log.addHandler(NullHandler())  # what to do with log lines is the program's matter

DriftKind: TypeAlias = Literal[
    "unknown_field", "unreadable_value", "missing_collection", "unreadable_answer", "unreadable_echo"
]


@dataclass(frozen=True, slots=True)
class Drift:
    """One way in which an answer differs from what this SDK knows of the API.

    Attributes:
        model: The model in which it was found, such as "Touchpoint"; "Answer" for what stands beside the customer.
        path: Where in the answer, list positions left open, such as "customer.touchpoints[].utm_id"; a name
            that is no plain identifier may be someone's data and is not shown.
        kind: "unknown_field": a field no schema names, kept among the extras; the further members of a `meta`
            are none, for callers of the SDK choose them. "unreadable_value": an
            assumed field whose value is of another type, read as None. "missing_collection": one
            that was asked for and not sent, read as empty. "unreadable_answer": a read's answer that is no
            JSON, or a field of it that is more than assumed and has another type; the call raised
            ResponseValidationError. "unreadable_echo": a post's answer that is no echo of it, ignored.
        example: The value's type and its first characters, never the whole of it; empty where nothing came.
    """

    model: str
    path: str
    kind: DriftKind
    example: str


def log_drift(drift: Drift) -> None:
    """Log a drift as one line, at WARNING on the logger "pyttributionio": `Client(on_drift=log_drift)`.

    A client tells of each kind and path once, so a log gets one line for each.
    """
    example = f": {drift.example}" if drift.example else ""
    _log.warning("%s", one_line(f"{drift.kind} at {drift.path or 'the body'} ({drift.model}){example}"))


class AnswerListener(Protocol):
    """What `on_drift` may be beside a function: it is told of every answer that says something, drift or no drift.

    `DriftReport` is one; a class of your own with this method is one, too. Not told of is a post's answer without
    a body, which is how some servers say that all is well.
    """

    def answered(self, drifts: Sequence[Drift], /) -> object:
        """Take all that drifted in one answer, as often as it did."""
        ...


def _listens_to_answers(callback: object) -> TypeGuard[AnswerListener]:
    # Looked up on the class, as Python does with special methods: a mock has every attribute one asks for.
    return hasattr(type(callback), "answered")


class DriftReporter:
    """Tell a callback of drift, and never let it break the call that found one.

    A function hears of each kind and path once; a listener (see AnswerListener) of every answer.
    """

    __slots__ = ("_callback", "_seen")

    def __init__(self, callback: object) -> None:
        if not callable(callback) and not _listens_to_answers(callback):
            raise TypeError(
                f"on_drift is a function that takes a Drift, or has a method `answered`, not {type(callback).__name__}"
            )
        self._callback = callback
        self._seen: dict[tuple[DriftKind, str], Drift] = {}

    def answered(self, drifts: Sequence[Drift]) -> None:
        """Tell of all that drifted in one answer."""
        callback = self._callback
        if _listens_to_answers(callback):
            _tell(callback.answered, drifts)
            return
        assert callable(callback)
        for drift in drifts:
            # Asking and noting in one step, for a client is shared between threads.
            if len(self._seen) < MOST_SEEN and self._seen.setdefault((drift.kind, drift.path), drift) is drift:
                _tell(callback, drift)

    def __reduce__(self) -> tuple[object, ...]:
        # Python's own way is not there in the oldest pickle protocols for a class with slots.
        return DriftReporter, (self._callback,), (None, {"_seen": self._seen})


def _tell(callback: Callable[[T], object], news: T) -> None:
    try:
        callback(news)
    except Exception:
        _log.exception("on_drift failed; the call that found the drift goes on")


set_public_module(AnswerListener, Drift)
