"""The API's three calls, their errors, and the sandbox's own route for pageviews."""

import sqlite3
from contextlib import closing
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from pyttributionio.sandbox import Sandbox

from .._posting import (
    MOMENT,
    MOMENT_TEXT,
    Caller,
    event,
    exchange,
    get,
    identity,
    new_client,
    without,
)

ALL = ("pageviews", "touchpoints", "events", "identities")
ODD_IDS = [
    "a/b?c#d@x.io",
    ".",
    "..",
    "../..",
    "%2e%2e",
    "%",
    "a\\b",
    "two words",
    "a+b",
    "a&b=c;d",
    "日本語",
    "👩‍👩‍👧",
    "nul\x00inside",
    "line\r\nbreak",
    "'; DROP TABLE customers; --",
    "<script>alert(1)</script>",
    "9" * 60,
]


def test_identity_is_answered_with_itself_and_an_id(caller: Caller) -> None:
    """The answer has the same envelope, with an integer id and the time as ISO 8601 text."""
    answer = caller.post_identity()
    assert answer.status_code == 200
    assert answer.json() == {"identity": identity(id=1, created_at=MOMENT_TEXT)}


def test_event_is_answered_with_itself_an_id_and_a_name(caller: Caller) -> None:
    """The name is the event key; the vendor's dashboard would have another one."""
    answer = caller.post_event()
    assert answer.status_code == 200
    assert answer.json() == {"event": event(id=1, name="ev_signup", created_at=MOMENT_TEXT)}


def test_posted_name_of_an_event_is_kept(caller: Caller) -> None:
    """It is not replaced by the event key."""
    assert caller.post_event(name="Signed up").json()["event"]["name"] == "Signed up"


def test_posted_id_is_replaced(caller: Caller) -> None:
    """The id of the answer is the sandbox's own."""
    assert caller.post_event(id="mine").json()["event"]["id"] == 1
    assert caller.post_identity(id="mine").json()["identity"]["id"] == 1


def test_whole_numbers_as_ids_become_text_with_every_digit(caller: Caller) -> None:
    """Ids may be numbers of any size; they are kept and answered as text."""
    number = 10**40 + 1
    caller.post_identity(client_id=number, aliases=[number])
    caller.post_event(client_id=number, aliases=[7], transaction_id=8, event_public_key=9)
    customer = caller.customer(str(number), "show_all")
    assert customer["client_id"] == str(number)
    assert customer["identities"][0]["aliases"] == [str(number)]
    assert customer["events"][0] == event(
        id=1,
        client_id=str(number),
        aliases=["7"],
        transaction_id="8",
        event_public_key="9",
        name="9",
        created_at=MOMENT_TEXT,
    )


def test_same_transaction_id_is_stored_once(caller: Caller) -> None:
    """The second post is answered 200, with the event that the first one stored."""
    first = caller.post_event()
    again = caller.post_event(url="https://shop.example/other", created_at=MOMENT + 5)
    caller.post_event(transaction_id="t-2")
    caller.post_identity()
    assert again.status_code == 200
    assert again.json() == first.json()
    events = caller.customer("customer-42", "show_events")["events"]
    assert [e["transaction_id"] for e in events] == ["t-1", "t-2"]


def test_same_identity_is_stored_once(caller: Caller) -> None:
    """The same client id with the same aliases, in any order, is one identity."""
    first = caller.post_identity(aliases=["a", "b"])
    again = caller.post_identity(aliases=["b", "a", "b"], created_at=MOMENT + 5)
    caller.post_identity(aliases=["a"])
    assert again.status_code == 200
    assert again.json() == first.json()
    identities = caller.customer("customer-42", "show_identities")["identities"]
    assert [i["aliases"] for i in identities] == [["a", "b"], ["a"]]


def test_unknown_members_are_kept(caller: Caller) -> None:
    """Members that are not in the contract are in the answers, with any values."""
    extra: dict[str, Any] = {"revenue": 12.5, "nested": {"list": [1, None, True, "ü\u0000"]}}
    caller.post_identity(**extra)
    caller.post_event(**extra)
    pageview = {"visitor_id": "visitor-1", "url": "/"} | extra
    caller.post("/_sandbox/pageviews", {"pageviews": [pageview]})
    customer = caller.customer("customer-42", "show_all")
    for name in ("identities", "events", "pageviews"):
        assert customer[name][0] == customer[name][0] | extra


