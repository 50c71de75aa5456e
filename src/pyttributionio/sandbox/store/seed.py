"""Example data: generated customers with plausible journeys.

The same seed generates the same customers. Their journeys fill the whole weeks before the week of the clock:
they are the same, to the second, at any time of that week, and are moved by whole weeks in other weeks.

A customer has one to three browsers; each session has one of the traffic sources of `seed_tables`. In one of the
sessions the customer signs up, which tells the shop who it is. From then on, each session ends with
a purchase with the probability of its traffic source.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, islice
from string import ascii_lowercase, digits
from typing import Final, NamedTuple, TypeVar

from pyttributionio.sandbox.store import seed_tables as tables
from pyttributionio.sandbox.store.store import Store
from pyttributionio.sandbox.store.waiting import wait_until_unlocked
from pyttributionio.sandbox.values.bodies import JSONObject
from pyttributionio.sandbox.values.shapes import Event, Identity, Pageview, read_event, read_identity, read_pageview

_T = TypeVar("_T")

_VISITOR_ID: Final = ascii_lowercase + digits
_DAY: Final = 24 * 60 * 60
_SIGN_UP: Final = 0.45
"""The probability that an unknown visitor signs up in a session."""
_WEEK: Final = 7 * _DAY
_MONDAY: Final = 4 * _DAY
"""The first Monday in Unix time, which began on a Thursday."""
_EARLIEST: Final = (tables.WEEKS + 1) * _WEEK
"""The earliest time of the clock, in Unix seconds, for which whole journeys fit after 1970."""
_LONGEST: Final = 15 * 240
"""The maximum length of a session in seconds."""
_BATCH: Final = 100
"""How many customers are stored in one transaction."""


class Journey(NamedTuple):
    """What one customer did, in the order of time."""

    pageviews: list[Pageview]
    identities: list[Identity]
    events: list[Event]


def add_customers(
    store: Store, account: str, customers: int, *, seed: int, now: int, on_progress: Callable[[int], object] | None
) -> int:
    """Store the generated customers that an account does not have yet, and return how many these are.

    Args:
        store: Where they are stored.
        account: The account's public key.
        customers: How many the account shall have; a customer with one of these numbers stays as it is.
        seed: Of the random numbers.
        now: In Unix seconds.
        on_progress: Called after each transaction with the number of customers that are stored.

    Raises:
        ValueError: The number is negative, or it is too early for journeys of weeks.
        DatabaseLockedError: Another program holds the lock of the database's file.
    """
    if customers < 0:
        raise ValueError(f"customers must not be negative, but is {customers}")
    missing = [number for number in range(1, customers + 1) if not store.has_event(account, _sign_up_id(number))]
    journeys = generate_journeys(missing, seed=seed, now=now, public_key=account)
    done = customers - len(missing)
    while batch := [*islice(journeys, _BATCH)]:
        wait_until_unlocked(partial(_add_batch, store, account, batch))
        done += len(batch)
        if on_progress is not None:
            on_progress(done)
    return len(missing)


def _add_batch(store: Store, account: str, batch: Sequence[Journey]) -> None:
    store.add_all(
        account,
        pageviews=chain.from_iterable(journey.pageviews for journey in batch),
        identities=chain.from_iterable(journey.identities for journey in batch),
        events=chain.from_iterable(journey.events for journey in batch),
    )


def generate_journeys(numbers: Iterable[int], *, seed: int, now: int, public_key: str) -> Iterator[Journey]:
    """Generate the journey of each customer.

    Args:
        numbers: Of the customers.
        seed: Of the random numbers, together with a customer's number.
        now: In Unix seconds; the journeys end with the week before.
        public_key: The account's, which is posted with events and identities.

    Raises:
        ValueError: It is too early for journeys of weeks.
    """
    if now < _EARLIEST:
        raise ValueError("the clock is too early: journeys begin weeks before now, and no time is before 1970")
    return (_Customer(number, seed, now, public_key).generate() for number in numbers)


def _sign_up_id(number: int) -> str:
    """Return the transaction id of a customer's sign-up, which is the same for each seed."""
    return f"signup-{number}"


