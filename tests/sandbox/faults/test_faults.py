"""Faults and their rules, and how they are written as text and JSON."""

import contextlib
import dataclasses
import re
import threading
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyttributionio.sandbox.faults import faults
from pyttributionio.sandbox.faults.faults import Fault, FaultOptions, FaultRule, Faults
from pyttributionio.sandbox.faults.text import fault_document, parse_fault, read_fault
from pyttributionio.sandbox.values.shapes import ShapeError

READ = ("GET", "/api/v1/SANDBOX_KEY/customers/a%2Fb")
IDENTITY = ("POST", "/identities")
EVENT = ("POST", "/events")
PREFLIGHT = ("OPTIONS", "/events")
PAGEVIEW = ("POST", "/_sandbox/collect")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def rules(draw: st.DrawFn) -> FaultRule:
    """Draw rules of all kinds."""
    what: dict[str, Any] = draw(
        st.sampled_from(
            [
                {"status": 503},
                {
                    "status": 429,
                    "retry_after": draw(st.integers(0, 90) | st.floats(0, 9) | st.just("Fri, 02 Mar 2018")),
                },
                {"status": 200, "body": "html"},
                {"reset": True},
                {"body": draw(st.sampled_from(["html", "invalid_json", "empty", "cut"]))},
                {"drift": draw(st.dictionaries(st.text(), JSON, min_size=1, max_size=3))},
                {"delay": 2},
            ]
        )
    )
    requests = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "recorded": st.booleans(),
                "path": st.sampled_from(["/events", "/api/*", "*"]),
                "method": st.sampled_from(["post", "GET"]),
            },
        )
    )
    limit: dict[str, Any] = draw(
        st.sampled_from([{}, {"remaining": draw(st.integers(1))}, {"share": draw(st.floats(0, 1))}])
    )
    return FaultRule(Fault(**what, **requests), **limit)


def statuses(faults: Faults, *requests: tuple[str, str]) -> list[int | None]:
    """Match requests in turn, and return the status that each of them gets."""
    return [fault and fault.status for fault in (faults.match(*request) for request in requests)]


def test_keyword_arguments_are_the_fields_of_a_fault() -> None:
    """An editor completes them for `next`, `share` and `always`."""
    known = vars(faults)  # the type JSONValue refers to itself
    assert get_type_hints(FaultOptions, known) == get_type_hints(Fault, known)


@pytest.mark.parametrize(
    ("what", "complaint"),
    [
        ({}, "nothing would go wrong: give status, delay, reset, body or drift"),
        ({"recorded": True, "path": "/events"}, "nothing would go wrong"),
        ({"status": 100}, "status: expected a final status code, from 200 to 599, not 100"),
        ({"status": 600}, "status: … not 600"),
        ({"status": True}, "status: … not True"),
        ({"status": "503"}, "status: … not '503'"),
        (
            {"status": 503, "retry_after": -1},
            "retry_after: expected seconds, from 0 to 1000000000, or text in printable ASCII, not -1",
        ),
        ({"status": 503, "retry_after": float("nan")}, "retry_after: … not nan"),
        ({"status": 503, "retry_after": 10**400}, "retry_after: … not 1000"),
        ({"status": 503, "retry_after": True}, "retry_after: … not True"),
        ({"status": 503, "retry_after": ""}, "retry_after: … not ''"),
        ({"status": 503, "retry_after": "8\r\nSet-Cookie: a"}, "retry_after: "),
        ({"status": 503, "retry_after": " 8"}, "retry_after: "),
        ({"status": 503, "retry_after": "é"}, "retry_after: "),
        ({"retry_after": 8, "delay": 1}, "retry_after needs a status: give one, such as 429 or 503"),
        ({"delay": -0.1}, "delay: expected seconds, from 0 to 1000000000, not -0.1"),
        ({"delay": float("inf")}, "delay: … not inf"),
        ({"delay": "2"}, "delay: … not '2'"),
        ({"reset": 1}, "reset: expected true or false, not 1"),
        ({"status": 503, "recorded": None}, "recorded: expected true or false, not None"),
        ({"body": "xml"}, "body: expected one of html, invalid_json, empty, cut, not 'xml'"),
        ({"body": []}, "body: … not "),
        ({"drift": {}}, "drift: expected new values by member name, such as {'channel': 7}, not {}"),
        ({"drift": [7]}, "drift: … not [7]"),
        ({"drift": {7: "a"}}, "drift: … not "),
        ({"drift": {"a": {1, 2}}}, "drift: expected JSON values: … set"),
        ({"drift": {"a": float("nan")}}, "drift: expected JSON values: "),
        ({"drift": {"a": "\ud800"}}, "drift: … without lone surrogates"),
        (
            {"status": 503, "path": "events"},
            "path: expected a pattern of at most 1000 characters that begins with / or *, … not 'events'",
        ),
        ({"status": 503, "path": "/é"}, "path: … percent-encoded as on the wire"),
        ({"status": 503, "path": 7}, "path: … not 7"),
        (
            {"status": 503, "method": "GET /"},
            "method: expected the name of a method other than CONNECT, such as POST, not 'GET /'",
        ),
        ({"status": 503, "method": ""}, "method: "),
        ({"status": 503, "method": "connect"}, "method: … other than CONNECT, … not 'connect'"),
        (
            {"status": 503, "path": "/" + "[!a-" * 300},
            "path: expected a pattern of at most 1000 characters … not '/[!a-[!a-",
        ),
        ({"status": 205, "body": "html"}, ""),
        (
            {"reset": True, "status": 503},
            "after a reset there is no answer: give either reset, or status, body and drift",
        ),
        ({"reset": True, "body": "cut"}, "after a reset there is no answer"),
        ({"reset": True, "drift": {"a": 1}}, "after a reset there is no answer"),
        ({"status": 204, "body": "html"}, "an answer 204 has no body: leave out body and drift"),
        ({"status": 304, "drift": {"a": 1}}, "an answer 304 has no body"),
        ({"body": "html", "drift": {"a": 1}}, "drift changes JSON, and the body html is not JSON"),
        ({"body": "empty", "drift": {"a": 1}}, "drift changes JSON, and the body empty is not JSON"),
    ],
)
def test_wrong_fault_says_what_to_do(what: dict[str, Any], complaint: str) -> None:
    """Values of any type are checked, because they may come from a command line."""
    with pytest.raises(ValueError, match="^" + ".*".join(map(re.escape, complaint.split("…")))):
        Fault(**what)


