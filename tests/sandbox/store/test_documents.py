"""The answer's objects as texts."""

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyttributionio.sandbox.store.documents import SEPARATOR, document_text, in_order, place
from pyttributionio.sandbox.values.shapes import LAST_SECOND

VALUES = st.text() | st.integers()
MEMBERS = st.fixed_dictionaries({"url": VALUES}, optional=dict.fromkeys(["id", "created_at", "a,b"], VALUES))
NUMBERS = st.integers(1, 2**63 - 1) | st.integers(1, 1_100)
SECONDS = st.integers(0, LAST_SECOND) | st.integers(0, 2)
many = settings(max_examples=200, deadline=None)


def test_id_and_time_come_first_and_are_not_what_was_posted() -> None:
    """Whoever posts an id of their own gets the API's."""
    text = document_text(7, {"url": "/", "id": "mine", "created_at": 5}, 1_520_000_000)
    assert text == '{"created_at":"2018-03-02T14:13:20Z","id":7,"url":"/"}'
    assert place(text) == ("2018-03-02T14:13:20Z", 7)


@many
@given(st.lists(st.tuples(SECONDS, NUMBERS, MEMBERS), min_size=1, unique_by=lambda each: each[1]), st.integers(1, 5))
def test_joined_documents_come_apart_and_into_order(
    items: list[tuple[int, int, dict[str, str | int]]], by: int
) -> None:
    """By time and then by id as a number, whatever texts are in them, and however many are joined, in order, before."""
    documents = [document_text(number, {**members}, at) for at, number, members in items]
    parts = [sorted(documents[start : start + by], key=place) for start in range(0, len(documents), by)]
    texts = [SEPARATOR.join(part) for part in parts]
    assert [place(text) for text in texts] == [place(part[0]) for part in parts]
    joined = in_order(texts)
    expected = [number for _, number, _ in sorted(items, key=lambda each: each[:2])]
    assert [each["id"] for each in json.loads(f"[{joined}]")] == expected
    assert sorted(joined.split(SEPARATOR)) == sorted(documents)


def test_nothing_is_in_order() -> None:
    """A customer may have no pageviews."""
    assert in_order([]) == ""


@pytest.mark.parametrize("step", [1, 59, 86_399, 40_000_000_000])
def test_places_sort_like_times(step: int) -> None:
    """Over all the years that there are."""
    places = [place(document_text(1, {"url": "/"}, second)) for second in range(0, min(LAST_SECOND, 99 * step), step)]
    assert all(one < other for one, other in pairwise(places))