class _Customer:
    def __init__(self, number: int, seed: int, now: int, public_key: str) -> None:
        # One generator for each customer, so that 1,000 customers begin with the same 100 as 100 customers do.
        self._random = random.Random(f"{seed}/{number}")  # noqa: S311 - it has to be repeatable
        self._end = now - (now - _MONDAY) % _WEEK
        self._public_key = public_key
        weights, kinds = zip(*tables.CLIENT_IDS, strict=True)
        self._client_id = self._choose(kinds, weights).format(number=1000 + number)
        agents = self._random.sample(tables.BROWSERS, self._choose((1, 2, 3), (70, 25, 5)))
        self._browsers = [("".join(self._random.choices(_VISITOR_ID, k=24)), agent) for agent in agents]
        self._known: set[str] = set()
        """The visitor ids of the browsers in which the customer has signed in."""
        self._orders = 0
        self._number = number
        self._journey = Journey([], [], [])

    def generate(self) -> Journey:
        """Generate all sessions of the customer."""
        times = self._session_times()
        for index, at in enumerate(times):
            source = self._choose(tables.SOURCES, [source.share for source in tables.SOURCES])
            # In the last session at the latest, because a customer without an identity cannot be read.
            signed_in = bool(self._known) or self._random.random() < _SIGN_UP or index == len(times) - 1
            self._add_session(source, at, signed_in=signed_in)
        return self._journey

    def _session_times(self) -> list[int]:
        weights = [weight for weight, _, _ in tables.SESSIONS]
        _, fewest, most = self._choose(tables.SESSIONS, weights)
        days, day_weights = range(tables.WEEKS * 7), tables.WEEKDAYS * tables.WEEKS
        chosen = self._random.choices(days, day_weights, k=self._random.randint(fewest, most))
        begin, latest = self._end - tables.WEEKS * _WEEK, self._end - _LONGEST
        return sorted(min(begin + day * _DAY + self._second_of_day(), latest) for day in chosen)

    def _second_of_day(self) -> int:
        return self._choose(range(24), tables.HOURS) * 3600 + self._random.randrange(3600)

    def _add_session(self, source: tables.Source, at: int, *, signed_in: bool) -> None:
        browser = self._random.choice(self._browsers)
        path, title = tables.PAGES[self._random.choice(tables.LANDINGS)]
        week = (self._end - 1 - at) // _WEEK
        query = source.query.format(week=47 - week, variant=self._random.choice("abc"))
        url, referrer = f"{tables.SITE}{path}" + (f"?{query}" if query else ""), source.referrer
        self._add_pageview(browser, url, referrer, title, at)
        pages = [self._random.choice(tables.PAGES) for _ in range(min(int(self._random.expovariate(0.4)), 12))]
        signs_in = signed_in and browser[0] not in self._known
        buys = signed_in and self._random.random() < source.conversion
        pages += [tables.WELCOME] * signs_in + [tables.CHECKOUT, tables.THANKS] * buys
        for path, title in pages:
            at += self._random.randrange(8, 240)
            referrer, url = url, f"{tables.SITE}{path}"
            self._add_pageview(browser, url, referrer, title, at)
            if (path, title) == tables.WELCOME:
                self._sign_in(browser, url, at)
            elif (path, title) == tables.THANKS:
                self._buy(browser, url, at)

    def _add_pageview(self, browser: tuple[str, str], url: str, referrer: str | None, title: str, at: int) -> None:
        visitor_id, agent = browser
        members: JSONObject = {"visitor_id": visitor_id, "url": url, "referrer": referrer, "title": title}
        self._journey.pageviews.append(read_pageview({**members, "user_agent": agent, "created_at": at}, now=at))

    def _sign_in(self, browser: tuple[str, str], url: str, at: int) -> None:
        first = not self._known
        self._known.add(browser[0])
        self._journey.identities.append(read_identity(self._posted(browser, at)))
        if first:
            self._add_event(browser, "ev_signup", _sign_up_id(self._number), url, at)

    def _buy(self, browser: tuple[str, str], url: str, at: int) -> None:
        self._orders += 1
        order = f"order-{self._number}-{self._orders}"
        self._add_event(browser, "ev_purchase", order, url, at, revenue=self._random.choice(tables.PRICES))

    def _add_event(
        self, browser: tuple[str, str], event_key: str, transaction_id: str, url: str, at: int, **more: float
    ) -> None:
        members: JSONObject = {"event_public_key": event_key, "url": url, "transaction_id": transaction_id}
        self._journey.events.append(
            read_event({**self._posted(browser, at), **members, "is_informational": False, **more})
        )

    def _posted(self, browser: tuple[str, str], at: int) -> JSONObject:
        """Return the members that identities and events both have."""
        visitor_id, agent = browser
        ids: JSONObject = {"aliases": [visitor_id], "client_id": self._client_id, "public_key": self._public_key}
        return {**ids, "created_at": at, "meta": {"agent": agent}}

    def _choose(self, values: Sequence[_T], weights: Sequence[float]) -> _T:
        (value,) = self._random.choices(values, weights)
        return value
