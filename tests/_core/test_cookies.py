"""The visitor id among a web request's cookies, as the wire contract has it."""

from collections.abc import Mapping
from http.cookies import SimpleCookie

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyttributionio import visitor_id_from_cookies

OTHERS = {"session": "s", "_ga": "GA1", "AttrioP": "no underscore", "attriop_KEY": "other case", "xAttrioP_KEY": "x"}


@pytest.mark.parametrize(
    ("cookies", "api_key", "expected"),
    [
        pytest.param({}, None, None, id="no cookies"),
        pytest.param(OTHERS, "KEY", None, id="none of the snippet's"),
        pytest.param({**OTHERS, "AttrioP_KEY": "v"}, None, "v", id="found by its prefix"),
        pytest.param({**OTHERS, "AttrioP_CLIENT_ID": "v"}, "KEY", "v", id="found with another suffix"),
        pytest.param({"AttrioP_A": "1", "AttrioP_KEY": "2"}, "KEY", "2", id="the key's own among several"),
        pytest.param({"AttrioP_KEY": "2", "AttrioP_A": "1"}, "KEY", "2", id="the key's own in any order"),
        pytest.param({"AttrioP_A": "1", "AttrioP_B": "2"}, "KEY", "1", id="the first where none is the key's"),
        pytest.param({"AttrioP_A": "1", "AttrioP_B": "2"}, None, "1", id="the first without a key"),
        pytest.param({"AttrioP_KEY": "", "AttrioP_A": "1"}, "KEY", "1", id="an empty one is none"),
        pytest.param({"AttrioP_KEY": ""}, "KEY", None, id="only an empty one"),
        pytest.param({"AttrioP_": "v"}, None, "v", id="an empty suffix"),
        pytest.param({"AttrioP_KEY": "1", "AttrioP_": "2"}, "", "1", id="an empty key is no key"),
        pytest.param({"AttrioP_KEY": "1", "AttrioP_None": "2"}, None, "1", id="no key has no cookie of its own"),
        pytest.param({"AttrioP_key": "1", "AttrioP_KEY": "2"}, "KEY", "2", id="names have a case"),
        pytest.param({"AttrioP_KEY": " v%20 "}, None, " v%20 ", id="the value as it is"),
    ],
)
def test_visitor_id_is(cookies: Mapping[str, str], api_key: str | None, expected: str | None) -> None:
    """By the prefix; the exact `AttrioP_{public key}` first where several are there."""
    assert visitor_id_from_cookies(cookies, api_key=api_key) == expected


def test_cookies_of_a_header_are_read_as_frameworks_give_them() -> None:
    """From a Cookie header through the standard library to the visitor id."""
    cookies = {name: morsel.value for name, morsel in SimpleCookie("a=1; AttrioP_KEY=visitor-1; b=2").items()}
    assert visitor_id_from_cookies(cookies, api_key="KEY") == "visitor-1"


@settings(deadline=None)
@given(st.dictionaries(st.text() | st.text().map("AttrioP_".__add__), st.text()), st.none() | st.text())
def test_what_is_found_is_a_value_under_the_prefix(cookies: dict[str, str], api_key: str | None) -> None:
    """Never another cookie's value, never an empty one, and None only where there is none."""
    candidates = [value for name, value in cookies.items() if name.startswith("AttrioP_") and value]
    found = visitor_id_from_cookies(cookies, api_key=api_key)
    assert found in candidates if candidates else found is None
