"""Ids are text with every digit; times are aware UTC, exact to the microsecond."""

import gc
import json
import sys
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from pyttributionio import Customer, Drift, Event, Identity, Pageview, ResponseValidationError, Touchpoint
from pyttributionio.models._base import UtcDatetime, read_time, to_unix_seconds
from pyttributionio.models._generated import IdentityRequest
from support.datetimes import AT
from support.reading import loads_once, read, read_one, read_text

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOMENT = datetime(2018, 3, 2, 14, 13, 20, tzinfo=UTC)

IDS = {
    "text": ("customer-42", "customer-42"),
    "text of digits": ("007", "007"),
    "email": ("a/b?c#d@x.io", "a/b?c#d@x.io"),
    "emoji": ("😀", "😀"),
    "empty": ("", ""),
    "zero": (0, "0"),
    "negative": (-1, "-1"),
    "2**53 + 1": (2**53 + 1, "9007199254740993"),
    "2**64": (2**64, "18446744073709551616"),
    "10**40": (10**40, "1" + "0" * 40),
}
NO_IDS = {"true": True, "false": False, "1.0": 1.0, "1.5": 1.5, "1e3": 1e3, "array": ["a"], "object": {"id": "a"}}


@pytest.mark.parametrize(("wire", "expected"), IDS.values(), ids=IDS)
def test_id_is_text_with_all_digits(wire: object, expected: str) -> None:
    """Text or number on the wire, text for the user: assumed, observed, and in lists."""
    assert read({"id": wire}).id == expected
    event = read_one("events", {"client_id": wire, "transaction_id": wire, "event_public_key": wire, "aliases": [wire]})
    assert [event.client_id, event.transaction_id, event.event_public_key, *event.aliases] == [expected] * 4
    assert loads_once(event.model_dump_json(exclude_unset=True))["client_id"] == expected


@pytest.mark.parametrize("wire", NO_IDS.values(), ids=NO_IDS)
def test_booleans_and_floats_are_no_ids(wire: object) -> None:
    """They read None, and are kept as they came."""
    event = read_one("events", {"client_id": wire})
    assert (event.client_id, event.model_extra) == (None, {"client_id": wire})
    customer = read({"id": wire})
    assert (customer.id, customer.model_extra) == (None, {"id": wire})


@given(st.integers(min_value=-(10**60), max_value=10**60) | st.text())
def test_any_id_comes_back_as_its_text(wire: int | str) -> None:
    """Through the models of all five kinds, and through their dumps."""
    for kind in (Customer, Event, Identity, Pageview, Touchpoint):
        model = kind.model_validate_json(json.dumps({"id": wire}))
        assert model.id == str(wire)
        assert kind.model_validate_json(model.model_dump_json()) == model


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the collector runs at any allocation there")
def test_large_answer_is_read_before_the_collector_looks_through_it() -> None:
    """Else it does so every few hundred records, and each time finds that all of them are needed."""
    body = json.dumps([{"id": number, "aliases": [number]} for number in range(5_000)]).encode()
    runs: list[int] = []

    def note(phase: str, found: dict[str, int]) -> None:
        if phase == "start":
            runs.append(found["generation"])

    reader = TypeAdapter(list[Event])
    reader.validate_json(b"[]")
    gc.collect()
    gc.callbacks.append(note)
    try:
        events = reader.validate_json(body)
    finally:
        gc.callbacks.remove(note)
    assert events[-1].aliases == ["4999"]
    assert len(runs) <= 1


