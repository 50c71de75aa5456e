"""From bytes to JSON, with bounds."""

import json

import pytest

from pyttributionio.sandbox.values.bodies import MAX_DEPTH, MalformedBodyError, read_json


def nested(depth: int) -> bytes:
    """Write arrays in arrays, so many deep."""
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"1",
        b'"x"',
        '{"ü": [1, 2.5, true, null, "\\ud83d\\ude00"]}'.encode(),
        b' {"a":1}\n',
    ],
)
def test_json_in_utf8_is_read(body: bytes) -> None:
    """Whatever is JSON in UTF-8 is read as Python reads it."""
    assert read_json(body) == json.loads(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"a": 1}x',
        b'{"a": \xff}',
        b'\xef\xbb\xbf{"a": 1}',
        '{"a": 1}'.encode("utf-16"),
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1e400",
        b"[-1e999]",
        b"9" * 5_000,
        b'{"\\ud800": 1}',
        b'["\\udfff"]',
    ],
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    """Other encodings, numbers without a value and half characters among it."""
    with pytest.raises(MalformedBodyError):
        read_json(body)


def test_depth_is_bounded_long_before_python_gives_up() -> None:
    """The bound is the same for arrays, objects, and what the parser itself cannot take."""
    read_json(nested(MAX_DEPTH))
    for body in (
        nested(MAX_DEPTH + 1),
        b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1),
        nested(500_000),
    ):
        with pytest.raises(MalformedBodyError, match="deeper than 100"):
            read_json(body)
