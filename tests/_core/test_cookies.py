"""The visitor id among a web request's cookies, as the wire contract has it."""

import unicodedata
from collections.abc import Mapping
from http.cookies import SimpleCookie
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyttributionio import visitor_id_from_cookies
from pyttributionio._core.requests import checked_id

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
        pytest.param({"AttrioP_KEY": "v" * 512}, None, "v" * 512, id="the longest"),
        pytest.param({"AttrioP_KEY": "visit\u00e9 \U0001f642"}, "KEY", "visit\u00e9 \U0001f642", id="any alphabet"),
    ],
)
def test_visitor_id_is(cookies: Mapping[str, str], api_key: str | None, expected: str | None) -> None:
    """By the prefix; the exact `AttrioP_{public key}` first where several are there."""
    assert visitor_id_from_cookies(cookies, api_key=api_key) == expected


def test_cookies_of_a_header_are_read_as_frameworks_give_them() -> None:
    """From a Cookie header through the standard library to the visitor id."""
    cookies = {name: morsel.value for name, morsel in SimpleCookie("a=1; AttrioP_KEY=visitor-1; b=2").items()}
    assert visitor_id_from_cookies(cookies, api_key="KEY") == "visitor-1"


UNUSABLE = {
    "blank": " \t",
    "blank in another alphabet": "\u2003\u3000",
    "a line break": "visitor\r\nX-Header: 1",
    "a null": "visitor\0",
    "an escape": "visitor\x1b[2J",
    "delete": "visitor\x7f",
    "a control character of Latin-1": "visitor\x9b",
    "half of a pair": "visitor\ud83d",
    "the other half": "visitor\udc4d",
    "too long": "v" * 513,
}


@pytest.mark.parametrize("value", UNUSABLE.values(), ids=UNUSABLE)
def test_value_that_is_no_visitor_id_does_not_count(value: str) -> None:
    """A browser may send anything. Another account's cookie takes no part where the own one was sent."""
    assert visitor_id_from_cookies({"AttrioP_KEY": value}) is None
    assert visitor_id_from_cookies({"AttrioP_KEY": value}, api_key="KEY") is None
    assert visitor_id_from_cookies({"AttrioP_A": value, "AttrioP_B": "v"}) == "v"
    assert visitor_id_from_cookies({"AttrioP_A": value, "AttrioP_B": "v"}, api_key="KEY") == "v"
    assert visitor_id_from_cookies({"AttrioP_KEY": value, "AttrioP_B": "v"}, api_key="KEY") is None


@pytest.mark.parametrize("value", [7, b"v", ["v"]])
def test_value_that_is_no_text_does_not_count(value: Any) -> None:
    """Some frameworks keep what they parsed."""
    assert visitor_id_from_cookies({"AttrioP_KEY": value}) is None
    assert visitor_id_from_cookies({"AttrioP_KEY": value, "AttrioP_B": "v"}, api_key="KEY") is None


@settings(deadline=None)
@given(
    st.dictionaries(st.text() | st.text().map("AttrioP_".__add__), st.text(st.characters()) | st.just("v")),
    st.none() | st.text(),
)
def test_found_value_is_one_under_the_prefix_that_a_call_accepts(cookies: dict[str, str], api_key: str | None) -> None:
    """It is never another cookie's value, and it is None only where no value is usable, or the key's own is not."""
    present = [value for name, value in cookies.items() if name.startswith("AttrioP_") and value]
    usable = [value for value in present if len(value) <= 512 and value.strip() and not control_characters(value)]
    own = cookies.get(f"AttrioP_{api_key}") if api_key else None
    found = visitor_id_from_cookies(cookies, api_key=api_key)
    assert found == (own if own in usable else None) if own else found in (usable or [None])
    assert found is None or checked_id("visitor_id", found) == found


def control_characters(text: str) -> bool:
    """Return whether a text has control characters or surrogates, by the Unicode database."""
    return any(unicodedata.category(each) in {"Cc", "Cs"} for each in text)