def test_unknown_keyword_is_refused() -> None:
    """Python's own error has its name."""
    with pytest.raises(TypeError, match="'stauts'"):
        Faults().next(stauts=503)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("what", "matching", "others"),
    [
        ({}, [READ, IDENTITY, EVENT], [PREFLIGHT, PAGEVIEW, ("GET", "/events"), ("POST", "/events/"), ("GET", "/")]),
        ({"method": "post"}, [IDENTITY, EVENT], [READ, PREFLIGHT, PAGEVIEW]),
        ({"method": "OPTIONS"}, [PREFLIGHT], [EVENT]),
        ({"path": "/events"}, [EVENT, ("GET", "/events")], [PREFLIGHT, IDENTITY, ("POST", "/%65vents")]),
        ({"path": "/events", "method": "OPTIONS"}, [PREFLIGHT], [EVENT]),
        ({"path": "/api/*"}, [READ, ("GET", "/api/v1/x/y/z")], [EVENT, ("GET", "/API/v1")]),
        ({"path": "*b"}, [READ], [EVENT]),
        ({"path": "*"}, [READ, EVENT, PAGEVIEW], [PREFLIGHT]),
    ],
)
def test_fault_matches_by_its_path_and_method(
    what: dict[str, Any], matching: list[tuple[str, str]], others: list[tuple[str, str]]
) -> None:
    """Without a path, the API's calls; without a method, all but the preflights of browsers."""
    fault = Fault(status=503, **what)
    assert [request for request in [*matching, *others] if fault.matches(*request)] == matching


def test_fault_has_a_copy_of_its_drift() -> None:
    """A deep copy; and a fault with drift can be hashed."""
    given_values: list[Any] = [1]
    fault = Fault(drift={"channel": given_values})
    given_values.append(2)
    assert fault.drift == {"channel": [1]}
    assert {fault, Fault(drift={"channel": [1]})} == {fault}


def test_next_counts_only_the_requests_that_it_applies_to() -> None:
    """The rule is removed after the last."""
    faults = Faults()
    faults.next(2, status=503, path="/events")
    assert statuses(faults, READ, EVENT, IDENTITY) == [None, 503, None]
    (rule,) = faults.active
    assert rule == FaultRule(Fault(status=503, path="/events"), remaining=1)
    assert statuses(faults, EVENT, EVENT) == [503, None]
    assert faults.active == []
    assert not faults


def test_next_without_a_number_is_one() -> None:
    """The fault applies to the next request only."""
    faults = Faults()
    faults.next(status=500)
    assert statuses(faults, EVENT, EVENT) == [500, None]


