"""The strategies: models and answers that are valid by the schemas, and odd answers that are read all the same."""

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings

from pyttributionio import (
    Customer,
    CustomerWithAll,
    CustomerWithEvents,
    CustomerWithTouchpoints,
    Drift,
    Model,
    ResponseValidationError,
)
from pyttributionio.testing.strategies import (
    answers,
    customers,
    drifting_answers,
    events,
    identities,
    metas,
    pageviews,
    touchpoints,
)
from support.reading import ALL, connect
from support.schemas import validator

MODELS: dict[str, Any] = {
    "customer": customers(),
    "event": events(),
    "identity": identities(),
    "meta": metas(),
    "pageview": pageviews(),
    "touchpoint": touchpoints(),
}


@pytest.mark.parametrize("name", MODELS)
def test_models_are_valid_by_the_schemas(name: str) -> None:
    """Their JSON is, and they read no value as an odd one."""

    @given(MODELS[name])
    @settings(max_examples=25, deadline=None)
    def check(model: Model) -> None:
        assert not model.model_extra
        validator(f"{name}.json").validate(json.loads(model.model_dump_json(exclude_unset=True)))

    check()


@pytest.mark.parametrize("kind", [Customer, CustomerWithEvents, CustomerWithAll])
def test_answers_are_valid_and_have_no_drift(kind: type[Customer]) -> None:
    """They have the collections of the class, and a client reads them without a report."""
    include = [name for name in ALL if name in kind.model_fields]

    @given(answers(kind))
    @settings(max_examples=25, deadline=None)
    def check(answer: dict[str, Any]) -> None:
        validator("customer.json").validate(answer["customer"])
        assert answer["customer"].keys() <= kind.model_fields.keys()
        found: list[Drift] = []
        customer = connect(json.dumps(answer), on_drift=found.append).customers.get("id", include=include)
        assert type(customer) is kind
        assert found == []

    check()


@pytest.mark.parametrize("kind", [Customer, CustomerWithTouchpoints, CustomerWithAll])
def test_drifting_answers_drift_and_are_read(kind: type[Customer]) -> None:
    """Each of them is reported, and none raises but for a strict client."""
    include = [name for name in ALL if name in kind.model_fields]

    @given(drifting_answers(kind))
    @settings(max_examples=40, deadline=None)
    def check(answer: dict[str, Any]) -> None:
        found: list[Drift] = []
        text = json.dumps(answer)
        customer = connect(text, on_drift=found.append).customers.get("id", include=include)
        assert type(customer) is kind
        assert found
        assert customer.model_dump_json()
        with pytest.raises(ResponseValidationError):
            connect(text, strict=True).customers.get("id", include=include)

    check()


@pytest.mark.parametrize("kind", ["unknown_field", "unreadable_value", "missing_collection", "unreadable_character"])
def test_drift_of_each_kind_is_found(kind: str) -> None:
    """A search finds an example of it."""

    def has_it(answer: dict[str, Any]) -> bool:
        found: list[Drift] = []
        connect(json.dumps(answer), on_drift=found.append).customers.get("id", include="all")
        return kind in {drift.kind for drift in found}

    quick = settings(
        max_examples=2000, deadline=None, derandomize=True, phases=[Phase.generate]
    )  # a smaller example is not needed
    assert find(drifting_answers(), has_it, settings=quick)


def test_strategies_are_not_imported_by_the_factories() -> None:
    """Hypothesis takes a second to import."""
    code = "import sys, pyttributionio.testing.factories; print('hypothesis' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_without_hypothesis_the_error_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line."""
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    monkeypatch.delitem(sys.modules, "pyttributionio.testing.strategies")
    with pytest.raises(ImportError, match=r"needs hypothesis: pip install hypothesis$"):
        import pyttributionio.testing.strategies  # noqa: F401
