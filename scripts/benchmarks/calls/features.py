"""The cost of each feature of our models: plain models with one feature at a time, in turns in one process.

`python -m benchmarks.calls.features ROUNDS` prints a Markdown table of the times to read the bytes of M and of L.
"""

import gc
import sys
import time
from collections.abc import Callable
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from benchmarks.calls.payloads import answer
from benchmarks.calls.shapes import ID, Kinds, envelope
from benchmarks.figures import duration, figure, ratio
from benchmarks.tables import markdown
from pyttributionio import CustomerWithAll
from pyttributionio._core.responses import _adapter
from pyttributionio.models._base import Id, UtcDatetime

Reader = Callable[[bytes], object]
CALLS = {"M": 20, "L": 1}
PLAIN = "the plainest models"


def readers() -> dict[str, Reader]:
    """Return the functions that read an answer, by their names in the table."""

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
        "our models": _adapter(CustomerWithAll, "customer").validate_json,
    }


def taken(read: Reader, size: str) -> float:
    """Return the processor time of one reading, with the garbage collection if the answer is large."""
    content, calls = answer(size), CALLS[size]
    gc.collect()
    started = time.process_time()
    for _ in range(calls):
        read(content)
    if size == "L":
        gc.collect()
    return (time.process_time() - started) / calls


def measure(rounds: int) -> str:
    """Return the table; each reading is compared with the plain one of the same round."""
    found = readers()
    cells: dict[str, list[str]] = {name: [] for name in found}
    for size in CALLS:
        times: dict[str, list[float]] = {name: [] for name in found}
        for _ in range(rounds):
            for name, read in found.items():
                times[name].append(taken(read, size))
        for name, each in times.items():
            against = figure(own / plain for own, plain in zip(each, times[PLAIN], strict=True))
            cells[name].append(duration(figure(each).middle) if name == PLAIN else ratio(against))
    return markdown(["reading an answer", *CALLS], ([name, *found] for name, found in cells.items()), numbers=True)


if __name__ == "__main__":
    print(measure(int(sys.argv[1])))