TIMES = {
    "Unix seconds": (1520000000, MOMENT),
    "the epoch": (0, EPOCH),
    "the last second": (253402300799, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    "integral float": (1520000000.0, MOMENT),
    "fractional float": (1520000000.25, MOMENT + timedelta(milliseconds=250)),
    "microseconds in a float": (1520000000.123456, MOMENT + timedelta(microseconds=123456)),
    "ISO with Z": ("2018-03-02T14:13:20Z", MOMENT),
    "ISO in lower case": ("2018-03-02t14:13:20z", MOMENT),
    "ISO without offset": ("2018-03-02T14:13:20", MOMENT),
    "ISO with a space": ("2018-03-02 14:13:20", MOMENT),
    "ISO with spaces, as Ruby prints it": ("2018-03-02 14:13:20 +0000", MOMENT),
    "with UTC, as Ruby prints it": ("2018-03-02 14:13:20 UTC", MOMENT),
    "a fraction with UTC": ("2018-03-02 14:13:20.25 UTC", MOMENT + timedelta(milliseconds=250)),
    "UTC without a space": ("2018-03-02T14:13:20UTC", MOMENT),
    "ISO with +02:00": ("2018-03-02T16:13:20+02:00", MOMENT),
    "ISO with +0200": ("2018-03-02T16:13:20+0200", MOMENT),
    "ISO with +02": ("2018-03-02T16:13:20+02", MOMENT),
    "ISO with -05:30": ("2018-03-02T08:43:20-05:30", MOMENT),
    "ISO with a dot": ("2018-03-02T14:13:20.25Z", MOMENT + timedelta(milliseconds=250)),
    "ISO with a comma": ("2018-03-02T14:13:20,25", MOMENT + timedelta(milliseconds=250)),
    "ISO with microseconds": ("2018-03-02T14:13:20.000001Z", MOMENT + timedelta(microseconds=1)),
    "ISO with nanoseconds": ("2018-03-02T14:13:20.000001999Z", MOMENT + timedelta(microseconds=1)),
    "ISO without seconds": ("2018-03-02T14:13Z", MOMENT - timedelta(seconds=20)),
    "the year 1": ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
}
NO_TIMES = {
    "true": True,
    "before 1970": -1,
    "just before 1970": -0.5,
    "milliseconds": 1520000000000,
    "beyond 9999": 253402300800,
    "far beyond": 10**400,
    "array": [1520000000],
    "object": {"$date": 1520000000},
    "empty text": "",
    "words": "yesterday",
    "seconds as text": "1520000000",
    "a date alone": "2018-03-02",
    "no such month": "2018-13-02T14:13:20Z",
    "no such second": "2018-03-02T14:13:61Z",
    "no such offset": "2018-03-02T14:13:20+24:00",
    "beyond 9999 in UTC": "9999-12-31T23:59:59-01:00",
    "before the year 1 in UTC": "0001-01-01T00:00:00+01:00",
    "other digits": "２０１８-03-02T14:13:20Z",
    "a line end": "2018-03-02T14:13:20Z\n",
    "a leap second, which no datetime has": "2016-12-31T23:59:60Z",
    "sixty minutes of an offset": "2018-03-02T14:13:20+10:60",
    "ninety-nine minutes of an offset": "2018-03-02T14:13:20+1099",
    "another zone by name": "2018-03-02 14:13:20 CET",
    "a long fraction of no time": "2018-03-02T14:13:61.0123456789Z",
    "a long fraction, and more": "2018-03-02T14:13:20.0123456789 o'clock",
    "the zero date of MySQL": "0000-00-00 00:00:00",
    "the time of a mail": "Fri, 02 Mar 2018 14:13:20 GMT",
    "the date of .NET": "/Date(1520000000000)/",
    "the DateTime of PHP": {"date": "2018-03-02 14:13:20.000000", "timezone_type": 3, "timezone": "UTC"},
}


@pytest.mark.parametrize(("wire", "expected"), TIMES.values(), ids=TIMES)
def test_time_is_aware_utc(wire: object, expected: datetime) -> None:
    """Whatever form it came in."""
    event = read_one("events", {"created_at": wire})
    assert event.created_at == expected
    assert event.created_at.tzinfo is UTC


@pytest.mark.parametrize("wire", NO_TIMES.values(), ids=NO_TIMES)
def test_what_is_no_time_is_not_guessed(wire: object) -> None:
    """It reads None, is kept as it came, and is drift."""
    seen: list[Drift] = []
    event = read_one("events", {"created_at": wire}, on_drift=seen.append)
    assert (event.created_at, event.model_extra) == (None, {"created_at": wire})
    assert [(drift.kind, drift.path) for drift in seen] == [("unreadable_value", "customer.events[].created_at")]
    customer = read({"created_at": wire})
    assert (customer.created_at, customer.model_extra) == (None, {"created_at": wire})


@pytest.mark.parametrize("zone", ["Z", "", "+00:00", " UTC"])
@pytest.mark.parametrize("digits", [10, 15, 100_000])
def test_fraction_of_more_than_nine_digits_is_cut(digits: int, zone: str) -> None:
    """It is read, and kept as it came, with drift: the digits may mean something."""
    seen: list[Drift] = []
    wire = f"2018-03-02T14:13:20.{'000001999' + '9' * (digits - 9)}{zone}"
    event = read_one("events", {"created_at": wire}, on_drift=seen.append)
    assert event.created_at == MOMENT + timedelta(microseconds=1)
    assert event.created_at.tzinfo is UTC
    assert event.model_extra == loads_once(event.model_dump_json(exclude_unset=True)) == {"created_at": wire}
    assert [(drift.kind, drift.path) for drift in seen] == [("unreadable_value", "customer.events[].created_at")]


@pytest.mark.parametrize("place", ["created_at", "revenue", "unknown"])
@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity"])
def test_number_that_is_no_json_fails_the_answer(place: str, literal: str) -> None:
    """Python writes them, JSON has none; kept, they would be dumped as null."""
    with pytest.raises(ResponseValidationError) as caught:
        read_text(f'{{"customer": {{"{place}": {literal}}}}}')
    assert (caught.value.path, caught.value.expected) == ("", "JSON")


def test_text_with_such_a_word_is_text() -> None:
    """The word alone says nothing."""
    assert read_text('{"customer": {"id": "NaN", "note": "Infinity"}}').id == "NaN"


DUMPS = {
    "whole second": (1520000000, "2018-03-02T14:13:20Z"),
    "microsecond": ("2018-03-02T14:13:20.000001Z", "2018-03-02T14:13:20.000001Z"),
    "other offset": ("2018-03-02T16:13:20.5+02:00", "2018-03-02T14:13:20.500000Z"),
    "early year": ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
}


@pytest.mark.parametrize(("wire", "expected"), DUMPS.values(), ids=DUMPS)
def test_time_dumps_as_iso_8601_with_z(wire: object, expected: str) -> None:
    """As JSON text and as JSON types, without a warning; as Python types it stays a datetime."""
    event = read_one("events", {"created_at": wire})
    assert event.model_dump_json(exclude_unset=True) == f'{{"created_at":"{expected}"}}'
    assert event.model_dump(mode="json", exclude_unset=True) == {"created_at": expected}
    assert event.model_dump(exclude_unset=True) == {"created_at": event.created_at}


def zones() -> st.SearchStrategy[Any]:
    """Every offset that ISO 8601 text can carry, in minutes."""
    return st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


moments = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=zones())


