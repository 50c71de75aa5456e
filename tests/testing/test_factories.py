"""The factories: deterministic, valid by the schemas, and strict with what a test gives."""

import itertools
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_overloads

import pytest

import pyttributionio
from pyttributionio import Customer, CustomerWithAll, CustomerWithTouchpointsAndEvents, Meta, NotIncludedError
from pyttributionio.testing import factories
from pyttributionio.testing.factories import (
    make_customer,
    make_event,
    make_identity,
    make_pageview,
    make_touchpoint,
)
from support.contract import COLLECTIONS
from support.schemas import validator

MAKE: Mapping[str, Callable[..., Any]] = {
    "customer": make_customer,
    "event": make_event,
    "identity": make_identity,
    "pageview": make_pageview,
    "touchpoint": make_touchpoint,
}
PARTS: Mapping[str, Callable[..., Any]] = {
    "pageviews": make_pageview,
    "touchpoints": make_touchpoint,
    "events": make_event,
    "identities": make_identity,
}
CHOICES = [chosen for size in range(5) for chosen in itertools.combinations(PARTS, size)]


def problems(name: str, model: pyttributionio.Model) -> list[str]:
    """Return what the schemas say against a model's JSON."""
    document = json.loads(model.model_dump_json(exclude_unset=True))
    return [error.message for error in validator(f"{name}.json").iter_errors(document)]


@pytest.mark.parametrize("name", MAKE)
def test_defaults_are_valid_complete_and_the_same_at_each_call(name: str) -> None:
    """No counter and no clock: two tests see the same values."""
    made = MAKE[name]()
    assert problems(name, made) == []
    assert made == MAKE[name]()
    assert made.model_dump_json() == MAKE[name]().model_dump_json()
    assert made.model_fields_set == {*type(made).model_fields}
    assert not made.model_extra


@pytest.mark.parametrize("name", MAKE)
def test_each_field_can_be_null(name: str) -> None:
    """As in an answer."""
    for field in type(MAKE[name]()).model_fields:
        made = MAKE[name](**{field: None})
        assert getattr(made, field) is None
        assert problems(name, made) == []


def test_keyword_arguments_replace_the_defaults() -> None:
    """Ids may be numbers, and times have any time zone."""
    at = datetime(2026, 5, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    event = make_event(id=7, event_public_key="ev_signup", created_at=at, meta={"agent": "curl", "os": "Linux"})
    assert (event.id, event.event_public_key) == ("7", "ev_signup")
    assert event.created_at == datetime(2026, 5, 1, 10, tzinfo=UTC)
    assert event.created_at.tzinfo is UTC
    assert event.meta is not None
    assert (event.meta.agent, event.meta.model_extra) == ("curl", {"os": "Linux"})
    assert make_pageview(meta=Meta(agent="curl")).meta == Meta(agent="curl")


@pytest.mark.parametrize("chosen", CHOICES, ids=lambda chosen: "+".join(chosen) or "none")
def test_customer_has_the_class_of_its_collections(chosen: tuple[str, ...]) -> None:
    """Those that are not given were not asked for."""
    customer = make_customer(**{name: [PARTS[name]()] for name in chosen})  # type: ignore[call-overload]
    assert {*COLLECTIONS} & {*type(customer).model_fields} == {*chosen}
    assert problems("customer", customer) == []
    for name in {*PARTS} - {*chosen}:
        with pytest.raises(NotIncludedError):
            getattr(customer, name)


def test_there_is_an_overload_for_each_choice() -> None:
    """Type checkers know the class of each."""
    assert len(get_overloads(make_customer)) == len(CHOICES)


def test_times_of_the_customer_are_those_of_its_parts() -> None:
    """Unless they are given."""
    early, late = datetime(2025, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    parts = {"touchpoints": (make_touchpoint(created_at=early), make_touchpoint(created_at=None))}
    customer = make_customer(**parts, events=[make_event(created_at=late)])
    assert type(customer) is CustomerWithTouchpointsAndEvents
    assert isinstance(customer.touchpoints, list)
    assert (customer.first_seen_at, customer.last_seen_at) == (early, late)
    assert make_customer(**parts, last_seen_at=None).last_seen_at is None
    assert make_customer(touchpoints=[]).first_seen_at == make_customer().first_seen_at
    assert type(make_customer()) is Customer


def test_customer_reads_like_an_answer() -> None:
    """Its JSON is read by a client into an equal customer."""
    customer = make_customer(
        pageviews=[make_pageview()],
        touchpoints=[make_touchpoint()],
        events=[make_event()],
        identities=[make_identity()],
    )
    assert CustomerWithAll.model_validate_json(customer.model_dump_json()) == customer


@pytest.mark.parametrize(
    ("make", "given", "error", "message"),
    [
        (
            make_touchpoint,
            {"chanel": "x"},
            TypeError,
            "make_touchpoint() got an unexpected keyword argument 'chanel'; did you mean 'channel'?",
        ),
        (
            make_identity,
            {"zzz": 1},
            TypeError,
            "'zzz'; its fields are aliases, client_id, created_at, id, meta, public_key",
        ),
        (make_customer, {"touchpoint": []}, TypeError, "did you mean 'touchpoints'?"),
        (make_customer, {"touchpoints": None}, TypeError, "touchpoints is None: give a list, or leave it out"),
        (make_customer, {"events": "ev"}, TypeError, "events is 'ev': give a list"),
        (make_customer, {"identities": [{}]}, TypeError, "identities[0] is {}: make it with make_identity(...)"),
        (make_customer, {"events": [make_touchpoint()]}, TypeError, "make_customer: events[0] is Touchpoint("),
        (
            make_event,
            {"revenue": "12.50"},
            TypeError,
            "make_event: revenue is '12.50': it takes a valid integer or a valid number. Event",
        ),
        (make_event, {"aliases": "visitor-1"}, TypeError, "make_event: aliases is 'visitor-1'"),
        (make_event, {"revenue": float("nan")}, ValueError, "make_event: revenue"),
        (
            make_event,
            {"created_at": datetime(2026, 1, 1)},
            ValueError,
            "created_at is 2026-01-01T00:00:00 without a time zone",
        ),
        (
            make_event,
            {"created_at": "yesterday"},
            ValueError,
            "Event.model_validate({...}) makes one with the odd values",
        ),
    ],
)
def test_wrong_arguments_are_named(
    make: Callable[..., Any], given: dict[str, Any], error: type[Exception], message: str
) -> None:
    """Before a test passes with a value that a model would keep as an odd one."""
    with pytest.raises(error) as caught:
        make(**given)
    assert message in str(caught.value)


def test_each_collection_has_a_factory_for_its_items() -> None:
    """A new one in the schemas needs one."""
    assert {f"make_{file.removesuffix('.json')}" for file in COLLECTIONS.values()} <= {*factories.__all__}