def test_always_lasts_until_it_is_cleared() -> None:
    """Then no fault applies any more."""
    faults = Faults()
    faults.always(status=429)
    assert statuses(faults, *[EVENT] * 50) == [429] * 50
    assert len(faults) == 1
    faults.clear()
    assert statuses(faults, EVENT) == [None]
    assert len(faults) == 0


def test_only_the_oldest_matching_rule_applies() -> None:
    """Only one fault applies to a request, and only that one is counted."""
    faults = Faults()
    faults.next(status=500, path="/identities")
    faults.next(status=501)
    faults.always(status=502)
    assert statuses(faults, EVENT, IDENTITY, IDENTITY) == [501, 500, 502]


def test_share_applies_to_about_that_fraction_and_is_repeatable() -> None:
    """The same requests are chosen after `clear`, and others with another seed."""
    faults = Faults(seed=7)
    faults.share(0.3, status=503)
    first = statuses(faults, *[EVENT] * 1000)
    assert 250 < first.count(503) < 350
    faults.clear()
    faults.share(0.3, status=503)
    assert statuses(faults, *[EVENT] * 1000) == first
    other = Faults(seed=8)
    other.share(0.3, status=503)
    assert statuses(other, *[EVENT] * 1000) != first


def test_shares_of_none_and_of_all_are_exact() -> None:
    """If one rule does not apply to a request, the next one may."""
    faults = Faults()
    faults.share(0, status=500)
    faults.share(1, status=501)
    assert statuses(faults, *[EVENT] * 100) == [501] * 100


def test_requests_that_do_not_match_use_no_random_number() -> None:
    """So a page that is open during a test changes nothing."""
    faults, again = Faults(), Faults()
    faults.share(0.5, status=503)
    again.share(0.5, status=503)
    expected = statuses(faults, *[EVENT] * 20)
    assert [statuses(again, PAGEVIEW, EVENT)[1] for _ in range(20)] == expected


@pytest.mark.parametrize("count", [0, -1, 1.0, True, "2"])
def test_next_needs_a_number_of_requests(count: Any) -> None:
    """A whole number, at least one."""
    with pytest.raises(ValueError, match=r"^next: expected how many requests, a whole number from 1, not "):
        Faults().next(count, status=503)


@pytest.mark.parametrize("fraction", [-0.1, 1.1, float("nan"), True, "0.3"])
def test_share_needs_a_fraction(fraction: Any) -> None:
    """Not a percentage."""
    with pytest.raises(ValueError, match=r"^share: expected a fraction of the requests, from 0 to 1, not "):
        Faults().share(fraction, status=503)


def test_rule_has_one_limit_at_most() -> None:
    """Both together have no meaning."""
    with pytest.raises(ValueError, match="next and share contradict each other"):
        FaultRule(Fault(status=503), remaining=1, share=0.5)


def test_count_is_exact_with_several_threads() -> None:
    """No request is counted twice, and none is missed."""
    faults, found = Faults(), []
    faults.next(500, status=503)

    def send() -> None:
        for _ in range(200):
            found.extend(statuses(faults, EVENT))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found.count(503), found.count(None)) == (500, 300)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("always,status=503,retry_after=8", "every request: status 503, Retry-After 8"),
        ("next=1,delay=0.25,reset,path=/events", "the next request to /events: delay 0.25 s, reset"),
        (
            "next=2,body=cut,recorded,method=post,path=*",
            "the next 2 requests to POST *: recorded, then cut body",
        ),
        ("share=0.125,drift.id=1,drift.channel=7", "12.5% of requests: drift of id, channel"),
        ("always,status=429,retry_after=soon", "every request: status 429, Retry-After soon"),
        ("always,body=html", "every request: HTML page"),
        ("always,body=invalid_json,delay=1000000", "every request: delay 1000000 s, invalid JSON"),
    ],
)
def test_rule_is_described_in_words(rule: str, text: str) -> None:
    """For the list of requests, the page and the command line."""
    assert str(parse_fault(rule)) == text
    faults = Faults()
    faults.add(parse_fault(rule))
    assert repr(faults) == f"<Faults: {text}>"


def test_repr_without_faults() -> None:
    """The repr says that there are none."""
    assert repr(Faults()) == "<Faults: none>"


