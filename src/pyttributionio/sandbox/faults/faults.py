"""Faults, which requests they match, and how many requests they still apply to."""

import random
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from typing import Final, TypedDict, Unpack

from pyttributionio.sandbox.faults.checks import FaultBody, check, copied_drift
from pyttributionio.sandbox.values.bodies import JSONValue

WITHOUT_BODY: Final = frozenset({204, 205, 304})
"""Status codes whose answers have no body (RFC 9110, sections 6.4.1 and 15.3.6)."""

# OPTIONS too, because browsers send it before they post to another origin.
_CALLS = re.compile("(GET|OPTIONS) /api/v1/[^/]+/customers/[^/]+|(POST|OPTIONS) /(identities|events)")
_BODY_NAMES: Final[Mapping[FaultBody, str]] = {
    "html": "HTML page",
    "invalid_json": "invalid JSON",
    "empty": "empty body",
    "cut": "cut body",
}


class FaultOptions(TypedDict, total=False):
    """The keyword arguments of `Fault`, which documents them."""

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
    """What goes wrong with a request, and which requests it matches.

    Everything else stays the same: with a delay alone, the right answer comes late.

    Raises:
        ValueError: An argument has a wrong value or type, two of them contradict each other, or nothing would go wrong.
    """

    status: int | None = None
    """Answer with this status code, from 200 to 599, and the API's JSON error; the request is not processed."""
    retry_after: float | str | None = None
    """The `Retry-After` header of the answer with `status`: seconds, or text that is sent as it is, such as a date."""
    delay: float = 0.0
    """Seconds to wait before anything else; the request is not processed if the client leaves in this time."""
    reset: bool = False
    """Reset the connection (TCP RST) instead of answering; the request is not processed."""
    recorded: bool = False
    """Process and store the request first, also before the delay; only the answer is affected."""
    body: FaultBody | None = None
    """What happens to the answer's body.

    `html` is the error page of a proxy: without `status` it has status 502, and the request is not
    processed. The others change the real answer: `invalid_json` removes its last byte, `empty` removes all bytes,
    and `cut` closes the connection after half of the bytes that Content-Length announces.
    """
    # Not hashed, because a mapping has no hash.
    drift: Mapping[str, JSONValue] | None = field(default=None, hash=False)
    """New values by member name: every member of that name in the JSON answer gets the value."""
    path: str | None = None
    """A shell pattern for the path as on the wire, such as `/events`, or `/api/*`: `*` matches slashes too.

    None matches the three calls of the API.
    """
    method: str | None = None
    """The request's method; None matches all but OPTIONS, so that browsers' preflights do not use a fault up."""

    def __post_init__(self) -> None:
        for each in fields(self):
            value: object = getattr(self, each.name)
            if value is not None or each.default is not None:
                check(each.name, value)
        if self.method is not None:
            object.__setattr__(self, "method", self.method.upper())
        if self.drift is not None:
            object.__setattr__(self, "drift", copied_drift(self.drift))
        self._check_combination()

    def _check_combination(self) -> None:
        if not (self.status or self.delay or self.reset or self.body or self.drift):
            raise ValueError("nothing would go wrong: give status, delay, reset, body or drift")
        if self.reset and (self.status or self.body or self.drift):
            raise ValueError("after a reset there is no answer: give either reset, or status, body and drift")
        if self.retry_after is not None and self.status is None:
            raise ValueError("retry_after needs a status: give one, such as 429 or 503")
        if self.status in WITHOUT_BODY and (self.body or self.drift):
            raise ValueError(f"an answer {self.status} has no body: leave out body and drift")
        if self.drift and self.body in {"html", "empty"}:
            raise ValueError(f"drift changes JSON, and the body {self.body} is not JSON: leave out one of them")

    def __str__(self) -> str:
        parts = [
            f"delay {_plain(self.delay)} s" if self.delay else "",
            f"status {self.status}" if self.status else "",
            f"Retry-After {self.retry_after_text}" if self.retry_after is not None else "",
            "reset" if self.reset else "",
            _BODY_NAMES[self.body] if self.body else "",
            f"drift of {', '.join(self.drift)}" if self.drift else "",
        ]
        text = ", ".join(part for part in parts if part)
        return f"recorded, then {text}" if self.recorded else text

    @property
    def retry_after_text(self) -> str | None:
        """The value of the header `Retry-After`, or None for no such header."""
        if self.retry_after is None or isinstance(self.retry_after, str):
            return self.retry_after
        return _plain(self.retry_after)

    def matches(self, method: str, path: str) -> bool:
        """Return whether a request is one that the fault can apply to; the path is that on the wire, without query."""
        right_method = method != "OPTIONS" if self.method is None else method == self.method
        if self.path is None:
            return right_method and _CALLS.fullmatch(f"{method} {path}") is not None
        return right_method and fnmatchcase(path, self.path)


