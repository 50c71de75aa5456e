"""Example data: made-up people, and how they came to be customers.

The same seed makes the same people, and what they do fills the whole weeks up to the clock's: at any time of
that week it is the same to the second, and in another week it has moved with it.

A person has one to three browsers and comes by the ways of `seed_tables`. In one of the sessions they
sign up, which names them to the shop; from then on each way has its own chance that they buy.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from string import ascii_lowercase, digits
from typing import Final, TypeVar

from pyttributionio.sandbox.store import seed_tables as tables
from pyttributionio.sandbox.values.bodies import JSONObject
from pyttributionio.sandbox.values.shapes import Event, Identity, Pageview, read_event, read_identity, read_pageview

_T = TypeVar("_T")

_VISITOR_ID: Final = ascii_lowercase + digits
_DAY: Final = 24 * 60 * 60
_SIGNS_UP: Final = 0.45
"""The part of sessions in which somebody unknown signs up."""
_WEEK: Final = 7 * _DAY
_MONDAY: Final = 4 * _DAY
"""The first Monday in Unix time, which began on a Thursday."""
_EARLIEST: Final = (tables.WEEKS + 1) * _WEEK
"""The first Unix time before which a whole journey fits."""
_LONGEST: Final = 15 * 240
"""Seconds within which any session is over."""


@dataclass
class Journey:
    """What one person did, in the order of time."""

    pageviews: list[Pageview] = field(default_factory=list[Pageview])
    identities: list[Identity] = field(default_factory=list[Identity])
    events: list[Event] = field(default_factory=list[Event])


def missing_people(customers: int, is_counted: Callable[[str], bool]) -> list[int]:
    """Number the people who are not yet in an account.

    Args:
        customers: How many there should be.
        is_counted: Tells whether the account has an event of this transaction id, such as a person's sign-up.

    Raises:
        ValueError: The number is negative.
    """
    if customers < 0:
        raise ValueError(f"customers must not be negative, as {customers} is")
    return [number for number in range(1, customers + 1) if not is_counted(_sign_up(number))]


def example_journeys(numbers: Iterable[int], *, seed: int, now: int, public_key: str) -> Iterator[Journey]:
    """Make up people, each with a journey that is over by now.

    Args:
        numbers: Who; each has chances of their own.
        seed: Where the chances start.
        now: In Unix seconds; in the week before its week is the last day on which something happens.
        public_key: The account's, as it is posted with events and identities.

    Raises:
        ValueError: It is too early for journeys of weeks.
    """
    if now < _EARLIEST:
        raise ValueError("the clock is too early: journeys begin weeks before now, and no time is before 1970")
    return (_Person(number, seed, now, public_key).live() for number in numbers)


def _sign_up(number: int) -> str:
    """Write a person's transaction id, whatever the seed: there is one of each number in an account."""
    return f"signup-{number}"


class _Person:
    def __init__(self, number: int, seed: int, now: int, public_key: str) -> None:
        # One for each person: the first hundred of a thousand are the hundred of a hundred.
        self._random = random.Random(f"{seed}/{number}")  # noqa: S311 - repeatable is what it shall be
        self._end = now - (now - _MONDAY) % _WEEK
        self._public_key = public_key
        weights, kinds = zip(*tables.CLIENT_IDS, strict=True)
        self._client_id = self._one(kinds, weights).format(number=1000 + number)
        agents = self._random.sample(tables.BROWSERS, self._one((1, 2, 3), (70, 25, 5)))
        self._browsers = [("".join(self._random.choices(_VISITOR_ID, k=24)), agent) for agent in agents]
        self._known: set[str] = set()  # the browsers in which they have signed up or in
        self._orders = 0
        self._number = number
        self._journey = Journey()

    def live(self) -> Journey:
        """Do all that this person ever did."""
        times = self._session_times()
        for position, at in enumerate(times):
            way = self._one(tables.WAYS, [way.share for way in tables.WAYS])
            # Nobody is read who is not named: the last session is the latest at which they sign up.
            named = bool(self._known) or self._random.random() < _SIGNS_UP or position == len(times) - 1
            self._visit(way, at, named=named)
        return self._journey

    def _session_times(self) -> list[int]:
        weights = [weight for weight, _, _ in tables.SESSIONS]
        _, fewest, most = self._one(tables.SESSIONS, weights)
        days = range(tables.WEEKS * 7)
        busy = tables.WEEKDAYS * tables.WEEKS
        chosen = self._random.choices(days, busy, k=self._random.randint(fewest, most))
        begin, latest = self._end - tables.WEEKS * _WEEK, self._end - _LONGEST
        return sorted(min(begin + day * _DAY + self._second_of_day(), latest) for day in chosen)

    def _second_of_day(self) -> int:
        return self._one(range(24), tables.HOURS) * 3600 + self._random.randrange(3600)

    def _visit(self, way: tables.Way, at: int, *, named: bool) -> None:
        browser = self._random.choice(self._browsers)
        path, title = tables.PAGES[self._random.choice(tables.LANDINGS)]
        week = (self._end - 1 - at) // _WEEK
        query = way.query.format(week=47 - week, variant=self._random.choice("abc"))
        url, referrer = f"{tables.SITE}{path}" + (f"?{query}" if query else ""), way.referrer
        self._look(browser, url, referrer, title, at)
        pages = [self._random.choice(tables.PAGES) for _ in range(min(int(self._random.expovariate(0.4)), 12))]
        signs_in = named and browser[0] not in self._known
        buys = named and self._random.random() < way.conversion
        pages += [tables.WELCOME] * signs_in + [tables.CHECKOUT, tables.THANKS] * buys
        for path, title in pages:
            at += self._random.randrange(8, 240)
            referrer, url = url, f"{tables.SITE}{path}"
            self._look(browser, url, referrer, title, at)
            if (path, title) == tables.WELCOME:
                self._sign_in(browser, url, at)
            elif (path, title) == tables.THANKS:
                self._buy(browser, url, at)

    def _look(self, browser: tuple[str, str], url: str, referrer: str | None, title: str, at: int) -> None:
        visitor_id, agent = browser
        members: JSONObject = {"visitor_id": visitor_id, "url": url, "referrer": referrer, "title": title}
        self._journey.pageviews.append(read_pageview({**members, "user_agent": agent, "created_at": at}, now=at))

    def _sign_in(self, browser: tuple[str, str], url: str, at: int) -> None:
        first = not self._known
        self._known.add(browser[0])
        self._journey.identities.append(read_identity(self._posted(browser, at)))
        if first:
            self._count(browser, "ev_signup", _sign_up(self._number), url, at)

    def _buy(self, browser: tuple[str, str], url: str, at: int) -> None:
        self._orders += 1
        order = f"order-{self._number}-{self._orders}"
        self._count(browser, "ev_purchase", order, url, at, revenue=self._random.choice(tables.PRICES))

    def _count(
        self, browser: tuple[str, str], event_key: str, transaction_id: str, url: str, at: int, **more: float
    ) -> None:
        members: JSONObject = {
            **self._posted(browser, at),
            "event_public_key": event_key,
            "url": url,
            "transaction_id": transaction_id,
            "is_informational": False,
            **more,
        }
        self._journey.events.append(read_event(members))

    def _posted(self, browser: tuple[str, str], at: int) -> JSONObject:
        visitor_id, agent = browser
        named: JSONObject = {"aliases": [visitor_id], "client_id": self._client_id, "public_key": self._public_key}
        return {**named, "created_at": at, "meta": {"agent": agent}}

    def _one(self, values: Sequence[_T], weights: Sequence[float]) -> _T:
        (value,) = self._random.choices(values, weights)
        return value
