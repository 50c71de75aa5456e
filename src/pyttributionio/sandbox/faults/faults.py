"""Trouble on demand: what goes wrong, with which requests, and how many of them are left."""

import random
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Final, Literal, TypeAlias, TypedDict, Unpack

from pyttributionio.sandbox.faults import checks as check
from pyttributionio.sandbox.values.bodies import JSONValue

FaultBody: TypeAlias = Literal["html", "invalid_json", "empty", "cut"]

WITHOUT_BODY: Final = frozenset({204, 205, 304})
"""Status codes whose answers end with their head (RFC 9110, sections 6.4.1 and 15.3.6)."""

# A browser asks with OPTIONS before it posts to another origin.
_CALLS = re.compile("(GET|OPTIONS) /api/v1/[^/]+/customers/[^/]+|(POST|OPTIONS) /(identities|events)")
_BODIES_IN_WORDS: Final[Mapping[FaultBody, str]] = {
    "html": "HTML page",
    "invalid_json": "invalid JSON",
    "empty": "empty body",
    "cut": "cut body",
}


class FaultOptions(TypedDict, total=False):
    """The keyword arguments of `Fault`, which has their meanings."""

    status: int | None
    retry_after: float | str | None
    delay: float
    reset: bool
    recorded: bool
    body: FaultBody | None
    drift: Mapping[str, JSONValue] | None
    path: str | None
    method: str | None


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong with a request, and which requests can meet it.

    What is not asked for stays as it is: with a delay alone, the right answer comes late.

    Raises:
        ValueError: An argument is out of its bounds or of a wrong type, two of them contradict each
            other, or nothing would go wrong.
    """

    status: int | None = None
    """Answer with this code, from 200 to 599, and the API's JSON error; the request is not processed."""
    retry_after: float | str | None = None
    """Seconds for the header beside `status`, or its text as it is sent, such as an HTTP date."""
    delay: float = 0.0
    """Seconds to wait before anything else; a client that leaves meanwhile was not served."""
    reset: bool = False
    """Reset the connection (TCP RST) instead of answering; the request is not processed."""
    recorded: bool = False
    """Process and store the request first, before the delay too, and let the trouble hit its answer."""
    body: FaultBody | None = None
    """What becomes of the answer's body.

    `html` is a proxy's error page; without `status` it comes with 502, and the request is not
    processed. The others change the answer that there is: `invalid_json` loses its last byte, `empty`
    all of them, and `cut` closes the connection after half of what Content-Length has promised.
    """
    # Not hashed: a mapping has no hash.
    drift: Mapping[str, JSONValue] | None = field(default=None, hash=False)
    """By name: what each member of that name becomes, anywhere in the JSON answer."""
    path: str | None = None
    """A shell pattern for the path as on the wire, such as `/events`, or `/api/*`, where `*` takes slashes too.

    None stands for the three calls of the contract.
    """
    method: str | None = None
    """The request's method; None is each but OPTIONS, so that no browser's preflight uses a fault up."""

    def __post_init__(self) -> None:
        check.status(self.status)
        check.retry_after(self.retry_after)
        check.seconds("delay", self.delay)
        check.flag("reset", self.reset)
        check.flag("recorded", self.recorded)
        check.one_of("body", self.body, (None, *_BODIES_IN_WORDS))
        check.path(self.path)
        check.method(self.method)
        # Frozen for all others; from here on, nobody else holds the mapping.
        if self.method is not None:
            object.__setattr__(self, "method", self.method.upper())
        if self.drift is not None:
            object.__setattr__(self, "drift", check.copied_drift(self.drift))
        self._check_together()

    def _check_together(self) -> None:
        if not (self.status or self.delay or self.reset or self.body or self.drift):
            raise ValueError("nothing would go wrong: give status, delay, reset, body or drift")
        if self.reset and (self.status or self.body or self.drift):
            raise ValueError("a reset leaves no answer: leave out status, body and drift, or reset")
        if self.retry_after is not None and self.status is None:
            raise ValueError("retry_after stands beside a status: give one, such as 429 or 503")
        if self.status in WITHOUT_BODY and (self.body or self.drift):
            raise ValueError(f"an answer {self.status} has no body: leave out body and drift")
        if self.drift and self.body in {"html", "empty"}:
            raise ValueError(f"drift changes JSON, which the body {self.body} has none of: leave out one of both")

    def __str__(self) -> str:
        parts = [
            f"delay {_plain(self.delay)} s" if self.delay else "",
            f"status {self.status}" if self.status else "",
            f"Retry-After {self.retry_after_text}" if self.retry_after is not None else "",
            "reset" if self.reset else "",
            _BODIES_IN_WORDS[self.body] if self.body else "",
            f"drift of {', '.join(self.drift)}" if self.drift else "",
        ]
        text = ", ".join(part for part in parts if part)
        return f"recorded, then {text}" if self.recorded else text

    @property
    def retry_after_text(self) -> str | None:
        """The header's value, or None where there is no such header."""
        if self.retry_after is None or isinstance(self.retry_after, str):
            return self.retry_after
        return _plain(self.retry_after)

    def meets(self, method: str, path: str) -> bool:
        """Tell whether a request can meet it; the path as on the wire, without the query."""
        if method == "OPTIONS" if self.method is None else method != self.method:
            return False
        if self.path is None:
            return _CALLS.fullmatch(f"{method} {path}") is not None
        return fnmatchcase(path, self.path)


