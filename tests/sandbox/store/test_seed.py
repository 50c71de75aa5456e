"""Example data: plausible, and the same for the same seed."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from pyttributionio.sandbox import Sandbox
from pyttributionio.sandbox.store import seed_tables as tables
from pyttributionio.sandbox.store.seed import Journey, generate_journeys

from .._posting import Caller, new_client

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
NOW = MONDAY + timedelta(hours=12)
CUSTOMERS = 300
CHANNELS = """
    direct cross_network paid_shopping paid_search paid_social paid_video display paid_other organic_shopping
    organic_social organic_video organic_search referral email affiliates audio sms mobile_push unassigned
"""


def journeys(customers: int = CUSTOMERS, *, seed: int = 0, now: datetime = NOW) -> list[Journey]:
    """Generate the journeys of some customers."""
    numbers = range(1, customers + 1)
    return [*generate_journeys(numbers, seed=seed, now=int(now.timestamp()), public_key="k")]


def test_same_seed_generates_the_same_customers_and_another_seed_others() -> None:
    """The first 100 of 300 customers are the same as 100 customers."""
    first = journeys()
    assert journeys() == first
    assert journeys(100) == first[:100]
    assert journeys(seed=1) != first


def times(generated: list[Journey]) -> list[datetime]:
    """List the times of everything in the journeys, in their order."""
    lists = ([*journey.pageviews, *journey.identities, *journey.events] for journey in generated)
    return [datetime.fromtimestamp(each.created_at, UTC) for each in chain.from_iterable(lists)]


@pytest.mark.parametrize("later", [timedelta(hours=3), timedelta(days=1), timedelta(days=6, hours=11)])
def test_customers_are_the_same_at_any_time_of_a_week(later: timedelta) -> None:
    """To the second: from the Monday of the clock to the Sunday after it."""
    assert journeys(50, now=NOW + later) == journeys(50)


@pytest.mark.parametrize("weeks", [-1, 1, 30])
def test_journeys_are_moved_by_whole_weeks_with_the_clock(weeks: int) -> None:
    """The customers do the same things, on the same days of the week."""
    moved = journeys(50, now=NOW + timedelta(weeks=weeks, days=3))
    assert times(moved) == [each + timedelta(weeks=weeks) for each in times(journeys(50))]
    assert [[p.url for p in j.pageviews] for j in moved] == [[p.url for p in j.pageviews] for j in journeys(50)]


def test_every_id_is_unique() -> None:
    """So no customers are merged, and no event is taken for one that was counted before."""
    generated = journeys()
    assert len({journey.identities[0].client_id for journey in generated}) == CUSTOMERS
    assert all(len({identity.client_id for identity in journey.identities}) == 1 for journey in generated)
    transactions = [event.transaction_id for journey in generated for event in journey.events]
    assert len(set(transactions)) == len(transactions)
    visitors = [identity.aliases for journey in generated for identity in journey.identities]
    assert len(set(visitors)) == len(visitors)


def test_journeys_take_eight_weeks_and_are_over() -> None:
    """The eight weeks end at midnight after the last Sunday."""
    found = times(journeys())
    assert timedelta(days=7 * 7) < MONDAY - min(found) <= timedelta(days=7 * 8)
    assert timedelta() < MONDAY - max(found) < timedelta(days=1)


def test_no_session_continues_after_the_week(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor into the future, if the clock is at midnight; here all sessions begin late on Sundays."""
    monkeypatch.setattr(tables, "WEEKDAYS", (0, 0, 0, 0, 0, 0, 1))
    monkeypatch.setattr(tables, "HOURS", (*[0] * 23, 1))
    assert max(times(journeys(now=MONDAY))) < MONDAY


def test_days_and_hours_differ() -> None:
    """There are more pageviews in the evening than at night, and on Mondays than on Saturdays."""
    hours, days = Counter[int](), Counter[int]()
    for journey in journeys():
        hours.update(datetime.fromtimestamp(p.created_at, UTC).hour for p in journey.pageviews)
        days.update(datetime.fromtimestamp(p.created_at, UTC).weekday() for p in journey.pageviews)
    assert sum(hours[hour] for hour in (19, 20, 21)) > 5 * sum(hours[hour] for hour in (2, 3, 4))
    assert days[0] > 1.2 * days[5]


def test_each_customer_signs_up_once_and_before_buying() -> None:
    """At the time of the first identity."""
    for journey in journeys():
        signups = [event for event in journey.events if event.document["event_public_key"] == "ev_signup"]
        assert len(signups) == 1
        assert min(event.created_at for event in journey.events) == signups[0].created_at
        assert journey.identities[0].created_at == signups[0].created_at


def test_pages_link_to_each_other_within_a_session() -> None:
    """Each page except the landing page was linked from the one before, in the same browser, seconds later."""
    linked = unlinked = 0
    for before, after in chain.from_iterable(pairwise(journey.pageviews) for journey in journeys(50)):
        if 0 <= after.created_at - before.created_at < 240:
            assert (after.referrer, after.visitor_id) == (before.url, before.visitor_id)
            linked += 1
        else:
            assert "shop.example" not in str(after.referrer)
            unlinked += 1
    assert linked > 300
    assert unlinked > 100


