"""The redaction of secrets: where and in which spellings they are hidden, and that nothing else changes."""

import json
from base64 import b64encode, urlsafe_b64encode
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyttributionio.sandbox.api.redaction import LONG, Redaction

SECRET = 'ab"c\\\\d/é🧦%41 +x'
LONG_ONE = Redaction({SECRET, "hush-hush"}, {"KEY"})
SHORT = Redaction({"hush!", "s", "key"}, {"key"})


def escaped(text: str) -> str:
    """Write each character of a text as a JSON escape with four digits."""
    units = text.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def in_json(text: str, *, ascii_only: bool = True) -> str:
    """Write a text as JSON, without the quotation marks."""
    return json.dumps(text, ensure_ascii=ascii_only)[1:-1]


SPELLINGS = {
    "plain": SECRET,
    "encoded": quote(SECRET, safe=""),
    "encoded in small letters": quote(SECRET, safe="").lower(),
    "encoded as in a form": quote_plus(SECRET),
    "encoded to the last byte": "".join(f"%{byte:02x}" for byte in SECRET.encode()),
    "encoded twice": quote(quote(SECRET, safe=""), safe=""),
    "partly encoded": f"%61{SECRET[1:]}",
    "in JSON": in_json(SECRET),
    "in JSON as UTF-8": in_json(SECRET, ascii_only=False),
    "in JSON with an escaped slash": in_json(SECRET).replace("/", "\\/"),
    "in JSON to the last character": escaped(SECRET),
    "in JSON in JSON": in_json(in_json(SECRET)),
    "as Latin-1 reads it": SECRET.encode().decode("latin-1"),
}
spellings = pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS.keys())


@spellings
def test_long_secret_is_hidden_in_any_text(spelling: str) -> None:
    """And the rest of the text does not change."""
    assert LONG_ONE.text(f"<{spelling}>\n{spelling}.") == "<REDACTED>\nREDACTED."
    assert LONG_ONE.value(f"x{spelling}x") == "xREDACTEDx"
    assert LONG_ONE.header("x", f"Bearer {spelling}") == "Bearer REDACTED"


@spellings
def test_long_secret_is_hidden_in_a_query(spelling: str) -> None:
    """In values and names, and also without an equals sign."""
    for before, after in (
        ("secret=", ""),
        ("a=x", "x&b"),
        ("", "=1"),
        ("", ""),
        ("a;secret=", ""),
        ("a=b?secret=", ""),
    ):
        assert LONG_ONE.query(f"{before}{spelling}{after}") == f"{before}REDACTED{after}"


@spellings
def test_long_secret_is_hidden_in_a_path(spelling: str) -> None:
    """As a segment or a part of one, even if the secret has a slash."""
    assert LONG_ONE.path(f"/api/v1/{spelling}/customers/x{spelling}x") == "/api/v1/REDACTED/customers/xREDACTEDx"


@spellings
@pytest.mark.parametrize("ascii_only", [True, False])
def test_long_secret_is_hidden_in_json(spelling: str, ascii_only: bool) -> None:
    """In strings and names; all other bytes stay the same."""
    before, after = b'{ "a" : 1.50, "\\u00e9\\/":"\\ud800", "', b'":[true,\nnull]}'
    name, value = (in_json(f"x{spelling}y", ascii_only=ascii_only).encode() for _ in range(2))
    assert LONG_ONE.body(before + name + b'":"' + value + b'","b' + after) == (
        before + b'xREDACTEDy":"xREDACTEDy","b' + after
    )


@spellings
@pytest.mark.parametrize("text", ["$", '{"a":"$"', "a=$&b", '"$\n'])
def test_long_secret_is_hidden_in_text_that_is_not_json(spelling: str, text: str) -> None:
    """Incomplete JSON, or other text."""
    assert LONG_ONE.body(text.replace("$", spelling).encode()).decode() == text.replace("$", "REDACTED")


def test_long_secret_is_hidden_between_bytes_that_are_not_text() -> None:
    """The other bytes stay the same."""
    assert LONG_ONE.body(b"\xff\x00" + SECRET.encode() + b"\xe9") == b"\xff\x00REDACTED\xe9"