@pytest.mark.parametrize("name", ALL)
def test_flag_adds_only_its_collection(caller: Caller, name: str) -> None:
    """A requested collection without items is `[]`; one that was not requested is absent."""
    caller.post_identity()
    plain = caller.customer()
    shown = caller.customer("customer-42", f"show_{name}")
    assert set(shown) - set(plain) == {name}
    assert not set(ALL) & set(plain)
    if name != "identities":
        assert shown[name] == []


def test_several_flags_add_several_collections(caller: Caller) -> None:
    """Several flags may be sent together."""
    caller.post_identity()
    customer = caller.customer("customer-42", "show_events", "show_pageviews")
    assert {name for name in ALL if name in customer} == {"events", "pageviews"}


def test_show_all_adds_all_four(caller: Caller) -> None:
    """`show_all` has the effect of the four flags."""
    caller.post_identity()
    assert set(ALL) <= set(caller.customer("customer-42", "show_all"))


@pytest.mark.parametrize("value", ["false", "1", "TRUE", "True", "", "true "])
def test_flag_with_another_value_than_true_has_no_effect(caller: Caller, value: str) -> None:
    """The value has to be exactly `true`."""
    caller.post_identity()
    url = f"{caller.sandbox.base_url}/SANDBOX_KEY/customers/customer-42"
    query = {"secret": "SANDBOX_SECRET", "show_all": value, "show_events": value}
    customer = caller.http.get(url, params=query).json()["customer"]
    assert not set(ALL) & set(customer)


@pytest.mark.parametrize("client_id", ODD_IDS)
def test_odd_client_id_is_one_segment_and_round_trips(caller: Caller, client_id: str) -> None:
    """Any id that can be posted can be read, and it is not mixed up with others."""
    caller.post_identity()
    caller.post_identity(client_id=client_id)
    assert caller.customer(client_id)["client_id"] == client_id
    assert caller.read(client_id + "x").status_code == 404


@pytest.mark.parametrize("raw", ["..", ".", "a@b:c!$&'()*+,;=~"])
def test_segment_without_encoding_is_read_as_it_is(caller: Caller, raw: str) -> None:
    """The server does not resolve dots, so a client that does not encode them reads the right customer."""
    caller.post_identity(client_id=raw)
    target = f"/api/v1/SANDBOX_KEY/customers/{raw}?secret=SANDBOX_SECRET"
    answer = exchange(caller.sandbox, get(target))
    assert answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("raw", ["%FF", "%C3", "%ED%A0%80", "a%", "%zz", "%4"])
@pytest.mark.parametrize("path", ["{}/customers/x", "SANDBOX_KEY/customers/{}"])
def test_segment_that_does_not_decode_to_text_is_400(sandbox: Sandbox, path: str, raw: str) -> None:
    """Invalid UTF-8 and broken percent-encoding are errors of the client."""
    target = "/api/v1/" + path.format(raw)
    answer = exchange(sandbox, get(target))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b'{"error":{"message":' in answer


@pytest.mark.parametrize(
    ("key", "secret"),
    [
        ("SANDBOX_KEY", "wrong"),
        ("SANDBOX_KEY", ""),
        ("SANDBOX_KEY", "SANDBOX_SECRET "),
        ("SANDBOX_KEY", "sécret"),
        ("wrong", "SANDBOX_SECRET"),
        ("%C3%A9", "SANDBOX_SECRET"),
        ("wrong", "wrong"),
    ],
)
def test_wrong_secret_or_public_key_is_401(caller: Caller, key: str, secret: str) -> None:
    """The message does not say which of the two was wrong."""
    caller.post_identity()
    answer = caller.read(key=key, secret=secret)
    assert answer.status_code == 401
    assert answer.json() == {"error": {"message": "unauthorized: check secret and public key"}}


def test_read_without_a_secret_is_401(caller: Caller) -> None:
    """The secret is checked before the customer is looked up."""
    url = f"{caller.sandbox.base_url}/SANDBOX_KEY/customers/nobody"
    assert caller.http.get(url).status_code == 401