@dataclass(frozen=True)
class FaultRule:
    """A fault, and how many of the requests that can meet it do: each, unless one of both is given.

    Raises:
        ValueError: A number is out of its bounds or of a wrong type, or both are given.
    """

    fault: Fault
    remaining: int | None = None
    """The next so many."""
    share: float | None = None
    """This part of them, from 0 to 1, by chance."""

    def __post_init__(self) -> None:
        if self.remaining is not None and self.share is not None:
            raise ValueError("next and share contradict each other: give one of them")
        check.count(self.remaining)
        check.part(self.share)

    def __str__(self) -> str:
        if self.remaining is not None:
            which = "the next request" if self.remaining == 1 else f"the next {self.remaining} requests"
        elif self.share is not None:
            which = f"{_plain(self.share * 100)}% of requests"
        else:
            which = "every request"
        where = " ".join(part for part in (self.fault.method, self.fault.path) if part)
        return f"{which}{where and f' to {where}'}: {self.fault}"


class Faults:
    """Decide which requests meet which fault. Safe to share between threads.

    A request meets one fault at most: the oldest that it can meet and that chance, where it has a say,
    gives it. What a fault's keyword arguments mean is in `Fault`.

    Args:
        seed: Where chance starts; with the same seed, the same of the same requests are met.
    """

    def __init__(self, *, seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._seed = seed
        self._random = random.Random(seed)  # noqa: S311 - repeatable is what it shall be
        self._rules: list[FaultRule] = []

    def __repr__(self) -> str:
        return f"<Faults: {'; '.join(map(str, self.active)) or 'none'}>"

    def __len__(self) -> int:
        return len(self._rules)

    @property
    def active(self) -> list[FaultRule]:
        """What is still in force, oldest first: a new list each time."""
        with self._lock:
            return list(self._rules)

    def next(self, count: int = 1, **what: Unpack[FaultOptions]) -> None:
        """Let the next requests that can meet a fault meet it, and after them no more.

        Args:
            count: How many; requests that cannot meet it are not counted.
            what: See `Fault`.

        Raises:
            ValueError: The count is not at least 1, or the fault is none.
        """
        self.add(FaultRule(Fault(**what), remaining=count))

    def share(self, part: float, **what: Unpack[FaultOptions]) -> None:
        """Let a part of the requests that can meet a fault meet it, by chance.

        Args:
            part: From 0, which is none of them, to 1, which is each.
            what: See `Fault`.

        Raises:
            ValueError: The part is not between 0 and 1, or the fault is none.
        """
        self.add(FaultRule(Fault(**what), share=part))

    def always(self, **what: Unpack[FaultOptions]) -> None:
        """Let each request that can meet a fault meet it, until `clear`.

        Args:
            what: See `Fault`.

        Raises:
            ValueError: The fault is none.
        """
        self.add(FaultRule(Fault(**what)))

    def add(self, rule: FaultRule) -> None:
        """Put a rule behind those that are there."""
        with self._lock:
            self._rules.append(rule)

    def clear(self) -> None:
        """Let nothing go wrong from now on, and chance start again from the seed."""
        with self._lock:
            self._rules.clear()
            self._random.seed(self._seed)

    def meet(self, method: str, path: str) -> Fault | None:
        """Find the fault that a request meets, and count it as met.

        Args:
            method: The request's.
            path: As on the wire, without the query.
        """
        with self._lock:
            for position, rule in enumerate(self._rules):
                if rule.fault.meets(method, path) and self._gives(rule):
                    self._rules[position : position + 1] = _left_of(rule)
                    return rule.fault
        return None

    def _gives(self, rule: FaultRule) -> bool:
        return rule.share is None or self._random.random() < rule.share


def _left_of(rule: FaultRule) -> list[FaultRule]:
    if rule.remaining is None:
        return [rule]
    return [replace(rule, remaining=rule.remaining - 1)] if rule.remaining > 1 else []


def _plain(number: float) -> str:
    """Write a number without an exponent, and without zeros that say nothing."""
    return f"{number:.9f}".rstrip("0").rstrip(".")
