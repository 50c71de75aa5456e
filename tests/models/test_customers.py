"""A customer has exactly the collections that were asked for."""

import copy
import itertools
import pickle
from typing import Any

import pytest

from pyttributionio import Customer, CustomerWithAll, Event, NotIncludedError, PyttributionioError
from pyttributionio import models as public_models
from support.reading import ALL, loads_once, read

CHOICES = [choice for size in range(5) for choice in itertools.combinations(ALL, size)]


def name_of(choice: tuple[str, ...]) -> str:
    """Return the class that a choice is read as."""
    if not choice:
        return "Customer"
    return f"CustomerWith{'All' if choice == ALL else 'And'.join(name.title() for name in choice)}"


CLASSES: dict[tuple[str, ...], type[Customer]] = {choice: getattr(public_models, name_of(choice)) for choice in CHOICES}


@pytest.mark.parametrize("choice", CHOICES, ids=name_of)
def test_class_has_what_was_asked_for(choice: tuple[str, ...]) -> None:
    """In any order; what was not asked for raises, and says what to add."""
    customer = read({name: [{}] for name in choice}, choice[::-1])
    assert type(customer) is CLASSES[choice]
    assert [name for name in type(customer).model_fields if name in ALL] == list(choice)
    for name in ALL:
        if name in choice:
            assert len(getattr(customer, name)) == 1
        else:
            with pytest.raises(NotIncludedError, match=rf"include=\[\.\.\., '{name}'\].*a {name_of(choice)}\)"):
                getattr(customer, name)


def test_class_with_more_is_a_class_with_less() -> None:
    """Isinstance follows the collections, for all 16 classes against each other."""
    for (has, kind), (needs, other) in itertools.product(CLASSES.items(), repeat=2):
        assert issubclass(kind, other) == set(needs).issubset(has), (kind, other)
    assert isinstance(read({}, ALL), CustomerWithAll)


def test_collection_not_asked_for_is_no_attribute() -> None:
    """Hasattr and getattr with a default see it so; it is a mistake in the program, not a failed call."""
    customer = read({})
    assert not hasattr(customer, "events")
    assert getattr(customer, "events", "default") == "default"
    assert issubclass(NotIncludedError, AttributeError)
    assert not issubclass(NotIncludedError, PyttributionioError)


def test_misspelt_attribute_is_an_ordinary_error() -> None:
    """The advice about include is given for collections alone."""
    with pytest.raises(AttributeError, match="clientid") as caught:
        _ = read({}).clientid
    assert type(caught.value) is AttributeError


def test_collection_sent_unasked_is_kept_among_extras() -> None:
    """It is not an attribute, for the class does not promise it; it is dumped back."""
    document = {"id": "1", "events": [{"url": 5}], "pageviews": None}
    customer = read(document)
    assert not hasattr(customer, "events")
    assert customer.model_extra == {"events": [{"url": 5}], "pageviews": None}
    assert loads_once(customer.model_dump_json(exclude_unset=True)) == document


def test_copies_know_what_was_asked_for() -> None:
    """Copies and pickles raise as the original does."""
    customer = read({}, ["events"])
    for other in (copy.copy(customer), copy.deepcopy(customer), pickle.loads(pickle.dumps(customer))):
        assert other.events == []
        with pytest.raises(NotIncludedError):
            _ = other.pageviews


EMPTY: dict[str, tuple[dict[str, Any], set[str]]] = {
    "missing": ({}, set()),
    "null": ({"events": None}, {"events"}),
    "empty": ({"events": []}, {"events"}),
}


@pytest.mark.parametrize(("document", "was_set"), EMPTY.values(), ids=EMPTY)
def test_empty_collection_reads_as_empty_list(document: dict[str, Any], was_set: set[str]) -> None:
    """Missing, null or []: an empty list, never None; whether it was there is in model_fields_set."""
    customer = read(document, ["events"])
    assert (customer.events, customer.model_fields_set) == ([], was_set)


def test_missing_collections_share_no_list() -> None:
    """Each customer has an empty list of its own."""
    one, two = read({}, ["events"]), read({}, ["events"])
    one.events.append(Event())
    assert two.events == []


def test_dump_has_the_order_of_the_schema() -> None:
    """A customer's own fields first, then the collections, whatever class it is."""
    assert list(read({}, ALL).model_dump())[-4:] == list(ALL)
    assert list(read({}, ALL).model_dump())[:7] == list(Customer.model_fields)