@given(moments, st.sampled_from("T "), st.sampled_from(".,"))
def test_any_moment_survives_text_and_dump(moment: datetime, separator: str, point: str) -> None:
    """Read from any ISO text of it, and read again from the dump: equal to the microsecond."""
    event = Event.model_validate_json(json.dumps({"created_at": moment.isoformat(separator).replace(".", point)}))
    assert event.created_at == moment
    again = Event.model_validate_json(event.model_dump_json())
    assert (again, again.created_at) == (event, moment)


@given(st.integers(0, 2**52))
def test_any_microsecond_survives_a_float(microseconds: int) -> None:
    """Unix seconds with a fraction are exact for as long as a float is (until 2112)."""
    event = Event.model_validate_json(json.dumps({"created_at": microseconds / 10**6}))
    assert event.created_at == EPOCH + timedelta(microseconds=microseconds)


@given(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.lists(st.integers())
)
def test_any_value_is_a_utc_time_or_unreadable(value: object) -> None:
    """Nothing else comes out of it, and no other exception."""
    customer = read({"created_at": value})
    assert customer.created_at is None or customer.created_at.utcoffset() == timedelta(0)


_year, _two = st.integers(0, 9999).map("{:04}".format), st.integers(0, 99).map("{:02}".format)


@given(
    st.tuples(_year, *[_two] * 5),
    st.sampled_from(["", ".5", ".000001", ".1234567"]),
    st.just("Z") | st.tuples(st.sampled_from("+-"), _two, _two).map(lambda parts: f"{parts[0]}{parts[1]}:{parts[2]}"),
)
@example(("9999", "12", "31", "23", "59", "59"), "", "-23:59")
@example(("0001", "01", "01", "00", "00", "00"), "", "+23:59")
@example(("1000", "01", "01", "00", "00", "00"), "", "+23:59")
@example(("9899", "12", "31", "23", "59", "59"), ".5", "-23:59")
def test_usual_spelling_is_read_as_the_others_are(fields: tuple[str, ...], fraction: str, offset: str) -> None:
    """It is read by other code, for speed: to the same moment, or to the same refusal."""
    year, month, day, hour, minute, second = fields
    text = f"{year}-{month}-{day}T{hour}:{minute}:{second}{fraction}{offset}"
    try:
        expected = read_time(text)
    except ValueError:
        with pytest.raises(ValidationError, match="Unix seconds or ISO 8601 text"):
            _time.validate_python(text)
    else:
        assert _time.validate_python(text) == _time.validate_json(json.dumps(text)) == expected
        assert _time.validate_python(text).tzinfo is UTC


