"""Documents: the answer's objects as texts."""

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyttributionio.sandbox.store.documents import SEPARATOR, document_text, merge, position
from pyttributionio.sandbox.values.shapes import LAST_SECOND

VALUES = st.text() | st.integers()
MEMBERS = st.fixed_dictionaries({"url": VALUES}, optional=dict.fromkeys(["id", "created_at", "a,b"], VALUES))
NUMBERS = st.integers(1, 2**63 - 1) | st.integers(1, 1_100)
SECONDS = st.integers(0, LAST_SECOND) | st.integers(0, 2)
many = settings(max_examples=200, deadline=None)


def test_id_and_time_come_first_and_replace_posted_ones() -> None:
    """An `id` that was posted is replaced by the API's."""
    text = document_text(7, {"url": "/", "id": "mine", "created_at": 5}, 1_520_000_000)
    assert text == '{"created_at":"2018-03-02T14:13:20Z","id":7,"url":"/"}'
    assert position(text) == ("2018-03-02T14:13:20Z", 7)


@many
@given(st.lists(st.tuples(SECONDS, NUMBERS, MEMBERS), min_size=1, unique_by=lambda each: each[1]), st.integers(1, 5))
def test_joined_documents_are_separated_and_sorted(items: list[tuple[int, int, dict[str, str | int]]], by: int) -> None:
    """By time and then by id, whatever texts they have, and however many of them were joined before."""
    documents = [document_text(number, {**members}, at) for at, number, members in items]
    parts = [sorted(documents[start : start + by], key=position) for start in range(0, len(documents), by)]
    texts = [SEPARATOR.join(part) for part in parts]
    assert [position(text) for text in texts] == [position(part[0]) for part in parts]
    joined = merge(texts)
    expected = [number for _, number, _ in sorted(items, key=lambda each: each[:2])]
    assert [each["id"] for each in json.loads(f"[{joined}]")] == expected
    assert sorted(joined.split(SEPARATOR)) == sorted(documents)


def test_no_texts_are_merged_into_an_empty_one() -> None:
    """A customer may have no pageviews."""
    assert merge([]) == ""


@pytest.mark.parametrize("step", [1, 59, 86_399, 40_000_000_000])
def test_positions_sort_like_times(step: int) -> None:
    """In all years that datetime has."""
    positions = [
        position(document_text(1, {"url": "/"}, second)) for second in range(0, min(LAST_SECOND, 99 * step), step)
    ]
    assert all(one < other for one, other in pairwise(positions))
