"""What was read is dumped back: nothing lost, nothing invented, whatever the server sends."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from pyttributionio import Customer, CustomerWithAll, Drift, ResponseValidationError
from support.documents import JSON, MODELS, as_read, valid
from support.reading import ALL, loads_once, read

DUMPS: dict[str, dict[str, bool]] = {"all": {}, "what was set": {"exclude_unset": True}}


@settings(max_examples=150, deadline=None)
@given(valid("customer"))
def test_valid_answer_is_dumped_back_equal(document: dict[str, Any]) -> None:
    """But for ids that are text now, times that are UTC, and null collections that are empty."""
    customer = read(document, ALL)
    assert loads_once(customer.model_dump_json(exclude_unset=True)) == as_read("customer", document)
    assert customer.model_dump(mode="json", exclude_unset=True) == as_read("customer", document)
    assert CustomerWithAll.model_validate_json(customer.model_dump_json(exclude_unset=True)) == customer


@settings(max_examples=100, deadline=None)
@given(valid("customer"))
def test_valid_answer_drifts_only_by_unknown_fields(document: dict[str, Any]) -> None:
    """What the contract allows is never reported as unreadable."""
    seen: list[Drift] = []
    read(document, ALL, on_drift=seen.append)
    assert {drift.kind for drift in seen} <= {"unknown_field", "missing_collection"}


def read_or_refusal(document: object) -> Any:
    """Return the customer that an answer holds, or the error that says why it holds none."""
    try:
        return read(document, ALL)
    except ResponseValidationError as error:
        return error


def mutated(model: str) -> st.SearchStrategy[dict[str, Any]]:
    """Make objects whose fields hold anything, on all levels."""
    members: dict[str, st.SearchStrategy[Any]] = {}
    for name, kind in MODELS[model].items():
        nested = mutated("meta") if kind == "meta" else st.lists(mutated(kind), max_size=2) if kind in MODELS else JSON
        members[name] = nested | JSON
    return st.fixed_dictionaries({}, optional=members)


@settings(max_examples=200, deadline=None)
@given(mutated("customer"))
def test_any_answer_is_read_or_refused(document: dict[str, Any]) -> None:
    """Nothing but ResponseValidationError comes out; a readable answer loses no key, and dumps none twice."""
    customer = read_or_refusal(document)
    if isinstance(customer, ResponseValidationError):
        assert customer.path.startswith("customer")
        assert customer.expected
        return
    dumped = loads_once(customer.model_dump_json(exclude_unset=True))
    assert loads_once(json.dumps(customer.model_dump(mode="json", exclude_unset=True))) == dumped
    same_shape(document, dumped)
    for name, value in document.items():
        if getattr(customer, name) is None:
            assert dumped[name] == value


@settings(max_examples=200, deadline=None)
@given(mutated("customer"), st.sampled_from(sorted(DUMPS)))
def test_dump_of_any_answer_reads_as_the_same_model(document: dict[str, Any], form: str) -> None:
    """In JSON and in Python, with and without what was not in the answer; the second dump is the first one."""
    customer = read_or_refusal(document)
    if isinstance(customer, ResponseValidationError):
        return
    kind, options = type(customer), DUMPS[form]
    text = customer.model_dump_json(**options)
    again = {
        "json": kind.model_validate_json(text),
        "python": kind.model_validate(customer.model_dump(**options)),
        "python, as json": kind.model_validate(customer.model_dump(mode="json", **options)),
        "constructor": kind(**customer.model_dump(**options)),
        "in a list": TypeAdapter(list[kind]).validate_json(f"[{text}]")[0],  # type: ignore[valid-type]  # a class
    }
    for model in again.values():
        assert model == customer
        assert model.model_extra == customer.model_extra
        assert model.model_dump_json(**options) == text


def same_shape(sent: object, dumped: object) -> None:
    """Hold two JSON values to the same keys and lengths; a null collection is an empty one."""
    if isinstance(sent, dict) and isinstance(dumped, dict):
        assert sent.keys() == dumped.keys()
        for name in sent:
            same_shape(sent[name], dumped[name])
    elif isinstance(sent, list) and isinstance(dumped, list):
        assert len(sent) == len(dumped)
        for one, other in zip(sent, dumped, strict=True):
            same_shape(one, other)


@settings(max_examples=150, deadline=None)
@given(JSON)
def test_any_json_is_read_or_refused(document: object) -> None:
    """As the whole answer's customer."""
    customer = read_or_refusal(document)
    if isinstance(customer, ResponseValidationError):
        assert customer.path.startswith("customer")
    else:
        assert isinstance(document, dict)
        assert customer.model_fields_set == document.keys()


def test_deep_answer_can_be_read_again() -> None:
    """Deeper than pydantic's parser allows. A text that is no JSON is refused as before, and one far too deep too."""
    note: dict[str, Any] = {}
    for _ in range(400):
        note = {"a": note}
    customer = read({"note": note, "revenue": "much"})
    assert customer.model_extra == {"note": note, "revenue": "much"}
    text = customer.model_dump_json()
    assert Customer.model_validate_json(text) == Customer.model_validate_json(text.encode()) == customer
    assert Customer.model_validate(customer.model_dump()) == customer
    for bad in (text[:-1], "{", '{"note": ' + "[" * 9999 + "]" * 9999 + "}"):
        with pytest.raises(ValidationError, match="Invalid JSON"):
            Customer.model_validate_json(bad)
    with pytest.raises(ValidationError, match="valid integer"):
        Customer.model_validate_json(text, strict=True)