@pytest.mark.parametrize("path", ["/identities", "/events"])
def test_unknown_public_key_is_401_even_if_other_members_are_wrong(caller: Caller, path: str) -> None:
    """The account is checked before the other members."""
    name = {"/identities": "identity", "/events": "event"}[path]
    answer = caller.post(path, {name: {"public_key": "ünknown"}})
    assert answer.status_code == 401
    assert "public key" in answer.json()["error"]["message"]


def test_disabled_account_is_403_on_all_three_calls(caller: Caller) -> None:
    """With right credentials; wrong ones are still 401."""
    caller.post_identity()
    caller.sandbox.disabled = True
    assert caller.read().status_code == 403
    assert caller.post_identity().status_code == 403
    assert caller.post_event().status_code == 403
    assert caller.read(secret="wrong").status_code == 401
    assert caller.post_event(public_key="wrong").status_code == 401
    caller.sandbox.disabled = False
    assert caller.read().status_code == 200


def test_unknown_customer_is_404(caller: Caller) -> None:
    """An identity creates a customer, and an event alone does not."""
    caller.post_event()
    assert caller.read().status_code == 404
    caller.post_identity()
    assert caller.read().status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/identities/",
        "/identitie%73",
        "/api/v1",
        "/api/v1/SANDBOX_KEY/customers",
        "/api/v1/SANDBOX_KEY/customers/",
        "/api/v1/SANDBOX_KEY/customers/a/b",
        "/api/v2/SANDBOX_KEY/customers/a",
        "/_sandbox/nowhere",
        "//identities",
    ],
)
def test_unknown_route_is_404_in_json(caller: Caller, path: str) -> None:
    """A path with an additional slash is another path, and there are no redirects."""
    answer = caller.post(path, {})
    assert answer.status_code == 404
    assert answer.json() == {"error": {"message": "Not Found"}}


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/identities", "POST"),
        ("/events", "POST"),
        ("/_sandbox/pageviews", "POST"),
        ("/api/v1/SANDBOX_KEY/customers/x", "GET"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "BREW"])
def test_other_method_is_405_and_names_the_right_one(
    caller: Caller,
    path: str,
    allowed: str,
    method: str,
) -> None:
    """Each route has one method."""
    answer = caller.http.request(method, caller.sandbox.tracking_url + path)
    assert (answer.status_code == 405) is (method != allowed)
    if method != allowed:
        assert answer.headers["allow"] == allowed


@pytest.mark.parametrize("path", ["/identities", "/events", "/_sandbox/pageviews"])
@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b'{"a": NaN}', b'"\\ud800"'])
def test_body_that_is_not_json_is_400(caller: Caller, path: str, body: bytes) -> None:
    """On every route that accepts a body."""
    answer = caller.post_bytes(path, body)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize("path", ["/identities", "/events", "/_sandbox/pageviews"])
@pytest.mark.parametrize("body", [None, 1, "x", [], {}, [{}], {"event": []}, {"identity": None}])
def test_json_that_is_not_the_contracts_object_is_422(caller: Caller, path: str, body: Any) -> None:
    """The message says what was expected."""
    answer = caller.post(path, body)
    assert answer.status_code == 422
    assert "expected" in answer.json()["error"]["message"]


@pytest.mark.parametrize("name", list(event()))
def test_each_member_of_an_event_is_required(caller: Caller, name: str) -> None:
    """A missing member is 422, and the message begins with its name."""
    answer = caller.post("/events", {"event": without(event(), name)})
    assert answer.status_code == 422
    assert answer.json()["error"]["message"].startswith(name)


@pytest.mark.parametrize("name", list(identity()))
def test_each_member_of_an_identity_is_required(caller: Caller, name: str) -> None:
    """A missing member is 422, and the message begins with its name."""
    answer = caller.post("/identities", {"identity": without(identity(), name)})
    assert answer.status_code == 422
    assert answer.json()["error"]["message"].startswith(name)


