"""Every way to make a model reads an odd value like the client: the field is None, and the raw value is kept."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, TypeAdapter, ValidationError, field_validator, model_validator

from pyttributionio import Customer, CustomerWithAll, CustomerWithEvents, Event, Identity, Model, Pageview, Touchpoint
from support.reading import read

SENT: dict[str, Any] = {
    "revenue": "much",
    "id": [1],
    "note": "n",
    "touchpoints": [{"channel": 7, "cost": "free", "source": "google"}, {"source": "bing"}],
    "pageviews": [{"meta": "none", "url": "u"}],
    "events": [{"revenue": "x", "name": "paid"}],
}


class Report(BaseModel):
    """A user's own model with a customer in it, as a FastAPI body has."""

    customer: CustomerWithAll
    others: list[Touchpoint] | None = None


def in_a_report(values: dict[str, Any]) -> CustomerWithAll:
    return Report.model_validate_json(json.dumps({"customer": values})).customer


WAYS: dict[str, Callable[[dict[str, Any]], CustomerWithAll]] = {
    "model_validate": CustomerWithAll.model_validate,
    "model_validate_json": lambda values: CustomerWithAll.model_validate_json(json.dumps(values)),
    "constructor": lambda values: CustomerWithAll(**values),
    "TypeAdapter": lambda values: TypeAdapter(CustomerWithAll).validate_python(values),
    "TypeAdapter of a union": lambda values: TypeAdapter(CustomerWithAll | None).validate_python(values),  # type: ignore[return-value]  # no None
    "a user's model": lambda values: Report(customer=values).customer,  # type: ignore[arg-type]  # a dict, as in an answer
    "a user's model from JSON": in_a_report,
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_every_way_reads_what_the_client_reads(way: Callable[[dict[str, Any]], CustomerWithAll]) -> None:
    """On all levels; what was given is not changed."""
    given = json.loads(json.dumps(SENT))
    model = way(given)
    assert given == SENT
    assert model == read(SENT, ["pageviews", "touchpoints", "events", "identities"])
    assert (model.revenue, model.id, model.model_extra) == (None, None, {"note": "n", "id": [1], "revenue": "much"})
    assert (model.touchpoints[0].channel, model.touchpoints[0].source) == (None, "google")
    assert model.touchpoints[0].model_extra == {"channel": 7, "cost": "free"}
    assert (model.pageviews[0].meta, model.events[0].revenue) == (None, None)
    assert model.model_fields_set == SENT.keys()
    assert model.model_dump(mode="json", exclude_unset=True) == SENT


ODD: dict[str, tuple[type[Model], dict[str, object]]] = {
    "number for text": (Touchpoint, {"channel": 5}),
    "text for number": (Touchpoint, {"cost": "5"}),
    "true for number": (Touchpoint, {"cost": True}),
    "text for time": (Touchpoint, {"created_at": "0000-00-00 00:00:00"}),
    "object for list": (Pageview, {"aliases": {"0": "a"}}),
    "float for id": (Identity, {"id": 1.5}),
    "number for object": (Pageview, {"meta": 5}),
}


@pytest.mark.parametrize(("kind", "values"), ODD.values(), ids=ODD)
def test_odd_value_is_read_as_none_and_never_converted(kind: type[Model], values: dict[str, object]) -> None:
    """The raw value is the very one that was given; `strict=True` refuses it."""
    ((name, value),) = values.items()
    model = kind.model_validate(values)
    assert getattr(model, name) is None
    assert (model.model_extra or {})[name] is value
    assert model.model_fields_set == {name}
    with pytest.raises(ValidationError) as caught:
        kind.model_validate(values, strict=True)
    assert caught.value.errors()[0]["loc"][0] == name


REFUSED: dict[str, tuple[type[Model], object, tuple[str | int, ...], str]] = {
    "text for a collection": (CustomerWithEvents, {"id": [1], "events": "x"}, ("events",), "list_type"),
    "another model in one": (CustomerWithEvents, {"events": [{}, Identity()]}, ("events", 1), "model_type"),
    "no object": (Touchpoint, 5, (), "model_type"),
    "another model": (Touchpoint, Identity(), (), "model_type"),
    "a key that is no text": (Touchpoint, {5: 1}, (5,), "invalid_key"),
    "a time without a zone": (Touchpoint, {"created_at": datetime(2018, 3, 2)}, ("created_at",), "time"),
    "a tuple": (Pageview, {"aliases": ("a",), "url": 7}, ("aliases",), "list_type"),
    "another model in a field": (Pageview, {"meta": Identity()}, ("meta",), "model_type"),
}


@pytest.mark.parametrize(("kind", "value", "place", "problem"), REFUSED.values(), ids=REFUSED)
def test_refusal_has_one_error_at_its_place(kind: type[Model], value: object, place: object, problem: str) -> None:
    """As pydantic's own: without the odd values, and without labels of the ways that were tried."""
    for read_it in (kind.model_validate, TypeAdapter(kind).validate_python):
        with pytest.raises(ValidationError) as caught:
            read_it(value)
        assert [(error["loc"], error["type"]) for error in caught.value.errors()] == [(place, problem)]
        assert caught.value.title == kind.__name__


def test_refusal_in_a_users_model_has_its_place() -> None:
    """A FastAPI answer of 422 names the field by it."""
    with pytest.raises(ValidationError) as caught:
        Report.model_validate({"customer": {"events": "x"}, "others": [{"channel": 7}, 5]})
    assert [error["loc"] for error in caught.value.errors()] == [("customer", "events"), ("others", 1)]


# Subclasses of a user


class Purchase(Event, frozen=True):
    """A field of its own, one with another type, one with a bound, one with a validator, and itself."""

    plan: int
    transaction_id: str
    name: Annotated[str | None, Field(min_length=2)]
    parent: "Purchase | None" = None

    @field_validator("attributed_to")
    @classmethod
    def known(cls, value: str | None) -> str | None:
        """Refuse a value as a user's validator does."""
        if value == "unknown":
            raise ValueError("no channel")
        return value


def test_subclass_is_as_strict_as_it_declares() -> None:
    """Inherited fields are read as before; its own fields, types and validators hold."""
    given: dict[str, object] = {"plan": 1, "transaction_id": "t", "name": "ab", "id": 1.5}
    given["parent"] = {"plan": 2, "transaction_id": "u", "name": None, "revenue": []}
    purchase = Purchase.model_validate(given)
    assert (purchase.id, purchase.model_extra) == (None, {"id": 1.5})
    assert purchase.parent is not None
    assert purchase.parent.model_extra == {"revenue": []}
    assert Purchase.model_validate_json(purchase.model_dump_json()) == purchase
    with pytest.raises(ValidationError) as caught:
        Purchase.model_validate({"plan": "x", "name": "a", "attributed_to": "unknown", "id": 1.5, "transaction_id": 5})
    assert sorted(error["loc"][0] for error in caught.value.errors()) == [
        "attributed_to",
        "name",
        "plan",
        "transaction_id",
    ]
    with pytest.raises(ValidationError) as missing:
        Purchase.model_validate({"id": 1.5})
    assert [error["type"] for error in missing.value.errors()] == ["missing"] * 3


class Checked(Customer, frozen=True):
    """Validators around the whole model."""

    @model_validator(mode="before")
    @classmethod
    def renamed(cls, value: Any) -> Any:
        """Give a member its usual name."""
        return {("client_id" if name == "key" else name): member for name, member in value.items()}

    @model_validator(mode="after")
    def has_an_id(self) -> "Checked":
        """Refuse a model."""
        if self.client_id is None:
            raise ValueError("no id")
        return self


def test_validators_of_the_whole_model_run() -> None:
    """The one before on the values as they came, the one after on the model."""
    assert Checked.model_validate({"key": 5, "revenue": "much"}).model_extra == {"revenue": "much"}
    for odd in ({}, {"key": 1.5}):
        with pytest.raises(ValidationError, match="no id"):
            Checked.model_validate(odd)


def test_json_schema_names_the_models_once() -> None:
    """A user's OpenAPI document has one component for each, also next to a customer."""

    class Both(BaseModel):
        """A user's model."""

        customer: CustomerWithAll
        touchpoints: list[Touchpoint]

    parts = {"Event", "Identity", "Meta", "Pageview", "Touchpoint"}
    assert CustomerWithAll.model_json_schema()["$defs"].keys() == parts
    assert Both.model_json_schema()["$defs"].keys() == {*parts, "CustomerWithAll"}
