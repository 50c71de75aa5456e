"""Request bodies, parsed within limits."""

import json

import pytest

from pyttributionio.sandbox.values.bodies import MAX_DEPTH, MalformedBodyError, read_json


def nested(depth: int) -> bytes:
    """Return nested JSON arrays."""
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
    """The values are those of Python's own parser."""
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
def test_other_bodies_are_refused(body: bytes) -> None:
    """Other encodings, numbers that are not finite, and halves of surrogate pairs too."""
    with pytest.raises(MalformedBodyError):
        read_json(body)


def test_depth_is_limited() -> None:
    """The limit is the same for arrays, for objects, and for bodies that Python's parser fails on."""
    read_json(nested(MAX_DEPTH))
    for body in (
        nested(MAX_DEPTH + 1),
        b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1),
        nested(500_000),
    ):
        with pytest.raises(MalformedBodyError, match="deeper than 100"):
            read_json(body)
