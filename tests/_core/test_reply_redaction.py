"""An answer that repeats the secret has it masked before anything is read; every other byte of an answer stays."""

import json
from typing import Any

import pytest

from pyttributionio._core.reply_redaction import reply_redactor
from pyttributionio._core.types import Reply

SECRET = "S3cr3t/+=%&value!"
ENCODED = "S3cr3t%2F%2B%3D%25%26value%21"
KEY = "PUBLIC_KEY"
URL = f"https://attribution.io/api/v1/{KEY}/customers/c-1?secret="


def hidden(content: bytes, secret: str = SECRET, headers: Any = ()) -> Reply:
    """Return a reply after its search."""
    return reply_redactor(secret)(Reply(200, headers, content), KEY)


UNTOUCHED = {
    "plain": b'{"customer": {"id": 1}}',
    "word": b'{"customer": {"x": "Victoria\'s secret PUBLIC_KEY"}}',
    "visitors page": b'{"customer": {"url": "https://shop.example/?secret=another", "public_key": "PUBLIC_KEY"}}',
    "part": b'{"customer": {"x": "S3cr3t is a part of it; PUBLIC_KEY"}}',
    "numbers": b'{"PUBLIC_KEY": "secret", "big": 123456789012345678901234567890, "e": 1.50e+3, "n": NaN}',
    "duplicates": b'{"x": "PUBLIC_KEY secret S3cr3t", "x":  2 , "y":"\\u00e9\\/\\ud800"}',
    "not JSON": b"<p>PUBLIC_KEY secret S3cr3t</p>",
    "not UTF-8": b'{"x": "\xff PUBLIC_KEY secret S3cr3t"}',
    "UTF-16": '{"x": "secret S3cr3t"}'.encode("utf-16"),
    "half of UTF-16": b"\xff\xfe{\0x",
    "empty": b"",
}


@pytest.mark.parametrize("content", UNTOUCHED.values(), ids=UNTOUCHED)
def test_an_answer_without_the_secret_is_the_same_object(content: bytes) -> None:
    """Nothing is copied, decoded or written again."""
    reply = Reply(200, [(b"Content-Type", b"application/json"), (b"X-Secret", b"none")], content)
    assert reply_redactor(SECRET)(reply, KEY).content is content
    plain = Reply(200, [(b"Content-Type", b"application/json")], content)
    assert reply_redactor(SECRET)(plain, KEY) is plain


@pytest.mark.parametrize(
    ("shown", "left"),
    [
        (SECRET, "[secret]"),
        (ENCODED, "[secret]"),
        (f"{URL}{ENCODED}&show_events=true", f"{URL}[secret]&show_events=true"),
        (f"{URL}S3c", f"{URL}[secret]"),
        (f"{URL}another", f"{URL}[secret]"),
        (f"/{KEY.lower()}/?secret=s3cr ({KEY})", f"/{KEY.lower()}/?secret=[secret] ({KEY})"),
        (
            f"https://login.example/?next=%2F{KEY}%3Fsecret%3DS3cr3t",
            f"https://login.example/?next=%2F{KEY}%3Fsecret%3D[secret]",
        ),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"])
def test_a_string_with_the_secret_is_masked_and_the_rest_stays(shown: str, left: str, encoding: str) -> None:
    """As a value, as a name, however the server encodes JSON: with slashes escaped, or in UTF-16."""
    for write in (json.dumps, lambda text: json.dumps(text).replace("/", "\\/").replace("=", "\\u003d")):
        before, after = '{ "a": 1.50, "x" : ', ',"n":12345678901234567890,"e":"\\u00e9"}'
        document = hidden(f"{before}{{{write(shown)}:[{write(shown)}]}}{after}".encode(encoding))
        assert isinstance(document.content, bytes)
        text = document.content.decode(encoding)
        assert text.startswith(before)
        assert text.endswith(after)
        assert json.loads(text)["x"] == {left: [left]}


def test_a_secret_inside_of_a_longer_word_is_masked() -> None:
    """Such as the key of a cache."""
    content = json.dumps({"x": "cache-sk_live_0123456789abcdef_2"}).encode()
    assert json.loads(hidden(content, "sk_live_0123456789abcdef").content) == {"x": "cache-[secret]_2"}


def test_structure_that_looks_like_the_secret_stays() -> None:
    """A secret may have quotation marks: masking it outside of strings would break JSON."""
    content = b'{"customer":"x","id":1}'
    assert hidden(content, '":"x","id').content == content
    assert json.loads(hidden(b'{"x":"\\":\\"x\\",\\"id"}', '":"x","id').content) == {"x": "[secret]"}


@pytest.mark.parametrize("secret", ["s", "e", "PUBLIC", "hunter2"])
def test_a_short_secret_is_masked_only_as_the_value_of_its_parameter(secret: str) -> None:
    """Data with the same letters stays as it is."""
    data = {"self": f"{URL}{secret}&x=1", "x": f"use {secret}, secret {secret} of PUBLIC_KEY"}
    assert json.loads(hidden(json.dumps(data).encode(), secret).content) == {**data, "self": f"{URL}[secret]&x=1"}


def test_headers_are_masked_by_value_and_by_name_also_in_their_names() -> None:
    """HTTP/2 has names in lower case."""
    headers = [
        (b"content-type", b"application/json"),
        (b"content-location", f"/x?secret={ENCODED}".encode()),
        (b"x-cut", b"/x?secret=S3c"),
        (b"x-s3cr3t/+=%&value!", b"1"),
        (b"x-latin", b"\xe9"),
        (b"x-latin-secret", b"\xe9"),
    ]
    assert [*hidden(b"", headers=headers).headers.items()] == [
        ("content-type", "application/json"),
        ("content-location", "/x?secret=[secret]"),
        ("x-cut", "/x?secret=[secret]"),
        ("x-[secret]", "1"),
        ("x-latin", "é"),
        ("x-latin-secret", "é"),
    ]
    as_text = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
    assert hidden(b"", headers=as_text).headers["x-cut"] == "/x?secret=[secret]"


@pytest.mark.parametrize("secret", ["customer", "touchpoints", "visitor-7", "show_all_events"])
def test_a_secret_that_is_a_frequent_word_breaks_no_answer(secret: str) -> None:
    """Names and longer words stay, and the secret alone is masked."""
    data = {"customer": {"touchpoints": [], "client_id": f"{secret}-42", "show_all_events": f"x_{secret}", "x": secret}}
    assert json.loads(hidden(json.dumps(data).encode(), secret).content) == {
        "customer": {**data["customer"], "x": "[secret]"}
    }
