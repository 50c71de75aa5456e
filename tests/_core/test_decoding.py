"""What is odd in the JSON itself: it is read, and reported, and the answers without it take another path."""

import json
import re
from collections.abc import Iterator
from math import isfinite
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from pyttributionio import Client, CustomerWithEvents, Drift, DriftKind, DriftReport, ResponseValidationError
from pyttributionio._core import responses
from pyttributionio._core.decoding import check_items, decode, has_no_number, may_have_no_number
from support.documents import JSON
from support.faults import KINDS, FaultServer, answer, connect
from support.reading import ALL, answering, loads_once, read_text

PLAIN = b'{"customer": {"client_id": "\xc3\xa9\xf0\x9f\x98\x80", "events": []}}'
MARK = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}
MARK |= {"utf-32-le": b"\xff\xfe\0\0", "utf-32-be": b"\0\0\xfe\xff"}


@pytest.fixture(params=KINDS, ids=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Any:
    """Take each of the two clients."""
    return request.param


@pytest.fixture
def caller_of(kind: Any) -> Iterator[Any]:
    """Serve one body over HTTP, and return what was read and the drift."""

    def read(body: bytes, **options: Any) -> tuple[Any, list[Drift]]:
        seen: list[Drift] = []
        with FaultServer(answer(body)) as server, connect(kind, server.url, on_drift=seen.append, **options) as caller:
            return caller.get(include=["events"]), seen

    return read


def kinds_and_paths(drifts: list[Drift]) -> list[tuple[DriftKind, str]]:
    """Return what most tests compare."""
    return [(drift.kind, drift.path) for drift in drifts if drift.kind != "missing_collection"]


# Encodings


@pytest.mark.parametrize("encoding", MARK)
def test_byte_order_mark_names_the_encoding(caller_of: Any, encoding: str) -> None:
    """The answer is read, and the mark is drift of the whole body; strict=True raises."""
    body = MARK[encoding] + PLAIN.decode().encode(encoding)
    customer, seen = caller_of(body)
    assert customer.client_id == "é😀"
    assert kinds_and_paths(seen) == [("unexpected_encoding", "")]
    assert seen[0].model == "Answer"
    assert seen[0].example.startswith(encoding[:6].upper())
    with pytest.raises(ResponseValidationError, match="the body should be UTF-8 without a byte order mark") as caught:
        caller_of(body, strict=True)
    assert caught.value.path == ""


HALVES: dict[str, tuple[bytes, str]] = {
    "first half": (rb'"a\ud83d"', "a\ufffd"),
    "second half": (rb'"\ude00b"', "\ufffdb"),
    "halves in the wrong order": (rb'"\ude00\ud83d"', "\ufffd\ufffd"),
    "next to a pair": (rb'"\ud83d\ude00\ud83d"', "😀\ufffd"),
    "first half in bytes": (b'"\xed\xa0\xbd"', "\ufffd"),
    "both halves in bytes": (b'"\xed\xa0\xbd\xed\xb8\x80"', "😀"),
    "one byte of Latin-1": (b'"caf\xe9"', "caf\ufffd"),
    "a character cut off": (b'"\xf0\x9f\x98"', "\ufffd\ufffd\ufffd"),
}


@pytest.mark.parametrize(("written", "text"), HALVES.values(), ids=HALVES)
def test_character_that_is_none_reads_as_the_replacement(caller_of: Any, written: bytes, text: str) -> None:
    """In a field, in an unknown field, in an item and in meta, each with its path; all of it can be dumped."""
    body = b'{"customer": {"client_id": %b, "note": %b, "events": [{"url": %b, "meta": {"x": [%b]}}]}}'
    customer, seen = caller_of(body % ((written,) * 4))
    event = customer.events[0]
    assert [customer.client_id, customer.note, event.url, event.meta.x] == [text, text, text, [text]]
    assert loads_once(customer.model_dump_json(exclude_unset=True)) == customer.model_dump(exclude_unset=True)
    assert set(kinds_and_paths(seen)) == {
        ("unreadable_character", "customer.client_id"),
        ("unreadable_character", "customer.note"),
        ("unreadable_character", "customer.events[].url"),
        ("unreadable_character", "customer.events[].meta.x[]"),
        ("unknown_field", "customer.note"),
    }
    assert {drift.path: drift.model for drift in seen}["customer.events[].meta.x[]"] == "Meta"


def test_name_with_half_a_pair_is_read(caller_of: Any) -> None:
    """It is data, so the drift shows only its length."""
    customer, seen = caller_of(rb'{"customer": {"a\ud800": 1, "id": 1}, "b\udfff": {"\ud800": 2}}')
    assert (customer.id, customer.model_extra) == ("1", {"a\ufffd": 1})
    assert ("unreadable_character", "customer.<a name of 2 characters>") in kinds_and_paths(seen)
    assert ("unreadable_character", "<a name of 2 characters>") in kinds_and_paths(seen)


def test_pairs_and_real_replacement_characters_are_no_drift(caller_of: Any) -> None:
    """Escaped or not."""
    customer, seen = caller_of('{"customer": {"client_id": "\\ud83d\\ude00\ufffd", "events": []}}'.encode())
    assert (customer.client_id, kinds_and_paths(seen)) == ("😀\ufffd", [])


def test_secret_in_an_odd_text_is_not_shown(kind: Any) -> None:
    """The drift's example is cut after the secret is masked."""
    report = DriftReport()
    body = answer(rb'{"customer": {"note": "\ud800 s3cr3t-42 s3cr3t-42 and more"}}')
    with FaultServer(body) as server, connect(kind, server.url, api_secret="s3cr3t-42", on_drift=report) as caller:
        caller.get()
    assert "unreadable_character" in str(report)
    assert "s3c" not in str(report)


# Numbers

TOO_LARGE = ["1e400", "-1e400", "1E+999", "0.1e4000", "9" * 400 + ".5", "9" * 4301, "-" + "9" * 100_000]


@pytest.mark.parametrize("number", TOO_LARGE, ids=lambda number: number[:8])
def test_number_that_python_cannot_represent_is_no_value(caller_of: Any, number: str) -> None:
    """Fields of every type read None. The digits are kept as text, wherever they were, and dumped."""
    fields = ("id", "created_at", "revenue", "url", "is_informational", "meta", "aliases")
    event = f'{{{", ".join(f"{json.dumps(name)}: {number}" for name in fields)}, "x": {{"y": [{number}]}}}}'
    customer, seen = caller_of(f'{{"customer": {{"id": {number}, "n": {number}, "events": [{event}]}}}}'.encode())
    assert (customer.id, customer.n, customer.model_extra) == (None, number, {"id": number, "n": number})
    raw = {**dict.fromkeys(fields, number), "x": {"y": [number]}}
    assert [getattr(customer.events[0], name) for name in fields] == [None] * len(fields)
    assert customer.events[0].model_extra == raw
    assert loads_once(customer.model_dump_json(exclude_unset=True))["events"] == [raw]
    assert {("unreadable_value", f"customer.{name}") for name in ("id", "n")} <= set(kinds_and_paths(seen))
    assert {("unreadable_value", f"customer.events[].{name}") for name in (*fields, "x.y[]")} <= set(
        kinds_and_paths(seen)
    )


@pytest.mark.parametrize(
    "body",
    [
        b'{"customer": {"n": 1e400}}',
        b'{"customer": {"x": [[{"n": [0.5, 1e400]}]]}}',
        b'{"customer": {"events": [{}, {"n": 1e400}]}}',
        b'{"customer": {"pageviews": [{"meta": {"agent": "a", "n": -1e400}}]}}',
        b'{"customer": {"events": [{"meta": null}, {"meta": {"x": {"n": 1e400}}}]}}',
        b'{"customer": {}, "n": 1e400}',
        b'{"customer": {}, "x": [{"n": 1e400}]}',
    ],
)
def test_too_large_a_number_is_found_in_any_unknown_field(body: bytes) -> None:
    """Pydantic reads it as infinity there, which JSON does not have."""
    seen: list[Drift] = []
    customer = read_text(body, ALL, on_drift=seen.append)
    assert [drift.example for drift in seen if drift.kind == "unreadable_value"] == ["a number too large to represent"]
    if b'"customer": {}' not in body:
        assert '1e400"' in customer.model_dump_json()


def test_largest_numbers_are_read() -> None:
    """The limits are those of floats, and of pydantic's digits."""
    text = f'{{"customer": {{"revenue": 1.7976931348623157e308, "tiny": 1e-400, "whole": {"9" * 4300}}}}}'
    customer = read_text(text)
    assert (customer.revenue, customer.model_extra) == (1.7976931348623157e308, {"tiny": 0.0, "whole": int("9" * 4300)})


# What it costs


class _NotCalledError(AssertionError):
    """The slow path was taken."""


@given(JSON)
def test_answers_without_odd_values_take_the_fast_path(extra: object) -> None:
    """Whatever unknown fields they have."""

    def fail(*_: object, **__: object) -> None:
        raise _NotCalledError

    item = {"id": 1, "created_at": "2018-03-02 10:00:00 UTC", "meta": {"agent": "a", "x": extra}, "x": extra}
    body = json.dumps({"customer": {"revenue": 0.5, "events": [item, {}], "x": extra}, "x": extra})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(responses, "decode", fail)
        assert len(read_text(body, ["events"]).model_dump()["events"]) == 2


@given(JSON)
def test_both_paths_read_the_same(extra: object) -> None:
    """The same JSON, and the last of equal names."""
    text = json.dumps({"a": extra, "b": [extra]})
    assert decode(f'{{"a": 0, {text[1:]}'.encode()).document == json.loads(text)
    fast, slow = (
        read_text('{"customer": {"id": 1, "id": 2}}'),
        read_text('{"customer": {"id": 1, "id": 2, "revenue": []}}'),
    )
    assert fast.id == slow.id == "2"


class _Own(BaseModel):
    """Stands for a model of a program."""

    model_config = ConfigDict(extra="allow")
    customer: CustomerWithEvents | None = None
    values: list[Any] = []


@pytest.mark.parametrize(
    "body",
    [
        '{"values": [[%s]]}',
        '{"x": {"y": %s}}',
        '{"customer": {"x": %s}}',
        '{"customer": {"events": [{"meta": {"x": %s}}]}}',
        '{"values": [0.5, null, %s]}',
    ],
)
def test_infinity_is_found_in_a_model_of_a_program(body: str) -> None:
    """In it, and in our models in it."""
    assert has_no_number(_Own.model_validate_json(body % "1e400"))
    assert not has_no_number(_Own.model_validate_json(body % "1e300"))


def test_models_made_by_a_program_have_no_infinity_to_find() -> None:
    """Their extras may hold any object."""
    customer = CustomerWithEvents.model_validate({"x": object(), "events": [{"y": {1, 2}}]})
    assert not has_no_number(customer)
    assert has_no_number([{"x": (customer, float("inf"))[1]}])


# Items

MILLION = b",".join([b"{}"] * 1_000_000)
MANY: dict[str, bytes] = {
    "empty events": b'{"customer": {"events": [' + MILLION + b"]}}",
    "empty arrays in an unknown field": b'{"customer": {"x": [' + MILLION.replace(b"{}", b"[]") + b"]}}",
    "objects in objects": b'{"customer": {"events": [' + b",".join([b'{"meta":{}}'] * 500_000) + b"]}}",
    "next to the customer": b'{"customer": {}, "x": [' + MILLION + b"]}",
    "in UTF-16": ('\ufeff{"customer": {"events": [' + MILLION.decode() + "]}}").encode("utf-16-le"),
    "not even JSON": b"[" * 1_200_000,
}


@pytest.mark.parametrize("body", MANY.values(), ids=MANY)
def test_answer_with_too_many_objects_is_refused(kind: Any, body: bytes) -> None:
    """Before any of them is made: a thousand bytes of memory for two bytes of JSON."""
    with (
        FaultServer(answer(body)) as server,
        connect(kind, server.url) as caller,
        pytest.raises(ResponseValidationError, match="at most 500000 objects and arrays") as caught,
    ):
        caller.get(include="all")
    assert (caught.value.path, caught.value.status_code) == ("", 200)
    assert "max_response_items" in str(caught.value)


def test_limit_of_objects_can_be_set(kind: Any) -> None:
    """The answer, its customer, the array and the events count."""
    body = answer(b'{"customer": {"events": [{}, {}]}}')
    with FaultServer(body) as server, connect(kind, server.url, max_response_items=5) as caller:
        assert len(caller.get(include=["events"]).events) == 2
    with (
        FaultServer(body) as server,
        connect(kind, server.url, max_response_items=4) as caller,
        pytest.raises(ResponseValidationError, match="at most 4 objects and arrays"),
    ):
        caller.get(include=["events"])


@given(JSON, st.text('{}[]"\\ a\u00e9'))
def test_brackets_in_texts_are_not_counted(value: object, text: str) -> None:
    """However they are escaped."""
    for ascii_only in (True, False):
        body = json.dumps({"customer": {}, text: [text, value]}, ensure_ascii=ascii_only).encode()
        count = _containers(json.loads(body))
        Client("key", "secret", http_client=answering(body), max_response_items=count).customers.get("id")
        client = Client("key", "secret", http_client=answering(body), max_response_items=count - 1)
        with pytest.raises(ResponseValidationError, match="max_response_items"):
            client.customers.get("id")


def _containers(value: object) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + sum(map(_containers, inner))


@pytest.mark.parametrize("body", [b'{"' + b'\\"' * 300_000, b'"' * 300_000, b"{" + b'"\\' * 300_000], ids=repr)
@pytest.mark.timeout(20)
def test_count_takes_linear_time(body: bytes) -> None:
    """Also where a text has no end."""
    check_items(body.replace(b'{"', b'{"' + b"[" * 50), 30)


@pytest.mark.parametrize("wrong", [0, -1])
def test_limit_of_objects_is_positive(kind: Any, wrong: int) -> None:
    """The message names the setting."""
    with pytest.raises(ValueError, match=re.escape("max_response_items")):
        kind("KEY", max_response_items=wrong)


NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,400})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,5})?", fullmatch=True)
ODD_NUMBERS = st.sampled_from(["NaN", "Infinity", "-Infinity", "1e400", "-2.5E+0309", f"1{'0' * 198}e0111", "9" * 309])


@given(NUMBERS | ODD_NUMBERS)
def test_search_for_odd_numbers_misses_none(number: str) -> None:
    """Each number that is infinite as a float is found in the bytes."""
    if not isfinite(float(number)):
        assert may_have_no_number(f'{{"customer": {{"score": {number}}}}}'.encode())


def test_search_for_odd_numbers_is_no_use_in_a_large_answer() -> None:
    """There, the values are visited."""
    assert not may_have_no_number(b'{"id": "3e12", "cost": 1.5e10, "name": "Nina"}')
    assert may_have_no_number(b'{"name": "' + b"x" * 5000 + b'"}')