def test_pageviews_are_added_by_the_sandboxs_own_route(caller: Caller) -> None:
    """The answer has their number, and a header says that the vendor has no such route."""
    answer = caller.post(
        "/_sandbox/pageviews",
        {
            "pageviews": [
                {"visitor_id": "visitor-1", "url": "/late", "created_at": MOMENT + 9},
                {
                    "visitor_id": "visitor-1",
                    "url": "/early",
                    "referrer": "https://news.example/",
                    "title": "Early",
                    "user_agent": "Firefox",
                    "created_at": MOMENT,
                },
            ]
        },
    )
    assert answer.status_code == 200
    assert answer.json() == {"added": 2}
    assert "sandbox's own" in answer.headers["x-sandbox"]
    caller.post_identity()
    early, late = caller.customer("customer-42", "show_pageviews")["pageviews"]
    assert late["url"] == "/late"
    assert early == {
        "id": 2,
        "url": "/early",
        "referrer": "https://news.example/",
        "title": "Early",
        "created_at": MOMENT_TEXT,
        "meta": {"agent": "Firefox"},
        "aliases": ["visitor-1"],
    }


def test_pageviews_are_added_all_or_none(caller: Caller) -> None:
    """If one item is wrong, none is added, and the message says which one is wrong."""
    good = {"visitor_id": "visitor-1", "url": "/"}
    answer = caller.post("/_sandbox/pageviews", {"pageviews": [good, good | {"url": 1}]})
    assert answer.status_code == 422
    assert answer.json()["error"]["message"].startswith("pageviews[1].url: ")
    caller.post_identity()
    assert caller.customer("customer-42", "show_pageviews")["pageviews"] == []


def test_failure_of_the_sandbox_itself_is_500_in_json(tmp_path: Path) -> None:
    """Failures that no request can cause are answered too: here another program has removed a table."""
    path = tmp_path / "sandbox.db"
    with Sandbox(database=path) as sandbox, new_client() as http:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("DROP TABLE events")
        answer = Caller(sandbox, http).post_event()
    assert answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert answer.json() == {"error": {"message": "the sandbox failed: OperationalError"}}


def test_accounts_are_separate(caller: Caller) -> None:
    """The same ids in two accounts are two customers; each is read with the credentials of its account."""
    other = caller.sandbox.add_account("K2", "S2")
    caller.post_identity()
    caller.post_event()
    caller.post_identity(public_key="K2")
    caller.sandbox.add_pageview("visitor-1", "/theirs", api_key="K2")
    theirs = caller.read("customer-42", "show_all", key="K2", secret="S2").json()["customer"]
    assert ([p["url"] for p in theirs["pageviews"]], theirs["events"]) == (["/theirs"], [])
    assert [len(caller.customer("customer-42", "show_all")[name]) for name in ("pageviews", "events")] == [0, 1]
    assert caller.read(key="K2", secret="SANDBOX_SECRET").status_code == 401
    other.disabled = True
    assert caller.read(key="K2", secret="S2").status_code == 403
    assert caller.post_event(public_key="K2").status_code == 403
    assert caller.post_event().status_code == 200


def test_pageviews_are_added_to_the_named_account(caller: Caller) -> None:
    """Without a name, to the first account; an unknown account is 401, and nothing is stored."""
    caller.sandbox.add_account("K2", "S2")
    pageviews = [{"visitor_id": "visitor-1", "url": "/"}]
    assert caller.post("/_sandbox/pageviews", {"public_key": "K2", "pageviews": pageviews}).json() == {"added": 1}
    assert caller.post("/_sandbox/pageviews", {"public_key": "K3", "pageviews": pageviews}).status_code == 401
    caller.post_identity(public_key="K2")
    caller.post_identity()
    theirs = caller.read("customer-42", "show_pageviews", key="K2", secret="S2").json()["customer"]
    assert len(theirs["pageviews"]) == 1
    assert caller.customer("customer-42", "show_pageviews")["pageviews"] == []


def test_large_customer_is_answered_completely(caller: Caller) -> None:
    """Ten thousand pageviews, each with its own id, and the touchpoint of their session."""
    pageviews = [{"visitor_id": "visitor-1", "url": f"/{n}", "created_at": MOMENT + n} for n in range(10_000)]
    for part in range(0, 10_000, 5_000):
        caller.post("/_sandbox/pageviews", {"pageviews": pageviews[part : part + 5_000]})
    caller.post_identity()
    customer = caller.customer("customer-42", "show_all")
    assert [p["url"] for p in customer["pageviews"]] == [p["url"] for p in pageviews]
    assert len({p["id"] for p in customer["pageviews"]}) == 10_000
    assert [t["url"] for t in customer["touchpoints"]] == ["/0"]