@pytest.fixture(scope="module")
def seeded() -> list[dict[str, Any]]:
    """Read every customer of a seeded sandbox."""
    with Sandbox(clock=NOW) as sandbox, new_client() as http:
        sandbox.seed(CUSTOMERS)
        caller = Caller(sandbox, http)
        return [caller.customer(j.identities[0].client_id, "show_all") for j in journeys()]


def test_seeded_customers_are_read_like_any_others(seeded: list[dict[str, Any]]) -> None:
    """With everything in the journeys, except the pageviews of browsers in which they never signed in."""
    for customer, journey in zip(seeded, journeys(), strict=True):
        known = {alias for identity in journey.identities for alias in identity.aliases}
        seen = sum(pageview.visitor_id in known for pageview in journey.pageviews)
        counts = (seen, len(journey.events), len(journey.identities))
        assert tuple(len(customer[name]) for name in ("pageviews", "events", "identities")) == counts
        assert customer["touchpoints"]
        assert "public_key" not in json.dumps(customer["pageviews"])


def test_every_channel_has_touchpoints(seeded: list[dict[str, Any]]) -> None:
    """So that a chart has a value for each channel."""
    channels = {touchpoint["channel"] for customer in seeded for touchpoint in customer["touchpoints"]}
    assert channels == {*CHANNELS.split()}


def test_channels_convert_differently(seeded: list[dict[str, Any]]) -> None:
    """Visitors from a newsletter buy more often than those from a banner."""
    sessions, sales = Counter[str](), Counter[str]()
    for customer in seeded:
        touchpoints = customer["touchpoints"]
        sessions.update(touchpoint["channel"] for touchpoint in touchpoints)
        for event in customer["events"]:
            if event["event_public_key"] == "ev_purchase":
                assert event["revenue"] > 0
                sales[[t for t in touchpoints if t["created_at"] <= event["created_at"]][-1]["channel"]] += 1
    assert sales["email"] / sessions["email"] > 3 * sales["display"] / sessions["display"]


def test_progress_is_reported_and_ends_with_all() -> None:
    """For a progress bar."""
    reported: list[int] = []
    with Sandbox(clock=NOW) as sandbox:
        sandbox.seed(250, on_progress=reported.append)
    assert reported == [100, 200, 250]


def everything(sandbox: Sandbox, http: httpx.Client, customers: int) -> list[Any]:
    """Read the seeded customers, and the number of all customers."""
    listed = http.get(f"{sandbox.page_url}api/customers").json()["total"]
    ids = [journey.identities[0].client_id for journey in journeys(customers)]
    return [listed, *(Caller(sandbox, http).customer(client_id, "show_all") for client_id in ids)]


@pytest.mark.parametrize(
    ("later", "seed"), [(timedelta(), 0), (timedelta(days=1), 0), (timedelta(weeks=5), 0), (timedelta(), 7)]
)
def test_seeding_again_does_not_change_customers(tmp_path: Path, later: timedelta, seed: int) -> None:
    """At any time and with any seed; the result is the number of new customers."""
    file = tmp_path / "sandbox.db"
    with Sandbox(clock=NOW, database=file) as sandbox, new_client() as http:
        assert sandbox.seed(20) == 20
        first = everything(sandbox, http, 20)
    with Sandbox(clock=NOW + later, database=file) as sandbox, new_client() as http:
        assert sandbox.seed(20, seed=seed) == 0
        assert everything(sandbox, http, 20) == first


def test_seeding_more_adds_the_missing_customers() -> None:
    """The result is the same as if all had been added at once; another account has its own customers."""
    reported: list[int] = []
    with Sandbox(clock=NOW) as sandbox, Sandbox(clock=NOW) as at_once, new_client() as http:
        sandbox.seed(20)
        assert sandbox.seed(130, on_progress=reported.append) == 110
        at_once.seed(130)
        assert everything(sandbox, http, 130) == everything(at_once, http, 130)
        sandbox.add_account("K2", "S2")
        assert sandbox.seed(20, api_key="K2") == 20
    assert reported == [120, 130]


@pytest.mark.parametrize(
    ("customers", "clock", "match"), [(-1, NOW, "negative"), (1, datetime(1970, 1, 9, tzinfo=UTC), "early")]
)
def test_impossible_seed_is_a_value_error(customers: int, clock: datetime, match: str) -> None:
    """And nothing is stored."""
    with Sandbox(clock=clock) as sandbox, pytest.raises(ValueError, match=match):
        sandbox.seed(customers)


def test_zero_customers_are_no_error() -> None:
    """Nothing is reported; only a sandbox that is not running is an error."""
    reported: list[int] = []
    with Sandbox() as sandbox:
        sandbox.seed(0, on_progress=reported.append)
        with pytest.raises(RuntimeError, match="not running"):
            Sandbox().seed(1)
    assert reported == []
