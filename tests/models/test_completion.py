"""Completers that look at the object itself, as notebooks do, are offered what a reader of an answer needs.

What editors say, which read the source instead, is in `editors/`.
"""

import copy
import inspect
import pickle

import pytest

from pyttributionio import Customer, CustomerWithAll, Event, Model
from support.reading import read

FIELDS = ["client_id", "created_at", "first_seen_at", "id", "last_seen_at", "revenue", "updated_at"]
METHODS = ["model_copy", "model_dump", "model_dump_json", "model_extra", "model_fields_set"]


def offered(model: Model) -> list[str]:
    """Return what `dir` names, without Python's own names."""
    return [name for name in dir(model) if not name.startswith("__")]


def test_dir_names_fields_and_the_methods_of_an_instance() -> None:
    """No method of pydantic 1, nothing that defines or reads models, nothing private."""
    assert offered(read({})) == sorted([*FIELDS, *METHODS])
    assert offered(read({}, ["events", "pageviews"])) == sorted([*FIELDS, *METHODS, "events", "pageviews"])


def test_dir_names_every_field_of_every_model() -> None:
    """Also of one that was never filled."""
    for model in (Event(), CustomerWithAll()):
        assert set(offered(model)) == {*type(model).model_fields, *METHODS}


def test_dir_names_unknown_fields_that_can_be_typed() -> None:
    """Neither text that is no name, nor a method's name, nor a collection that reading would refuse."""
    sent = {"utm_id": 1, "mro": 2, "json": 3, "model_dump": 4, "a b": 5, "class": 6, "__fields__": 7, "events": []}
    customer = read(sent)
    assert set(offered(customer)) == {*FIELDS, *METHODS, "utm_id", "mro"}
    assert [customer.utm_id, customer.mro] == [1, 2]


def test_dir_names_a_field_whose_value_could_not_be_read() -> None:
    """Its raw value stands among the extras; the field is there all the same, once."""
    customer = read({"revenue": "much"})
    assert customer.model_extra == {"revenue": "much"}
    assert [name for name in dir(customer) if name == "revenue"] == ["revenue"]


def test_looking_at_all_that_dir_names_warns_of_nothing() -> None:
    """Debuggers and completers read each name; pydantic's deprecated ones would warn (here: fail)."""
    names = [name for name, _ in inspect.getmembers(read({"utm_id": 1}, ["events"]))]
    assert {"utm_id", "events", "model_extra"} <= set(names)


def test_dir_names_what_a_subclass_adds() -> None:
    """A user's own method and private attribute are theirs to see."""

    class Buyer(Customer, frozen=True):
        def json_lines(self) -> str:
            return ""

        def _spent(self) -> int:
            return 0

    assert set(offered(Buyer())) == {*FIELDS, *METHODS, "_spent", "json_lines"}


def test_dir_of_a_half_made_model_does_not_fail() -> None:
    """A debugger that stops in a constructor looks at one."""
    assert "client_id" in dir(Customer.__new__(Customer))


def test_what_dir_leaves_out_is_there_all_the_same() -> None:
    """Pydantic's whole face works for who knows it: only the lists of completers are shorter."""
    customer = read({"client_id": "ada", "events": [{"name": "sale"}]}, ["events"])
    assert customer.model_validate(customer.model_dump(exclude_unset=True)) == customer
    with pytest.warns(DeprecationWarning, match="dict"):
        assert customer.dict(exclude_unset=True) == customer.model_dump(exclude_unset=True)
    for twin in (copy.copy(customer), copy.deepcopy(customer), pickle.loads(pickle.dumps(customer))):
        assert twin == customer
        assert dir(twin) == dir(customer)