_time = TypeAdapter[datetime](UtcDatetime)


def test_user_gives_an_aware_datetime() -> None:
    """Models made by hand hold UTC as well; a naive datetime is refused."""
    event = Event(created_at=datetime(2018, 3, 2, 16, 13, 20, tzinfo=timezone(timedelta(hours=2))))
    assert event.created_at is not None
    assert (event.created_at, event.created_at.tzinfo) == (MOMENT, UTC)
    with pytest.raises(ValidationError, match="Unix seconds or ISO 8601"):
        Event(created_at=datetime(2018, 3, 2))


@given(st.integers(0, 253402300799), st.integers(0, 999_999))
@example(253402300799, 999_999)
def test_request_carries_the_second_a_moment_lies_in(second: int, microsecond: int) -> None:
    """The fraction is cut, not rounded, however late the moment."""
    assert to_unix_seconds(EPOCH + timedelta(seconds=second, microseconds=microsecond)) == second


BODY = {"aliases": ["v"], "client_id": "c", "public_key": "k", "created_at": 1520000000, "meta": {"agent": "x"}}


def test_user_gives_any_kind_of_datetime() -> None:
    """A model has a plain datetime in UTC, which prints, dumps and compares as those of an answer."""
    event = Event(created_at=AT.astimezone(timezone(timedelta(hours=2))))
    assert type(event.created_at) is datetime
    assert event.created_at == datetime(2018, 3, 2, 14, 13, 20, 999_999, tzinfo=UTC)
    assert event.created_at.tzinfo is UTC
    assert json.loads(event.model_dump_json(exclude_unset=True)) == {"created_at": "2018-03-02T14:13:20.999999Z"}
    assert "2018-03-02T14:13:20.999999Z" in repr(event)


class Nowhere(tzinfo):
    """A zone that does not know its offset."""

    def utcoffset(self, _: datetime | None) -> None:
        """Return None."""


@pytest.mark.parametrize(
    "wrong",
    [
        datetime(2018, 3, 2),
        datetime(2018, 3, 2, tzinfo=Nowhere()),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))),
    ],
    ids=["naive", "no offset", "before the first", "after the last"],
)
def test_datetime_that_is_no_moment_of_utc_is_refused(wrong: datetime) -> None:
    """With pydantic's error, as each other wrong value."""
    with pytest.raises(ValidationError, match="Unix seconds or ISO 8601 text"):
        Event(created_at=wrong)


def test_request_body_can_be_read_again() -> None:
    """From what was sent, to the byte: whole Unix seconds are the request's only form of a time."""
    body = IdentityRequest.model_validate_json(json.dumps(BODY))
    assert body.created_at == MOMENT
    assert json.loads(body.model_dump_json()) == BODY


@pytest.mark.parametrize("wrong", [True, 1520000000.0, -1, 253402300800, "2018-03-02T14:13:20Z", None], ids=repr)
def test_request_time_is_whole_seconds(wrong: object) -> None:
    """What answers may hold is not good enough for a request; neither is a naive datetime."""
    for created_at in (wrong, datetime(2018, 3, 2)):
        with pytest.raises(ValidationError, match="whole Unix seconds or an aware datetime"):
            IdentityRequest.model_validate({**BODY, "created_at": created_at})