@pytest.mark.parametrize("secret", [SECRET, "hush-hush", "s"])
@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
def test_secret_is_hidden_in_basic_credentials(secret: str, encode: Any) -> None:
    """After the key, alone, or before the key."""
    redaction = Redaction({secret}, {"KEY"})
    for pair in (f"KEY:{secret}", secret, f":{secret}", f"{secret}:KEY"):
        value = encode(pair.encode()).decode()
        assert redaction.header("authorization", f"Basic {value}") == "Basic REDACTED"
        assert redaction.header("proxy-authorization", f"Basic {value.rstrip('=')}") == "Basic REDACTED"
    other = b64encode(b"KEY:sock").decode()
    assert redaction.header("authorization", f"Basic {other}") == f"Basic {other}"


def test_number_with_a_long_secret_becomes_text() -> None:
    """So that the body stays JSON; a short secret in a number is not hidden."""
    redaction = Redaction({"12345678", "42"}, ())
    assert redaction.body(b'{"a":-9123456789.5,"b":[12345678,42]}') == b'{"a":"REDACTED","b":["REDACTED",42]}'


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ""),
        ("show_all=true", "show_all=true"),
        ("a=1&secret=any&b=2", "a=1&secret=REDACTED&b=2"),
        ("s%65cret=any", "s%65cret=REDACTED"),
        ("secret=one&secret=two", "secret=REDACTED&secret=REDACTED"),
        ("Secret=any%21", "Secret=REDACTED"),
        ("show_all=true?secret=any", "show_all=true?secret=REDACTED"),
        ("hush!", "REDACTED"),
        ("x=hush%21", "x=REDACTED"),
        ("hush%21=", "hush%21="),
        ("x=hush!!&xhush!", "x=hush!!&xhush!"),
        ("secrets=2&a=secret&s=", "secrets=2&a=secret&s="),
        ("key=key&s=sock", "key=key&s=sock"),
    ],
)
def test_secret_is_hidden_in_a_query_and_names_are_not(query: str, expected: str) -> None:
    """Any value of `secret`, and a short secret that is a whole value elsewhere; public keys are not hidden."""
    assert SHORT.query(query) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/v1/key/customers/ada", "/api/v1/key/customers/ada"),
        ("/api/v1/hush!/customers/%68ush%21", "/api/v1/REDACTED/customers/REDACTED"),
        ("/api/v1/key/customers/sock", "/api/v1/key/customers/sock"),
        ("/api/v1/key/customers/ada&secret=any", "/api/v1/key/customers/ada&secret=REDACTED"),
        ("/elsewhere;secret=any/x", "/elsewhere;secret=REDACTED"),
        ("/events", "/events"),
        ("*", "*"),
    ],
)
def test_short_secret_is_hidden_in_a_path_if_it_is_a_segment(path: str, expected: str) -> None:
    """A part of a segment is not hidden."""
    assert SHORT.path(path) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Bearer s", "Bearer REDACTED"),
        ("hush!", "REDACTED"),
        ("a=s; b=hush!,s", "a=REDACTED; b=REDACTED,REDACTED"),
        ("text/s;s=1;key", "text/s;s=1;key"),
        ("text/plain;secret=x", "text/plain;secret=REDACTED"),
        ("http://x/api?a=b&secret=any&b=2", "http://x/api?a=b&secret=REDACTED&b=2"),
    ],
)
def test_short_secret_is_hidden_in_a_header_if_it_is_a_word(value: str, expected: str) -> None:
    """A name before an equals sign is not hidden."""
    assert SHORT.header("x", value) == expected
    assert Redaction({"a, b"}, ()).header("x", "a, b") == "REDACTED"


def test_short_secret_is_hidden_in_json_if_it_is_a_string() -> None:
    """Names, numbers and parts of words are not hidden."""
    body = rb'{"s":"s","hush!":["\u0073","hush%21","hush! s",1],"key":"key","sock":"socks"}'
    hidden = rb'{"s":"REDACTED","hush!":["REDACTED","REDACTED","hush! s",1],"key":"key","sock":"socks"}'
    assert SHORT.body(body) == hidden
    assert SHORT.body(b"s") == b"REDACTED"
    assert SHORT.body(b"s;s") == b"s;s"
    # Also if the JSON has a number that Python refuses to read.
    number = b"1" * 5_000
    assert SHORT.body(b'["s",%s]' % number) == b'["REDACTED",%s]' % number


def test_characters_next_to_a_secret_keep_their_spelling() -> None:
    """In UTF-8 or escaped."""
    assert LONG_ONE.body('["é hush-hush"]'.encode()) == '["é REDACTED"]'.encode()
    assert LONG_ONE.body(rb'["\u00e9 hush-hush"]') == rb'["\u00e9 REDACTED"]'


