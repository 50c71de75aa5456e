"""What each feature of our models costs: the plainest models with one of them at a time, in turns in one process.

`python -m benchmark.features ROUNDS` prints a Markdown table: what reading the bytes of M and of L costs.
"""

import gc
import sys
import time
from collections.abc import Callable
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from benchmark.figures import figure, ratio, seconds
from benchmark.payloads import answer
from benchmark.shapes import ID, Kinds, envelope
from benchmark.table import markdown
from pyttributionio import CustomerWithAll
from pyttributionio._core.responses import _envelope
from pyttributionio.models._base import Id, UtcDatetime

Reader = Callable[[bytes], object]
CALLS = {"M": 20, "L": 1}
PLAIN = "the plainest models"


def readers() -> dict[str, Reader]:
    """Return what reads an answer, by what it does."""

    def plain(kinds: Kinds, config: ConfigDict) -> Reader:
        class Base(BaseModel):
            model_config = config

        return envelope(Base, kinds).model_validate_json

    ids: Kinds = {ID: Id}
    times: Kinds = {datetime: UtcDatetime}
    nothing = ConfigDict()
    return {
        PLAIN: plain({}, nothing),
        "+ unknown fields are kept": plain({}, ConfigDict(extra="allow")),
        "+ ids are text with all digits": plain(ids, nothing),
        "+ times in every spelling, in UTC": plain(times, nothing),
        "+ all three": plain({**ids, **times}, ConfigDict(extra="allow")),
        "our models": _envelope(CustomerWithAll).validate_json,
    }


def taken(read: Reader, size: str) -> float:
    """Return the processor time of one reading, the collector's work on it included where it is large."""
    content, calls = answer(size), CALLS[size]
    gc.collect()
    started = time.process_time()
    for _ in range(calls):
        read(content)
    if size == "L":
        gc.collect()
    return (time.process_time() - started) / calls


def measure(rounds: int) -> str:
    """Return the table; each is compared with the plain one beside it."""
    found = readers()
    cells: dict[str, list[str]] = {name: [] for name in found}
    for size in CALLS:
        times: dict[str, list[float]] = {name: [] for name in found}
        for _ in range(rounds):
            for name, read in found.items():
                times[name].append(taken(read, size))
        for name, each in times.items():
            against = figure(own / plain for own, plain in zip(each, times[PLAIN], strict=True))
            cells[name].append(seconds(figure(each).middle) if name == PLAIN else ratio(against))
    return markdown("reading an answer", [*CALLS], cells.items())


if __name__ == "__main__":
    print(measure(int(sys.argv[1])))
