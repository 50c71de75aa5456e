"""The models do what schemas/ say, but for the leniencies listed in leniencies.py, whatever a server sends.

Documents are made from the files in schemas/, so that a new field is in the test once it is in its schema.
A run takes few of them; before a release, or after a change to a schema, look for longer (minutes):

    FIDELITY=long python -m pytest tests/models/test_fidelity.py
"""

import os
from itertools import chain, combinations
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from support.contract import COLLECTIONS
from support.fidelity import agree, judge, outcome, schema_verdict
from support.from_schemas import changed, objects
from support.leniencies import ROWS, TABLE, Row
from support.schemas import FILES

_QUIET: Final = (HealthCheck.too_slow, HealthCheck.data_too_large)
settings.register_profile("fidelity", deadline=None, max_examples=7, suppress_health_check=_QUIET)
settings.register_profile("fidelity-long", deadline=None, max_examples=2000, suppress_health_check=_QUIET)
LONG: Final = os.environ.get("FIDELITY") == "long"
PROFILE: Final = settings.get_profile("fidelity-long" if LONG else "fidelity")
pytestmark = pytest.mark.timeout(0 if LONG else 60)

CHOICES: Final = [*chain.from_iterable(combinations(COLLECTIONS, count) for count in range(len(COLLECTIONS) + 1))]


def in_customer(collection: str, item: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Make customers that hold one such item."""
    return item.map(lambda one: {collection: [one]})


CASES: Final[dict[str, tuple[st.SearchStrategy[dict[str, Any]], tuple[str, ...]]]] = {
    **{
        f"customer with {' '.join(chosen) or 'nothing'}": (objects(FILES["customer.json"]), chosen)
        for chosen in CHOICES
    },
    **{file: (in_customer(name, objects(FILES[file])), (name,)) for name, file in COLLECTIONS.items()},
}


@pytest.mark.parametrize(("documents", "include"), CASES.values(), ids=CASES)
def test_what_the_schemas_allow_is_read_and_dumped_back_equal(
    documents: st.SearchStrategy[dict[str, Any]], include: tuple[str, ...]
) -> None:
    """All of it, whatever unknown fields stand beside; but for ids that are text now, and times that are UTC."""

    @PROFILE
    @given(documents)
    def check(document: dict[str, Any]) -> None:
        assert schema_verdict(document) == set()
        found = outcome(document, include)
        assert (found.refused, found.unread) == (frozenset(), frozenset())
        assert found == judge(document, include)

    check()


@pytest.mark.parametrize(("documents", "include"), CASES.values(), ids=CASES)
def test_what_was_changed_is_judged_as_the_schemas_do(
    documents: st.SearchStrategy[dict[str, Any]], include: tuple[str, ...]
) -> None:
    """Wrong types, missing and renamed members, other nesting, extreme values: the same verdict, at the same place."""

    @PROFILE
    @given(changed(documents))
    def check(document: dict[str, Any]) -> None:
        told, found = judge(document, include), outcome(document, include)
        note(f"told:  {told}\nfound: {found}")
        assert agree(told, found)

    check()


EXAMPLES: Final = [
    pytest.param(row, answer, id=f"{row}, {number}")
    for row, leniency in TABLE.items()
    for number, answer in enumerate(leniency.answers, 1)
]


@pytest.mark.parametrize(("row", "answer"), EXAMPLES)
def test_leniency_is_at_work(row: Row, answer: dict[str, Any]) -> None:
    """With its row in the table all is as it says, without it something else would have to happen."""
    leniency = TABLE[row]
    found = outcome(answer, leniency.include)
    assert agree(judge(answer, leniency.include), found)
    assert not agree(judge(answer, leniency.include, ROWS - {row}), found)
    allowed, readable = not schema_verdict(answer), not (found.refused or found.unread)
    if leniency.effect == "forgiven":
        assert (allowed, found.refused) == (False, frozenset())
    else:
        assert (allowed, readable) == (True, leniency.effect == "dumped otherwise")
    assert (found.refused == {""}) == (leniency.effect == "refused")


def test_every_leniency_has_a_reason_and_an_example() -> None:
    """No row without; each is listed once."""
    assert all(leniency.why.endswith(".") and leniency.answers for leniency in TABLE.values())
    assert len({leniency.why for leniency in TABLE.values()}) == len(TABLE)
