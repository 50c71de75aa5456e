"""An answer's headers: matched in any case, joined where they came several times."""

import copy
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyttributionio import Headers

PAIRS = [("Content-Type", "text/html"), ("Retry-After", "7"), ("Via", "1.1 a"), ("via", "1.1 b"), ("X-Empty", "")]
JOINED = {"content-type": "text/html", "retry-after": "7", "via": "1.1 a, 1.1 b", "x-empty": ""}


@pytest.mark.parametrize("name", ["content-type", "Content-Type", "CONTENT-TYPE"])
def test_name_is_matched_in_any_case(name: str) -> None:
    """RFC 9110, section 5.1: field names have no case."""
    headers = Headers(PAIRS)
    assert (headers[name], headers.get(name), name in headers) == ("text/html", "text/html", True)


def test_header_that_came_twice_is_one_value_in_order() -> None:
    """RFC 9110, section 5.3: lines of one name are joined with a comma."""
    assert dict(Headers(PAIRS)) == JOINED


def test_unknown_name_is_missing() -> None:
    """As in any mapping, whatever is asked for."""
    headers = Headers(PAIRS)
    assert headers.get("X-Other") is None
    assert "X-Other" not in headers
    assert 1 not in headers
    with pytest.raises(KeyError, match="x-other"):
        headers["X-Other"]


def test_headers_are_a_mapping_that_cannot_be_changed() -> None:
    """A record of what came: counted, listed, compared, shown, and no more."""
    headers = Headers(PAIRS)
    assert (len(headers), list(headers)) == (4, list(JOINED))
    assert headers == Headers(JOINED.items()) == JOINED
    assert headers != Headers()
    assert repr(Headers([("A", "b")])) == "Headers({'a': 'b'})"
    assert not hasattr(headers, "__setitem__")
    assert not hasattr(headers, "__dict__")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_headers_pickle_with_every_protocol(protocol: int) -> None:
    """An error carries them, and errors travel between processes."""
    again = pickle.loads(pickle.dumps(Headers(PAIRS), protocol))
    assert type(again) is Headers
    assert again == JOINED
    assert copy.deepcopy(again) == copy.copy(again) == again


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["a", "A", "b", "B", "c"]), st.text())))
def test_no_value_is_lost(pairs: list[tuple[str, str]]) -> None:
    """Each name has the values of all its lines, in their order."""
    expected = {
        name: ", ".join(value for other, value in pairs if other.lower() == name)
        for name in {name.lower() for name, _ in pairs}
    }
    assert Headers(pairs) == expected
