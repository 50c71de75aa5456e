"""A part of an answer serializes wherever pydantic infers its type: in an Any, in a dict, in an endpoint's result."""

import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest
from pydantic import BaseModel, TypeAdapter
from pydantic_core import PydanticSerializationError, to_json, to_jsonable_python

from pyttributionio import CustomerWithEvents, Event, Model, Touchpoint
from support.reading import read_one

SENT: Final[dict[str, Any]] = {"url": "u", "meta": {"agent": "a"}, "created_at": "2018-03-02T14:13:20Z"}
EXTRAS: Final = {"plan": "gold", "revenue": "much"}
DUMPED: Final = Event.model_validate(SENT).model_dump(mode="json")


class Report(BaseModel):
    """A user's own model."""

    payload: dict[str, Any]
    whole: object = None


INFERRED: Final[dict[str, Callable[[Any], Any]]] = {
    "to_json": lambda value: json.loads(to_json(value)),
    "to_jsonable_python": to_jsonable_python,
    "TypeAdapter(Any)": lambda value: json.loads(TypeAdapter(Any).dump_json(value)),
    "TypeAdapter(list[Any])": lambda value: json.loads(TypeAdapter(list[Any]).dump_json([value]))[0],
    "a dict of a user's model": lambda value: json.loads(Report(payload={"p": value}).model_dump_json())["payload"][
        "p"
    ],
    "an object of a user's model": lambda value: Report(payload={}, whole=value).model_dump(mode="json")["whole"],
    "serialize_as_any": lambda value: value.model_dump(mode="json", serialize_as_any=True),
}


def unbuilt() -> type[Event]:
    """Return a class that nothing has built yet."""

    class Mine(Event, frozen=True):
        """A subclass of a user."""

    return Mine


def nested(kind: type[Event]) -> Event:
    """Make an instance inside of another model, which is built, and its class is not."""

    class Holder(Model, frozen=True):
        """Holds one."""

        one: kind  # type: ignore[valid-type]  # a class, known at run time

    return Holder.model_validate({"one": SENT}).one  # type: ignore[attr-defined,no-any-return]


MADE: Final[dict[str, Callable[[type[Event]], Event]]] = {
    "inside of another model": nested,
    "in a list": lambda kind: TypeAdapter(list[kind]).validate_python([SENT])[0],  # type: ignore[valid-type]
    "model_construct": lambda kind: kind.model_construct(**dict(Event.model_validate(SENT))),
}


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
@pytest.mark.parametrize("serialize", INFERRED.values(), ids=INFERRED)
def test_unbuilt_model_serializes_by_inference(
    make: Callable[[type[Event]], Event], serialize: Callable[[Any], Any]
) -> None:
    """Like `model_dump`, whatever made the instance."""
    assert serialize(make(unbuilt())) == DUMPED


@pytest.mark.parametrize("serialize", INFERRED.values(), ids=INFERRED)
def test_part_of_an_answer_serializes_by_inference(serialize: Callable[[Any], Any]) -> None:
    """With its unreadable and unknown values."""
    assert serialize(read_one("events", {**SENT, **EXTRAS})) == {**DUMPED, **EXTRAS}


def test_base_of_the_models_serializes_by_inference() -> None:
    """It has no fields, and takes any."""
    assert to_json(Model.model_construct(a=1)) == b'{"a":1}'


FRESH: Final = """
import pickle, sys
from pydantic_core import to_json
sys.stdout.buffer.write(to_json({"customer": pickle.loads(sys.stdin.buffer.read())}))
"""


def test_customer_unpickled_in_a_fresh_process_serializes() -> None:
    """No model is built there."""
    customer = CustomerWithEvents.model_validate({"events": [SENT], "revenue": [1]})
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FRESH],
        input=pickle.dumps(customer),
        capture_output=True,
        timeout=40,
        check=True,
    )
    assert json.loads(done.stdout) == {"customer": customer.model_dump(mode="json")}


def test_many_threads_serialize_an_unbuilt_model() -> None:
    """It is built once; none sees half of it."""
    for _ in range(5):
        made = MADE["in a list"](unbuilt())
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(to_jsonable_python, [made] * 16))
        assert found == [DUMPED] * 16


def test_class_that_names_an_unknown_type_serializes_later() -> None:
    """The failed build is told, and tried again."""

    class Late(Touchpoint, frozen=True):
        """Names a type that comes later."""

        later: "Later | None" = None  # noqa: F821  # it is defined later

    made = Late.model_construct(source="s")
    with pytest.raises(PydanticSerializationError):
        to_json(made)
    Late.model_rebuild(_types_namespace={"Later": int})
    assert json.loads(to_json(made)) == made.model_dump(mode="json")
