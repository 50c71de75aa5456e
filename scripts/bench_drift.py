"""Show what `on_drift` costs: read one answer with 10,000 items with it off, with it on, and by pydantic-core alone.

All are timed in one run, in turns and in every order, so that what else the machine does strikes them alike;
what counts are the ratios within a round. "off, again" is off against itself: the noise of the measurement.
"""

import argparse
import gc
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from itertools import cycle, permutations

from pyttributionio import Client, CustomerWithAll
from pyttributionio._core.requests import customer_request
from pyttributionio._core.responses import _envelope, read_customer
from pyttributionio._core.types import Answer, Reply
from pyttributionio.models._facts import INCLUDE_FLAGS

ITEMS = 10_000
MOMENT = "2018-03-02T10:00:00Z"


def answer_bytes() -> bytes:
    """Return an answer that fits the schemas, its items spread over the four collections."""
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
    """Return the ways to read the answer, by the names they have in the table."""
    content = answer_bytes()
    answer = Answer(Reply(200, [], content), attempts=1, elapsed=0.0)
    off = Client("key", "secret")._settings
    on = Client("key", "secret", on_drift=lambda drift: sys.exit(f"unexpected: {drift}"))._settings
    request = customer_request(off, "c-1", INCLUDE_FLAGS.keys())
    core = _envelope(CustomerWithAll).validator
    return {
        "off": lambda: read_customer(off, request, CustomerWithAll, answer),
        "pydantic-core alone": lambda: core.validate_json(content),
        "off, again": lambda: read_customer(off, request, CustomerWithAll, answer),
        "on": lambda: read_customer(on, request, CustomerWithAll, answer),
    }


def seconds(read: Callable[[], object]) -> float:
    """Return the processor time of one read: neither other programs nor the garbage of other reads count."""
    gc.collect()
    gc.disable()
    started = time.process_time()
    read()
    elapsed = time.process_time() - started
    gc.enable()
    return elapsed


def measure(ways: dict[str, Callable[[], object]], budget: float) -> dict[str, list[float]]:
    """Time the ways in turns until the budget is spent; the first round warms up and does not count."""
    rounds: dict[str, list[float]] = {name: [] for name in ways}
    for read in ways.values():
        read()
    ends = time.monotonic() + budget
    for order in cycle(permutations(ways)):  # so that none always comes behind the same other
        if time.monotonic() >= ends:
            break
        for name in order:
            rounds[name].append(seconds(ways[name]))
    return rounds


def row(name: str, times: Sequence[float], base: Sequence[float]) -> str:
    """Return a line of the table: the median, and the ratio to the base round by round."""
    low, middle, high = statistics.quantiles([one / other for one, other in zip(times, base, strict=True)], n=4)
    return f"| {name} | {statistics.median(times) * 1000:.1f} | {middle:.3f} | {low:.3f} to {high:.3f} |"


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20, help="how long to measure (default: %(default)s)")
    rounds = measure(readers(), parser.parse_args().seconds)
    base = rounds["off"]
    print(f"Reading {ITEMS:,} items, {len(base)} rounds; ratios are to on_drift off, within a round\n")
    print("| on_drift | median ms | median ratio | middle half |")
    print("| --- | --: | --: | --: |")
    for name, times in rounds.items():
        print(row(name, times, base))


if __name__ == "__main__":
    main()
