"""Drift: the differences between an answer and the schemas, as plain data. It has no value in full."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from logging import NullHandler, getLogger
from typing import Final, Literal, Protocol, TypeAlias, TypeGuard, TypeVar, runtime_checkable

from pyttributionio._shared.naming import set_public_module
from pyttributionio._shared.text import one_line

__all__ = ["AnswerListener", "Drift", "DriftKind", "log_drift"]

MOST_SEEN: Final = 10_000
"""The limit of different kinds and paths in a reporter or report. A server that uses data as names has no limit."""

T = TypeVar("T")

_log = getLogger("pyttributionio")
_log.addHandler(NullHandler())  # the program decides what happens to log lines

DriftKind: TypeAlias = Literal[
    "unknown_field",
    "unreadable_value",
    "missing_collection",
    "unreadable_character",
    "unexpected_encoding",
    "unreadable_answer",
    "unreadable_echo",
]


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference between an answer and the schemas that this SDK knows.

    Attributes:
        model: The model that has the difference, such as "Touchpoint"; "Answer" for members next to the customer.
        path: The place in the answer, without list positions, such as "customer.touchpoints[].utm_id". A name that
            is not an identifier may be personal data and is not shown.
        kind: "unknown_field": no schema has this field; it is kept as an extra. Other members of `meta` are not
            drift, because callers of the SDK choose them. "unreadable_value": a value has another type or form than
            its schema; it reads as None, or as the part that can be read. "missing_collection": the call asked for
            this collection, and the answer does not have it; it reads as empty. "unreadable_character": a text has
            half a surrogate pair, or bytes that are no text; they read as U+FFFD. "unexpected_encoding": the body has
            a byte order mark, or another encoding than UTF-8. "unreadable_answer": the answer to a read has no object
            `customer` in JSON, or a collection in it is not an array; the call raised ResponseValidationError.
            "unreadable_echo": the answer to a post does not repeat its data; it is ignored.
        example: The value's type and its first characters, never the whole value. Empty if there was no value.
    """

    model: str
    path: str
    kind: DriftKind
    example: str


def log_drift(drift: Drift) -> None:
    """Log a drift as one line, at WARNING on the logger "pyttributionio": `Client(on_drift=log_drift)`.

    A client reports each kind and path once, so the log gets one line for each.
    """
    example = f": {drift.example}" if drift.example else ""
    _log.warning("%s", one_line(f"{drift.kind} at {drift.path or 'the body'} ({drift.model}){example}"))


@runtime_checkable
class AnswerListener(Protocol):
    """An object for `on_drift` that is called after every answer with a body, with drift or without.

    `DriftReport` is one, and your own class with this method is one too. It is not called for the answer to a post
    without a body, which some servers send for success.
    """

    def answered(self, drifts: Sequence[Drift], /) -> object:
        """Receive all drifts of one answer, each as often as it occurs."""
        ...


def _listens_to_answers(callback: object) -> TypeGuard[AnswerListener]:
    # Looked up on the class, as Python does with special methods: a mock object has every attribute.
    return hasattr(type(callback), "answered")


class DriftReporter:
    """Pass drift to a callback. An exception of the callback is logged, and the call goes on.

    A function gets each kind and path once. A listener (see AnswerListener) gets every answer.
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
        """Report all drifts of one answer."""
        callback = self._callback
        if _listens_to_answers(callback):
            _tell(callback.answered, drifts)
            return
        assert callable(callback)
        for drift in drifts:
            # `setdefault` looks up and stores in one step: threads can share a client.
            if len(self._seen) < MOST_SEEN and self._seen.setdefault((drift.kind, drift.path), drift) is drift:
                _tell(callback, drift)

    def __reduce__(self) -> tuple[object, ...]:
        # The oldest pickle protocols don't support a class with slots by default.
        return DriftReporter, (self._callback,), (None, {"_seen": self._seen})


def _tell(callback: Callable[[T], object], news: T) -> None:
    try:
        callback(news)
    except Exception:
        _log.exception("on_drift failed; the call that found the drift goes on")


set_public_module(AnswerListener, Drift)
