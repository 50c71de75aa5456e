"""A secret is masked in every spelling, in a time that grows with the text alone."""

import html
import json
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyttributionio._core.redaction import MASK, redactor

SECRETS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=20)
TEXTS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=30)


def as_json(text: str) -> str:
    """Write a text as JSON does."""
    return json.dumps(text)[1:-1]


def as_php(text: str) -> str:
    """Write a text as PHP's JSON does."""
    return as_json(text).replace("/", "\\/")


def as_rails(text: str) -> str:
    """Write a text as JSON that may stand in HTML."""
    return as_json(text).replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003E")


def percent(text: str) -> str:
    """Write a text as a query does."""
    return quote(text, safe="")


def twice(text: str) -> str:
    """Write a text as a query within a query does."""
    return percent(percent(text))


def numbers(text: str) -> str:
    """Write each character by its number in HTML."""
    return "".join(
        f"&#{ord(character)};" if index % 2 else f"&#x{ord(character):X};" for index, character in enumerate(text)
    )


WAYS: list[Callable[[str], str]] = [
    str, percent, twice, quote, quote_plus, as_json, as_php, as_rails, html.escape, numbers,
    lambda text: re.sub("%..", lambda found: found[0].lower(), percent(text)),
    lambda text: as_json(percent(text)),
    lambda text: as_php(as_json(text)),
    lambda text: html.escape(percent(text)),
    lambda text: as_json(html.escape(text)),
    lambda text: html.escape(as_json(text)),
    lambda text: as_php(as_json(percent(text))),
]  # fmt: skip


@given(SECRETS, TEXTS, TEXTS, st.sampled_from(WAYS))
def test_a_secret_is_masked_in_every_spelling(secret: str, before: str, after: str, way: Callable[[str], str]) -> None:
    """Whatever stands around it: nothing from which it could be read is left."""
    written = way(secret)
    shown = redactor(secret)(f"{before} {written} {after}")
    assert MASK in shown
    if len(written) > 3 and written not in f"{before} {after} {MASK}":
        assert written not in shown


@given(SECRETS, TEXTS)
def test_a_text_without_the_secret_stays_as_it_is(secret: str, text: str) -> None:
    """Not a character of it is decoded."""
    shown = redactor(secret)(text)
    if MASK not in shown:
        assert shown == text
    else:
        assert any(mark in text for mark in ("%", "\\", "&", secret))


@pytest.mark.parametrize(
    ("secret", "text", "shown"),
    [
        ("a/b", "x a/b y", "x [secret] y"),
        ("a/b", 'GET /?secret=a%2Fb&x=1 "a\\/b"', 'GET /?secret=[secret]&x=1 "[secret]"'),
        ("a&b", "<p>a&amp;b</p>", "<p>[secret]</p>"),
        ("abc", "abcabc", "[secret][secret]"),
        ("aa", "aaa", "[secret]a"),
        ("\\x", '"\\\\x"', '"[secret]"'),
    ],
)
def test_what_stands_around_a_secret_stays(secret: str, text: str, shown: str) -> None:
    """The spelling goes as a whole, and nothing but it."""
    assert redactor(secret)(text) == shown


@pytest.mark.parametrize("filler", ["\\", "%25", "&amp;", "%", "&", "\\\\u005c"])
def test_runs_of_what_begins_a_spelling_come_to_an_end(filler: str) -> None:
    """Runs of what begins a spelling were once tried in every way, which took exponential time: it never came back."""
    redact = redactor(filler * 200 + "x")
    assert redact(filler * 20_000 + "y") == filler * 20_000 + "y"
    assert MASK in redact(filler * 20_000 + "x")