def test_secret_is_long_from_eight_characters() -> None:
    """With one character less it is short."""
    secret = "x" * LONG
    assert Redaction({secret}, ()).text(f"a{secret}a") == "aREDACTEDa"
    assert Redaction({secret[1:]}, ()).text(f"a{secret[1:]}a") == f"a{secret[1:]}a"


def test_public_key_that_contains_a_secret_is_shown() -> None:
    """The page shows it anyway; the secret alone is hidden."""
    redaction = Redaction({"acme-hush"}, {"acme-hush-2", "other"})
    assert redaction.path("/api/v1/acme-hush-2/customers/acme-hush") == "/api/v1/acme-hush-2/customers/REDACTED"
    assert redaction.body(b'["acme-hush-2","acme-hush"]') == b'["acme-hush-2","REDACTED"]'
    assert Redaction({"same-text"}, {"same-text"}).path("/api/v1/same-text/x") == "/api/v1/same-text/x"


@pytest.mark.parametrize("word", ["api", "v1", "customers", "customer", "identities", "events", "_sandbox", "true"])
def test_secret_that_is_a_word_of_the_api_is_not_hidden_in_paths(word: str) -> None:
    """Otherwise the list would not show which call was made."""
    redaction = Redaction({word}, ())
    for path in ("/api/v1/k/customers/a", "/events", "/identities", "/_sandbox/pageviews", "/_sandbox/collect"):
        assert redaction.path(path) == path
    assert redaction.query("show_all=true") == "show_all=true"


def test_longer_secret_that_contains_another_is_hidden_completely() -> None:
    """The longer one is replaced first."""
    assert Redaction({"hush-hush", "hush-hush-hush"}, ()).text("hush-hush-hush hush-hush") == "REDACTED REDACTED"


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/reset?secret=abc",
        "https://shop.example/?a=b;secret='\"#\\",
        "/reset?secret=x y",
        "secret=x",
    ],
)
def test_secret_parameter_of_another_site_is_shown(url: str) -> None:
    """It is part of a visitor's address."""
    body = json.dumps({"event": {"url": url, "after": 1}}).encode()
    assert LONG_ONE.body(body) == body


def test_secret_of_a_read_is_hidden_wherever_its_address_is() -> None:
    """A wrong secret may be the right one of another service."""
    address = "http://x/api/v1/k/customers/a%20b?show_all=true&secret={}&b=2"
    body = json.dumps({"url": address.format("wrong"), "b": f'see "{address.format("wrong")}", secret=x'})
    hidden = json.dumps({"url": address.format("REDACTED"), "b": f'see "{address.format("REDACTED")}", secret=x'})
    assert LONG_ONE.body(body.encode()).decode() == hidden
    assert LONG_ONE.body(body.replace("/", "\\/").encode()) == hidden.encode()
    # Incomplete JSON: the text after the secret stays.
    assert LONG_ONE.body(b'{"url":"http://x/api/v1/k/customers/a?secret=x","b":') == (
        b'{"url":"http://x/api/v1/k/customers/a?secret=REDACTED","b":'
    )


texts = st.lists(
    st.text(max_size=3) | st.sampled_from(["hush-hush", "secret=", "?secret=", "\\", '"', "/api/v1/", "\ud800", "\x00"])
).map("".join)
values = st.recursive(
    texts | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    lambda children: st.lists(children) | st.dictionaries(texts, children),
    max_leaves=10,
)


@given(values, st.booleans())
def test_json_stays_json_and_nothing_else_changes(value: Any, ascii_only: bool) -> None:
    """Its strings are the same except for the secrets; hiding again changes nothing."""
    text = json.dumps(value, ensure_ascii=ascii_only)
    try:
        body = text.encode()
    except UnicodeEncodeError:  # which no body can have in it
        body = json.dumps(value).encode()
    hidden = LONG_ONE.body(body)
    assert json.loads(hidden) == without_secrets(json.loads(body))
    assert LONG_ONE.body(hidden) == hidden
    assert b"hush-hush" not in hidden


def without_secrets(value: Any) -> Any:
    """Hide the secrets in a JSON value."""
    if isinstance(value, str):
        return LONG_ONE.value(value)
    if isinstance(value, list):
        return [*map(without_secrets, value)]
    if isinstance(value, dict):
        return {LONG_ONE.text(name): without_secrets(member) for name, member in value.items()}
    return value