@pytest.mark.parametrize(
    ("text", "document"),
    [
        (
            "next=2,status=503,retry_after=8,path=/events",
            {"next": 2, "status": 503, "retry_after": 8, "path": "/events"},
        ),
        ("share=0.3,reset,recorded", {"share": 0.3, "reset": True, "recorded": True}),
        ("always,drift.channel=7", {"always": True, "drift": {"channel": 7}}),
        (" always , delay = 1.5 , method = GET ,", {"always": True, "delay": 1.5, "method": "GET"}),
        ("always,recorded=false,body=empty", {"always": True, "body": "empty"}),
        ("always,status=null,body=empty", {"always": True, "body": "empty"}),
        ("next=null,always,share=null,delay=null,reset", {"always": True, "reset": True}),
        (
            'always,status=429,retry_after="Fri, 02 Mar 2018 14:13:20 GMT"',
            {"always": True, "status": 429, "retry_after": "Fri, 02 Mar 2018 14:13:20 GMT"},
        ),
        (
            'always,drift.a={"b": [1, 2]} , drift.c="x,y",drift.d=x y,drift.e=null,drift.f.g="7"',
            {"always": True, "drift": {"a": {"b": [1, 2]}, "c": "x,y", "d": "x y", "e": None, "f.g": "7"}},
        ),
        ('next=1,drift={"a": true}', {"next": 1, "drift": {"a": True}}),
        ("always,drift.a=NaN", {"always": True, "drift": {"a": "NaN"}}),
    ],
)
def test_command_line_and_document_are_equal(text: str, document: dict[str, Any]) -> None:
    """Both are read by the same function."""
    assert fault_document(parse_fault(text)) == document
    assert parse_fault(text) == read_fault(document)


@given(rules())
def test_document_reads_back_as_the_rule(rule: FaultRule) -> None:
    """The document has everything of the rule, except default values."""
    document = fault_document(rule)
    assert read_fault(document) == rule
    assert len({"next", "share", "always"} & document.keys()) == 1


@given(st.text() | st.from_regex(r"\A(always|next=2),(status|drift\.a|body)=[\[\]{}\",a-z0-9]*\Z"))
def test_any_text_is_a_rule_or_a_shape_error(text: str) -> None:
    """There is never another error."""
    with contextlib.suppress(ShapeError):
        rule = parse_fault(text)
        assert read_fault(fault_document(rule)) == rule


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "give exactly one of next (how many requests), share (0 to 1) and always"),
        ("status=503", "give exactly one of next"),
        ("next=1,always,status=503", "give exactly one of next"),
        ("always=false,status=503", "always: expected true; give next or share if not every request is meant"),
        (
            "always,stauts=503",
            "stauts: unknown key; the known ones are next, share, always, status, retry_after, delay, reset, recorded, "
            "body, drift, path, method",
        ),
        ("always,drift.=1,,status=1", ": unknown key"),
        ("always,status=503,status=500", "status: given twice"),
        ("always,drift.a=1,drift.a=1", "drift.a: given twice"),
        ('always,drift={"a":1},drift.b=1', "drift: give either the whole object or its members, not both"),
        ("always,status", "status: expected a final status code, from 200 to 599, not True"),
        ("always,status=", "status: expected a final status code, from 200 to 599, not ''"),
        ("next=two,status=503", "next: expected how many requests"),
        ("share=30,status=503", "share: expected a fraction of the requests"),
        ('always,path="/events', "path: a value that begins like JSON has to be JSON: "),
        ('always,drift.a="b"c', "drift.a: expected a comma after the value, not 'c'"),
        ("always,drift.a=" + "[" * 200_000, "drift.a: a value that begins like JSON has to be JSON: "),
        ("always,delay=1,retry_after=1", "retry_after needs a status"),
    ],
)
def test_wrong_text_names_the_key(text: str, complaint: str) -> None:
    """And the error says what was expected."""
    with pytest.raises(ShapeError) as caught:
        parse_fault(text)
    assert str(caught.value).startswith(complaint)


@pytest.mark.parametrize("document", [None, [], "always,status=503", 7])
def test_document_has_to_be_an_object(document: Any) -> None:
    """The error has an example."""
    with pytest.raises(ShapeError, match=r'^fault: expected an object, such as \{"next": 2, "status": 503\}$'):
        read_fault(document)


def test_document_has_every_field_of_a_fault() -> None:
    """So a new field of a fault is written and read too."""
    known = {each.name for each in dataclasses.fields(Fault)}
    one = fault_document(FaultRule(Fault(status=503, retry_after=1, delay=1, recorded=True, path="*", method="GET")))
    two = fault_document(FaultRule(Fault(body="cut", drift={"a": 1})))
    three = fault_document(FaultRule(Fault(reset=True)))
    assert {*one, *two, *three} == {*known, "always"}