@dataclass(frozen=True)
class FaultRule:
    """A fault, and how many of the requests that it matches it applies to: all, unless one of both is given.

    Raises:
        ValueError: A number has a wrong value or type, or both are given.
    """

    fault: Fault
    remaining: int | None = None
    """The number of requests that it still applies to."""
    share: float | None = None
    """The fraction of requests that it applies to, from 0 to 1, chosen at random."""

    def __post_init__(self) -> None:
        if self.remaining is not None and self.share is not None:
            raise ValueError("next and share contradict each other: give one of them")
        for name, value in (("next", self.remaining), ("share", self.share)):
            if value is not None:
                check(name, value)

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
    """The faults in force, and which of them applies to a request. Safe to share between threads.

    At most one fault applies to a request: the oldest one that matches it and, if it has a share, is
    chosen at random. `Fault` documents the keyword arguments.

    Args:
        seed: Of the random numbers; with the same seed, the same of the same requests are chosen.
    """

    def __init__(self, *, seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._seed = seed
        self._random = random.Random(seed)  # noqa: S311 - it has to be repeatable
        self._rules: list[FaultRule] = []

    def __repr__(self) -> str:
        return f"<Faults: {'; '.join(map(str, self.active)) or 'none'}>"

    def __len__(self) -> int:
        return len(self._rules)

    @property
    def active(self) -> list[FaultRule]:
        """The rules in force, oldest first: a new list each time."""
        with self._lock:
            return list(self._rules)

    def next(self, count: int = 1, **what: Unpack[FaultOptions]) -> None:
        """Apply a fault to the next requests that it matches.

        Args:
            count: How many; other requests are not counted.
            what: See `Fault`.

        Raises:
            ValueError: The count is not at least 1, or the fault is wrong.
        """
        self.add(FaultRule(Fault(**what), remaining=count))

    def share(self, fraction: float, **what: Unpack[FaultOptions]) -> None:
        """Apply a fault to a fraction of the requests that it matches, chosen at random.

        Args:
            fraction: From 0, for none of them, to 1, for all.
            what: See `Fault`.

        Raises:
            ValueError: The fraction is not between 0 and 1, or the fault is wrong.
        """
        self.add(FaultRule(Fault(**what), share=fraction))

    def always(self, **what: Unpack[FaultOptions]) -> None:
        """Apply a fault to all the requests that it matches, until `clear`.

        Args:
            what: See `Fault`.

        Raises:
            ValueError: The fault is wrong.
        """
        self.add(FaultRule(Fault(**what)))

    def add(self, rule: FaultRule) -> None:
        """Add a rule after those in force."""
        with self._lock:
            self._rules.append(rule)

    def clear(self) -> None:
        """Remove all rules, and start the random numbers again from the seed."""
        with self._lock:
            self._rules.clear()
            self._random.seed(self._seed)

    def match(self, method: str, path: str) -> Fault | None:
        """Return the fault that applies to a request, and count it as used.

        Args:
            method: The request's method.
            path: Its path as on the wire, without the query.
        """
        with self._lock:
            for index, rule in enumerate(self._rules):
                if rule.fault.matches(method, path) and (rule.share is None or self._random.random() < rule.share):
                    if rule.remaining is not None:
                        rest = [replace(rule, remaining=rule.remaining - 1)] if rule.remaining > 1 else []
                        self._rules[index : index + 1] = rest
                    return rule.fault
        return None


def _plain(number: float) -> str:
    """Return a number as text without an exponent and without trailing zeros."""
    return f"{number:.9f}".rstrip("0").rstrip(".")
