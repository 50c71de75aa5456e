"""Example data: plausible, and the same each time."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pyttributionio.sandbox import Sandbox
from pyttributionio.sandbox._channels import RULES
from pyttributionio.sandbox._seed import Journey, example_journeys

from ._posting import Caller, new_client

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CUSTOMERS = 300


def journeys(customers: int = CUSTOMERS, *, seed: int = 0, now: datetime = NOW) -> list[Journey]:
    """Make journeys."""
    return [*example_journeys(customers, seed=seed, now=int(now.timestamp()), public_key="k")]


def test_same_seed_makes_the_same_people_and_another_others() -> None:
    """And the first hundred of many are the hundred of a hundred."""
    first = journeys()
    assert journeys() == first
    assert journeys(100) == first[:100]
    assert journeys(seed=1) != first


def test_every_id_is_its_own() -> None:
    """Nobody is merged with another, and no event is taken for one that was counted before."""
    made = journeys()
    assert len({journey.identities[0].client_id for journey in made}) == CUSTOMERS
    assert all(len({identity.client_id for identity in journey.identities}) == 1 for journey in made)
    transactions = [event.transaction_id for journey in made for event in journey.events]
    assert len(set(transactions)) == len(transactions)
    visitors = [identity.aliases for journey in made for identity in journey.identities]
    assert len(set(visitors)) == len(visitors)


def test_journeys_last_weeks_and_are_over() -> None:
    """Nothing happens today or later; the earliest is eight weeks back."""
    seconds = [p.created_at for journey in journeys() for p in journey.pageviews]
    assert NOW - timedelta(weeks=9) < datetime.fromtimestamp(min(seconds), UTC) < NOW - timedelta(weeks=7)
    assert datetime.fromtimestamp(max(seconds), UTC) < NOW


def test_days_and_hours_differ() -> None:
    """More in the evening than at night."""
    hours = Counter(datetime.fromtimestamp(p.created_at, UTC).hour for j in journeys() for p in j.pageviews)
    assert sum(hours[hour] for hour in (19, 20, 21)) > 5 * sum(hours[hour] for hour in (2, 3, 4))


def test_everybody_signs_up_once_and_before_they_buy() -> None:
    """In the first browser in which they are known."""
    for journey in journeys():
        signups = [event for event in journey.events if event.document["event_public_key"] == "ev_signup"]
        assert len(signups) == 1
        assert min(event.created_at for event in journey.events) == signups[0].created_at
        assert journey.identities[0].created_at == signups[0].created_at


def test_pages_link_to_each_other_within_a_session() -> None:
    """Each page but a landing page was reached from the one before."""
    for journey in journeys(50):
        for before, after in zip(journey.pageviews, journey.pageviews[1:], strict=False):
            if after.referrer and after.referrer.startswith("https://shop.example/"):
                assert after.referrer == before.url
                assert after.visitor_id == before.visitor_id


@pytest.fixture(scope="module")
def seeded() -> list[dict[str, Any]]:
    """Read every customer of a seeded sandbox."""
    with Sandbox(clock=NOW) as sandbox, new_client() as http:
        sandbox.seed(CUSTOMERS)
        caller = Caller(sandbox, http)
        return [caller.customer(j.identities[0].client_id, "show_all") for j in journeys()]


def test_seeded_customers_are_read_like_any_others(seeded: list[dict[str, Any]]) -> None:
    """With what the journeys have, but for what was seen in browsers they never signed in with."""
    for customer, journey in zip(seeded, journeys(), strict=True):
        known = {alias for identity in journey.identities for alias in identity.aliases}
        seen = sum(pageview.visitor_id in known for pageview in journey.pageviews)
        counts = (seen, len(journey.events), len(journey.identities))
        assert tuple(len(customer[name]) for name in ("pageviews", "events", "identities")) == counts
        assert customer["touchpoints"]
        assert "public_key" not in json.dumps(customer["pageviews"])


def test_every_channel_brings_somebody(seeded: list[dict[str, Any]]) -> None:
    """So that a chart has something to show for each."""
    channels = {touchpoint["channel"] for customer in seeded for touchpoint in customer["touchpoints"]}
    assert channels == {rule.channel for rule in RULES} | {"unassigned"}


def test_channels_convert_differently(seeded: list[dict[str, Any]]) -> None:
    """A newsletter's readers buy more readily than those who saw a banner."""
    sessions, sales = Counter[str](), Counter[str]()
    for customer in seeded:
        touchpoints = customer["touchpoints"]
        sessions.update(touchpoint["channel"] for touchpoint in touchpoints)
        for event in customer["events"]:
            if event["event_public_key"] == "ev_purchase":
                assert event["revenue"] > 0
                sales[[t for t in touchpoints if t["created_at"] <= event["created_at"]][-1]["channel"]] += 1
    assert sales["email"] / sessions["email"] > 3 * sales["display"] / sessions["display"]


def test_progress_is_told_and_ends_with_all() -> None:
    """For a progress bar."""
    told: list[int] = []
    with Sandbox(clock=NOW) as sandbox:
        sandbox.seed(250, on_progress=told.append)
    assert told == [100, 200, 250]


def test_seeding_twice_makes_nobody_twice() -> None:
    """Identities and events are known by their ids."""
    with Sandbox(clock=NOW) as sandbox, new_client() as http:
        sandbox.seed(3)
        sandbox.seed(3)
        client_id = journeys(3)[0].identities[0].client_id
        customer = Caller(sandbox, http).customer(client_id, "show_all")
    assert len(customer["events"]) == len(journeys(3)[0].events)


@pytest.mark.parametrize(
    ("customers", "clock", "match"), [(-1, NOW, "negative"), (1, datetime(1970, 1, 9, tzinfo=UTC), "early")]
)
def test_impossible_order_is_a_value_error(customers: int, clock: datetime, match: str) -> None:
    """Before anything is made."""
    with Sandbox(clock=clock) as sandbox, pytest.raises(ValueError, match=match):
        sandbox.seed(customers)


def test_none_is_none() -> None:
    """Zero customers are no error."""
    told: list[int] = []
    with Sandbox() as sandbox:
        sandbox.seed(0, on_progress=told.append)
        with pytest.raises(RuntimeError, match="not running"):
            Sandbox().seed(1)
    assert told == []
