"""Fault rules as text of the command line and as JSON of the admin route: both are read by the same function."""

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Final, cast

from pyttributionio.sandbox.faults.faults import Fault, FaultOptions, FaultRule
from pyttributionio.sandbox.values.bodies import JSONObject, JSONValue, read_json
from pyttributionio.sandbox.values.shapes import ShapeError

_WHICH: Final = ("next", "share", "always")
_KNOWN: Final = (*_WHICH, *(each.name for each in fields(Fault)))
_KEY = re.compile(r"\s*([^=,]*)(=?)\s*")
_MEMBER: Final = "drift."


def parse_fault(text: str) -> FaultRule:
    """Read a rule of the command line, such as `next=2,status=503,path=/events`.

    The text is a list of the keys that `read_fault` accepts, each with `=` and its value; a key without a value is
    true. `drift.channel=7` gives one member of `drift`. A value is read as JSON if it is JSON, and else as
    text. A value with a comma needs JSON's quotation marks.

    Raises:
        ShapeError: The text or a value in it is wrong; the message names the key.
    """
    members: JSONObject = {}
    drift: JSONObject = {}
    for key, value in _pairs(text):
        into, name = (drift, key.removeprefix(_MEMBER)) if key.startswith(_MEMBER) else (members, key)
        if name in into:
            raise ShapeError(f"{key}: given twice")
        into[name] = value
    if drift and "drift" in members:
        raise ShapeError("drift: give either the whole object or its members, not both")
    return read_fault({**members, "drift": drift} if drift else members)


def read_fault(document: JSONValue) -> FaultRule:
    """Read a rule of the admin route, such as `{"next": 2, "status": 503}`.

    One of `next`, `share` and `always` says which requests the fault applies to. The other keys are the
    arguments of `Fault`. A key with the value null is the same as no key.

    Raises:
        ShapeError: A key is unknown or its value is wrong; the message names the key.
    """
    if not isinstance(document, dict):
        raise ShapeError('fault: expected an object, such as {"next": 2, "status": 503}')
    for name in document:
        if name not in _KNOWN:
            raise ShapeError(f"{name}: unknown key; the known ones are {', '.join(_KNOWN)}")
    given = {name: value for name, value in document.items() if value is not None}
    which = {name: given.pop(name) for name in _WHICH if name in given}
    if len(which) != 1:
        raise ShapeError("give exactly one of next (how many requests), share (0 to 1) and always")
    if which.get("always", True) is not True:
        raise ShapeError("always: expected true; give next or share if not every request is meant")
    # The types are checked by the two classes.
    options = cast("FaultOptions", given)
    remaining, share = cast("int | None", which.get("next")), cast("float | None", which.get("share"))
    try:
        return FaultRule(Fault(**options), remaining, share)
    except ValueError as error:
        raise ShapeError(str(error)) from None


def fault_document(rule: FaultRule) -> JSONObject:
    """Return a rule as the JSON object that `read_fault` reads, without default values."""
    document: JSONObject = {"next": rule.remaining, "share": rule.share}
    if rule.remaining is None and rule.share is None:
        document["always"] = True
    for each in fields(Fault):
        value = cast("JSONValue", getattr(rule.fault, each.name))
        document[each.name] = None if value == each.default else value
    return {name: value for name, value in document.items() if value is not None}


def _pairs(text: str) -> Iterator[tuple[str, JSONValue]]:
    at = 0
    while at < len(text):
        found = _KEY.match(text, at)
        assert found is not None, "it also matches an empty text"
        key, at = found[1].strip(), found.end()
        value: JSONValue = True
        if found[2]:
            value, at = _value(key, text, at)
        yield key, value
        at += 1  # the comma


def _value(key: str, text: str, at: int) -> tuple[JSONValue, int]:
    """Return the value at an index, and the index of its end: of a comma, or of the end of the text."""
    if not text.startswith(('"', "[", "{"), at):
        end = text.find(",", at)
        end = len(text) if end < 0 else end
        return _scalar(text[at:end].strip()), end
    try:
        value, end = cast("tuple[JSONValue, int]", json.JSONDecoder().raw_decode(text, at))
    except (ValueError, RecursionError) as error:
        raise ShapeError(f"{key}: a value that begins like JSON has to be JSON: {error}") from None
    rest = text[end:].lstrip()
    if rest and not rest.startswith(","):
        raise ShapeError(f"{key}: expected a comma after the value, not {rest!r}")
    return value, len(text) - len(rest)


def _scalar(text: str) -> JSONValue:
    try:
        return read_json(text.encode())
    except ValueError:
        return text
