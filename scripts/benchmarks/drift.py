"""Measure what `on_drift` costs: read an answer with 10,000 items without it, with it, and with pydantic-core alone.

All are timed in one run, in turns and in every order, so that other work of the machine affects all of them; compare
the ratios within a round. "off, again" is a second measurement without `on_drift`: it shows the noise.
"""

import argparse
import gc
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from itertools import cycle, permutations

from benchmarks.figures import seconds_of
from benchmarks.tables import machine, markdown, python
from pyttributionio import Client, CustomerWithAll
from pyttributionio._core.calls import GET_CUSTOMER
from pyttributionio._core.requests import call_request
from pyttributionio._core.responses import _adapter, read_answer
from pyttributionio._core.types import Answer, Reply

ITEMS = 10_000
MOMENT = "2018-03-02T10:00:00Z"


def answer_bytes() -> bytes:
    """Return an answer that fits the schemas, with its items in all four collections."""
    aliases = {"aliases": ["visitor-1"], "meta": {"agent": "Mozilla/5.0"}, "created_at": MOMENT}
    page = {"id": 7, "url": "https://shop.example/?utm_source=google", "referrer": None, "title": "Shop", **aliases}
    contact = {
        "id": 7,
        "channel": "paid_search",
        "source": "google",
        "medium": "cpc",
        "cost": 0.5,
        "created_at": MOMENT,
    }
    event = {
        "client_id": "c-1",
        "event_public_key": "ev",
        "transaction_id": "t",
        "url": "u",
        "revenue": 12.5,
        **aliases,
    }
    items = {"pageviews": page, "touchpoints": contact, "events": event, "identities": {"client_id": "c-1", **aliases}}
    customer = {"id": 1, "created_at": MOMENT, **{name: [item] * (ITEMS // 4) for name, item in items.items()}}
    return json.dumps({"customer": customer}).encode()


def readers() -> dict[str, Callable[[], object]]:
    """Return the ways to read the answer, by their names in the table."""
    content = answer_bytes()
    answer = Answer(Reply(200, [], content), attempts=1, elapsed=0.0)
    off = Client("key", "secret")._settings
    on = Client("key", "secret", on_drift=lambda drift: sys.exit(f"unexpected: {drift}"))._settings
    call = GET_CUSTOMER._replace(kind=CustomerWithAll)
    request = call_request(off, call, {"client_id": "c-1"}, query={"show_all": "true"})
    core = _adapter(CustomerWithAll, "customer").validator
    return {
        "off": lambda: read_answer(off, call, request, answer),
        "pydantic-core alone": lambda: core.validate_json(content),
        "off, again": lambda: read_answer(off, call, request, answer),
        "on": lambda: read_answer(on, call, request, answer),
    }


def processor_seconds(read: Callable[[], object]) -> float:
    """Return the processor time of one read, without other programs and without the garbage of other reads."""
    gc.collect()
    gc.disable()
    taken = seconds_of(read, time.process_time)
    gc.enable()
    return taken


def measure(ways: dict[str, Callable[[], object]], budget: float) -> dict[str, list[float]]:
    """Time the ways in turns until the budget is spent; the first round warms up and does not count."""
    rounds: dict[str, list[float]] = {name: [] for name in ways}
    for read in ways.values():
        read()
    deadline = time.monotonic() + budget
    for order in cycle(permutations(ways)):  # so that no way always follows the same other way
        if rounds["off"] and time.monotonic() >= deadline:
            break
        for name in order:
            rounds[name].append(processor_seconds(ways[name]))
    return rounds


def row(name: str, times: Sequence[float], base: Sequence[float]) -> list[str]:
    """Return a row of the table: the median, and the ratio to the base round by round."""
    ratios = [one / other for one, other in zip(times, base, strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
    return [name, f"{statistics.median(times) * 1000:.1f}", f"{middle:.3f}", f"{low:.3f} to {high:.3f}"]


def main() -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench drift", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=20, help="how long to measure (default: %(default)s)")
    rounds = measure(readers(), parser.parse_args().seconds)
    base = rounds["off"]
    print(f"{machine()}, {python()}")
    print(f"Reading {ITEMS:,} items, {len(base)} rounds; ratios are to on_drift off, within a round\n")
    head = ["on_drift", "median ms", "median ratio", "middle half"]
    print(markdown(head, [row(name, times, base) for name, times in rounds.items()], numbers=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
