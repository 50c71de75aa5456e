"""A secret is masked in every spelling, in a time that grows with the text alone."""

import html
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyttributionio._core.redaction import LONG, MASK, redactor

SECRETS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=LONG, max_size=20)
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
        assert any(mark in text for mark in ("%", "\\", "&", "<", "secret=")) or secret.lower() in text.lower()


@pytest.mark.parametrize(
    ("secret", "text", "shown"),
    [
        ("abcdef/gh", "x abcdef/gh y", "x [secret] y"),
        ("abcdef/gh", 'GET /?secret=abcdef%2Fgh&x=1 "abcdef\\/gh"', 'GET /?secret=[secret]&x=1 "[secret]"'),
        ("abcdef&gh", "<p>abcdef&amp;gh</p>", "<p>[secret]</p>"),
        ("abcdefgh", "abcdefghabcdefgh", "[secret][secret]"),
        ("aaaaaaaa", "aaaaaaaaa", "[secret]a"),
        ("\\xxxxxxx", '"\\\\xxxxxxx"', '"[secret]"'),
        ("Abcdefgh", "x-abcdefgh ABCDEFGH İabcdefgh", "x-[secret] [secret] İ[secret]"),
        ("abcdefgh", "a\0b\0c\0d\0e\0f\0g\0h\0!\0", "[secret]\0!\0"),
        ("abcdefgh", "abc<wbr>de<b>fgh</b>", "[secret]</b>"),
        ("abcdefgh", "(see /?secret=abcdefgh).", "(see /?secret=[secret])."),
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


@pytest.mark.parametrize("secret", ["s", "e", "api", "hunter2", "GET"])
def test_a_short_secret_is_masked_only_as_the_value_of_its_parameter(secret: str) -> None:
    """It may be a part of any word: with "s", "https" would be unreadable."""
    redact = redactor(secret)
    text = f"GET https://shop.example/api/v1/KEY/customers/c-1?secret={secret}&show_events=true was reset: {secret}"
    assert redact(text) == text.replace(f"secret={secret}&", "secret=[secret]&")
    assert redact(f'"https%3A%2F%2Fx%3Fsecret%3D{secret}"') == '"https%3A%2F%2Fx%3Fsecret%3D[secret]"'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET /?secret=S3cr", "GET /?secret=[secret]"),
        ("GET /?secret=S3cr...", "GET /?secret=[secret]"),
        ("GET /?secret=S3cr… not found", "GET /?secret=[secret]… not found"),
        ("GET /?x=1&secret=S3cr3t%2F%2B%3D%2", "GET /?x=1&secret=[secret]"),
        ("GET /?secret=S3cr3t/+=%&val", "GET /?secret=[secret]"),
        ("get /?SECRET=s3CR3t%2f%2b&x=1", "get /?SECRET=[secret]&x=1"),
        ("GET /?x=1&amp;secret=S3cr&amp;y=2", "GET /?x=1&amp;secret=[secret]&amp;y=2"),
        ("next=%2F%3Fsecret%3DS3cr%26x%3D1", "next=%2F%3Fsecret%3D[secret]%26x%3D1"),
        ('{"url":"\\/?secret\\u003dS3cr"}', '{"url":"\\/?secret\\u003d[secret]"}'),
        ("GET /?secret=another", "GET /?secret=[secret]"),
        ("GET /?client_secret=another", "GET /?client_secret=another"),
        ("the secret=", "the secret="),
    ],
)
def test_the_parameter_is_masked_by_its_name(text: str, shown: str) -> None:
    """A server may repeat a part of the URL, or the URL in lower case: there is no whole secret to be found."""
    redact = redactor("S3cr3t/+=%&value!")
    assert redact(text) == shown
    assert redact(shown) == shown


@pytest.mark.parametrize(
    ("secret", "text", "shown"),
    [
        ("S3cr3t-value", "/?secret=another", "/?secret=another"),
        ("S3cr3t-value", "/?secret=S3cr3t-other", "/?secret=S3cr3t-other"),
        ("S3cr3t-value", "/?secret=S3cr3t-value&x=1", "/?secret=[secret]&x=1"),
        ("S3cr3t-value", "/?secret=S3cr3t-v", "/?secret=[secret]"),
        ("S3cr3t-value", "/?secret=s3cr...", "/?secret=[secret]..."),
        ("s", "/?secret=s&x=1", "/?secret=[secret]&x=1"),
        ("s", "/?secret=shop", "/?secret=shop"),
        ("hunter2", "/?secret=hunt", "/?secret=[secret]"),
    ],
)
def test_among_data_only_the_secret_itself_is_masked(secret: str, text: str, shown: str) -> None:
    """A visitor's page may have a parameter of this name, such as one that resets a password."""
    assert redactor(secret, only_own=True)(text) == shown


@given(st.binary(max_size=9), st.binary(max_size=9), st.sampled_from([b64encode, urlsafe_b64encode]))
def test_a_secret_inside_base64_is_masked(before: bytes, after: bytes, encode: Callable[[bytes], bytes]) -> None:
    """Of a URL in base64, the characters that contain only the secret are masked, wherever it begins."""
    secret = "S3cr3t/+?~value>"
    encoded = encode(before + secret.encode() + after).decode()
    shown = redactor(secret)(encoded)
    assert MASK in shown
    assert len(shown.replace(MASK, "")) <= len(encode(before)) + len(encode(after)) + 4


@pytest.mark.parametrize("text", ["secret=" * 9_000, "secret=x&" * 7_000, "<" * 60_000, "<a" * 30_000, "\0" * 60_000])
@pytest.mark.parametrize("only_own", [False, True])
def test_a_search_by_name_takes_linear_time(text: str, only_own: bool) -> None:
    """Each name is looked at once."""
    redact = redactor("hush-hush-hush", only_own=only_own)
    assert redact(text + "&secret=hush") == redact(text) + "&secret=[secret]"
