"""The known holes of the types: what each program of tests/typing/holes.py really gets."""

import runpy
from pathlib import Path
from typing import Any

import pytest

from pyttributionio import (
    Customer,
    CustomerWithEvents,
    CustomerWithIdentities,
    CustomerWithPageviews,
    CustomerWithTouchpoints,
    NotIncludedError,
)
from support.reading import ALL, connect

HOLES = runpy.run_path(str(Path(__file__).parents[1] / "typing" / "holes.py"))
CASES: list[tuple[str, Any, type[Customer]]] = [
    ("one_name", "touchpoints", CustomerWithTouchpoints),
    ("name_beside_literal", "pageviews", CustomerWithPageviews),
    ("unpacked", ["identities"], CustomerWithIdentities),
    ("unpacked", [], Customer),
    ("comprehension", ["identities"], CustomerWithIdentities),
    ("filtered", ["pageviews", "events"], CustomerWithPageviews),
    ("list_of", {"events"}, CustomerWithEvents),
    ("conditional", True, CustomerWithPageviews),
    ("conditional", False, CustomerWithEvents),
    ("conditional_tuple", True, CustomerWithPageviews),
    ("conditional_tuple", False, CustomerWithEvents),
    ("tuple_parameter", ("events",), CustomerWithEvents),
    ("tuple_parameter", (), Customer),
]


def test_every_hole_is_run() -> None:
    """A program that is added to the file is pinned here, too."""
    programs = {name for name, value in HOLES.items() if getattr(value, "__module__", None) == HOLES["__name__"]}
    assert {name for name, _, _ in CASES} == programs


@pytest.mark.parametrize(("program", "argument", "really"), CASES, ids=lambda value: str(value))
def test_hole_gives_what_was_asked_for_and_never_none(program: str, argument: object, really: type[Customer]) -> None:
    """The class tells the truth; a collection that the type promises beyond it raises, and names the include."""
    with connect('{"customer": {"client_id": "c"}}') as client:
        customer = HOLES[program](client, argument)
    assert type(customer) is really
    for name in ALL:
        if name in really.model_fields:
            assert getattr(customer, name) == []
        else:
            with pytest.raises(NotIncludedError, match=f"include=.*'{name}'"):
                getattr(customer, name)
