"""Many answers' drift, summed up: what a client's `on_drift` found, or a look at models that were read before."""

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
    """A drift, and how often a report has seen it.

    Attributes:
        answers: In how many of the answers that the report looked at.
        times: How often in all; a field of a list's items counts with each item.
    """

    answers: int
    times: int


class DriftReport:
    """Sum up in what many answers differ from the schemas: `print(report)` is a table.

    With `Client(on_drift=report)` it counts each answer that the client reads, and each occurrence of a
    drift in it; a function would hear of a kind and path once. An answer that a call failed on counts, too:
    it is an "unreadable_answer". `add` counts a model that was read before. Each kind and path stands in it
    once, with one example, whose value is cut. Safe to share between threads; a pickle or copy of it is
    another report, which counts on from there.
    """

    def __init__(self) -> None:
        self._answers = 0
        self._left_out = 0
        self._counts: _Counts = {}
        self._lock = Lock()
        self._pid = os.getpid()

    @property
    def answers(self) -> int:
        """How many answers it has looked at, those without drift among them."""
        return self._answers

    @property
    def left_out(self) -> int:
        """How many sightings are not in it, because it already tells ten thousand kinds and paths apart."""
        return self._left_out

    @property
    def drifts(self) -> tuple[CountedDrift, ...]:
        """Each kind and path once, in the order of their paths."""
        with self._locked():
            counts = sorted(self._counts.items())
        return tuple(
            CountedDrift(drift.model, drift.path, drift.kind, drift.example, answers, times)
            for _, (drift, answers, times) in counts
        )

    def add(self, model: Model) -> None:
        """Count a customer, or another model, that was read before as one answer.

        No client's secret is known here, so it is not masked where a server repeated it; values are cut all the same.

        Raises:
            TypeError: It is no model of this package.
        """
        if not isinstance(model, Model):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"a report adds a customer, or another model of an answer, not {type(model).__name__}")
        path = "customer" if isinstance(model, Customer) else type(model).__name__.lower()
        self.answered([*find_drift(model, path, str)])

    def answered(self, drifts: Sequence[Drift]) -> None:
        """Count one answer, and all that drifted in it: what a client calls after each answer."""
        self._count(drifts, answers=1)

    def __call__(self, drift: Drift) -> None:
        """Count one drift, and no answer: for a function of your own that passes on what it is told."""
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
        if self._pid != os.getpid():  # a forked child may have been given a lock that no one will ever release
            self._lock, self._pid = Lock(), os.getpid()
        return self._lock

    def to_json(self) -> str:
        """Return it as JSON text for other programs, in the order of `drifts`."""
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
        """Whether anything drifted."""
        return bool(self._counts)

    def __str__(self) -> str:
        drifts = self.drifts
        head = f"{_number(self.answers, 'answer')} looked at, {_number(len(drifts), 'drift')}"
        if not drifts:
            return head
        rows = [[one_line(str(getattr(drift, name))) for name in _HEADINGS] for drift in drifts]
        lines = [head, "", *aligned([[*_HEADINGS], *rows])]
        if self.left_out:
            lines.append(f"... and {_number(self.left_out, 'sighting')} of further kinds and paths")
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
    """Return a table's lines: columns as wide as their widest cell, those of numbers aligned on the right."""
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
