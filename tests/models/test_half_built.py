"""A model that is not constructed yet, as a debugger sees it, and one that was made without validation."""

import pytest
from pydantic import BaseModel

from pyttributionio import Customer, CustomerWithAll, Event, Model, NotIncludedError, Touchpoint

KINDS: list[type[Model]] = [Model, Event, Touchpoint, Customer, CustomerWithAll]


class OfPydantic(BaseModel, frozen=True, extra="allow"):
    """A model of pydantic's, to compare with."""

    url: str


class Mine(Event, frozen=True):
    """A user's subclass with a required field."""

    plan: int


@pytest.mark.parametrize("kind", [*KINDS, Mine])
def test_half_built_model_is_shown(kind: type[Model]) -> None:
    """A debugger shows the locals of a constructor that raised."""
    half = kind.__new__(kind)
    assert repr(half) == str(half) == f"{kind.__name__}()"
    assert "model_dump" in dir(half)


def message(model: BaseModel, name: str) -> str:
    """Return the error of a missing attribute."""
    with pytest.raises(AttributeError) as caught:
        getattr(model, name)
    return str(caught.value).replace(type(model).__name__, "Kind")


@pytest.mark.parametrize("name", ["url", "unknown"])
def test_missing_field_raises_as_pydantics_does(name: str) -> None:
    """A field of a half-built model, and a name that is no field."""
    assert message(Mine.__new__(Mine), name) == message(OfPydantic.__new__(OfPydantic), name)
    assert not hasattr(Event.__new__(Event), name)


def test_required_field_that_was_left_out_raises() -> None:
    """`model_construct` validates nothing: fields with a default have it, an unreadable value is in the extras."""
    made = Mine.model_construct(url="u")
    assert message(made, "plan") == message(OfPydantic.model_construct(), "url").replace("url", "plan")
    assert (made.url, made.revenue) == ("u", None)
    odd = Mine.model_validate({"plan": 1, "revenue": "much"})
    assert (odd.revenue, odd.model_extra) == (None, {"revenue": "much"})


def test_collection_of_a_half_built_customer() -> None:
    """One that the class has is missing; another one was not asked for."""
    assert "events" in message(CustomerWithAll.__new__(CustomerWithAll), "events")
    with pytest.raises(NotIncludedError):
        Customer.__new__(Customer).events  # type: ignore[attr-defined]  # noqa: B018  # reading it raises
