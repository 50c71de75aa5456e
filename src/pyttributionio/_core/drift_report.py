"""A report that counts the drift of many answers, from a client's `on_drift` or from models read before."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final, TypeAlias

from pyttributionio._core.drift import MOST_SEEN, Drift, DriftKind
from pyttributionio._core.responses import find_drift
from pyttributionio._shared.naming import set_public_module
from pyttributionio._shared.text import one_line
from pyttributionio.models import Customer, Model

__all__ = ["CountedDrift", "DriftReport"]

_HEADINGS: Final = ("path", "kind", "model", "answers", "times", "example")
_Counts: TypeAlias = dict[tuple[str, DriftKind], tuple[Drift, int, int]]


@dataclass(frozen=True, slots=True)
class CountedDrift(Drift):
    """A drift, and how often a report has counted it.

    Attributes:
        answers: The number of answers that have it.
        times: The number of occurrences in all answers. A field of a list's items counts once for each item.
    """

    answers: int
    times: int


class DriftReport:
    """Count how many answers differ from the schemas, and where. `print(report)` shows a table.

    With `Client(on_drift=report)` it counts each answer that the client reads, and each occurrence of a drift in it;
    a function would get each kind and path once. An answer that could not be read counts too, as an
    "unreadable_answer". `add` counts a model that was read before. The report has each kind and path once, with one
    example, whose value is cut. Threads can share it. A pickle or a copy is a separate report with the same counts.
    """

    def __init__(self) -> None:
        self._answers = 0
        self._left_out = 0
        self._counts: _Counts = {}
        self._lock = Lock()
        self._pid = os.getpid()

    @property
    def answers(self) -> int:
        """The number of answers that were checked, with and without drift."""
        return self._answers

    @property
    def left_out(self) -> int:
        """The number of drifts that are not in the report, because it has ten thousand kinds and paths already."""
        return self._left_out

    @property
    def drifts(self) -> tuple[CountedDrift, ...]:
        """Each kind and path once, sorted by path."""
        with self._locked():
            counts = sorted(self._counts.items())
        return tuple(
            CountedDrift(drift.model, drift.path, drift.kind, drift.example, answers, times)
            for _, (drift, answers, times) in counts
        )

    def add(self, model: Model) -> None:
        """Count a customer or another model, read before, as one answer.

        The report does not know a client's secret, so it does not mask it in values. Values are cut.

        Raises:
            TypeError: `model` is not a model of this package.
        """
        if not isinstance(model, Model):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"a report adds a customer, or another model of an answer, not {type(model).__name__}")
        path = "customer" if isinstance(model, Customer) else type(model).__name__.lower()
        self.answered([*find_drift(model, path, str)])

    def answered(self, drifts: Sequence[Drift]) -> None:
        """Count one answer and all of its drifts. A client calls this after each answer."""
        self._count(drifts, answers=1)

    def __call__(self, drift: Drift) -> None:
        """Count one drift, and no answer. Your own `on_drift` function can call this."""
        self._count([drift], answers=0)

    def _count(self, drifts: Sequence[Drift], *, answers: int) -> None:
        with self._locked():
            self._answers += answers
            met: set[tuple[str, DriftKind]] = set()
            for drift in drifts:
                key = (drift.path, drift.kind)
                if key not in self._counts and len(self._counts) >= MOST_SEEN:
                    self._left_out += 1
                    continue
                first, in_answers, times = self._counts.get(key, (drift, 0, 0))
                self._counts[key] = (first, in_answers + (0 if key in met else answers), times + 1)
                met.add(key)

    def _locked(self) -> Lock:
        if self._pid != os.getpid():  # a forked child may inherit a lock whose holder does not exist in it
            self._lock, self._pid = Lock(), os.getpid()
        return self._lock

    def to_json(self) -> str:
        """Return the report as JSON text, in the order of `drifts`."""
        return json.dumps(
            {
                "answers": self.answers,
                "left_out": self.left_out,
                "drifts": [
                    {name: getattr(drift, name) for name in ("model", *_HEADINGS[:2], *_HEADINGS[3:])}
                    for drift in self.drifts
                ],
            },
            indent=2,
        )

    def __iter__(self) -> Iterator[CountedDrift]:
        return iter(self.drifts)

    def __len__(self) -> int:
        return len(self._counts)

    def __bool__(self) -> bool:
        """Whether the report has any drift."""
        return bool(self._counts)

    def __str__(self) -> str:
        drifts = self.drifts
        head = f"{_number(self.answers, 'answer')} looked at, {_number(len(drifts), 'drift')}"
        if not drifts:
            return head
        rows = [[one_line(str(getattr(drift, name))) for name in _HEADINGS] for drift in drifts]
        lines = [head, "", *aligned([[*_HEADINGS], *rows])]
        if self.left_out:
            lines.append(f"... and {_number(self.left_out, 'occurrence')} of further kinds and paths")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"DriftReport({_number(self.answers, 'answer')}, {_number(len(self), 'drift')})"

    def __getstate__(self) -> tuple[int, int, _Counts]:
        with self._locked():
            return self._answers, self._left_out, dict(self._counts)

    def __setstate__(self, state: tuple[int, int, _Counts]) -> None:
        self._answers, self._left_out, self._counts = state
        self._lock, self._pid = Lock(), os.getpid()


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table. Columns are as wide as their widest cell; numbers are aligned on the right."""
    columns = [*zip(*rows, strict=True)]
    widths = [max(map(len, column)) for column in columns]
    right = [all(cell.isdecimal() for cell in column[1:]) for column in columns]
    return [
        "  ".join(
            cell.rjust(width) if numbers else cell.ljust(width)
            for cell, width, numbers in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in rows
    ]


set_public_module(CountedDrift, DriftReport)
