"""The server side of the web page: its files and its JSON, without secrets."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import PlainTextResponse

from pyttributionio import sandbox as package
from pyttributionio.sandbox.page.data import shown_bytes
from pyttributionio.sandbox.page.files import FILES

from .._posting import MOMENT_TEXT, Caller, event, exchange, get
from ._asking import ask, local

WEB = Path(package.__file__).parent / "page" / "web"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class _Page(HTMLParser):
    """Collects what a page loads, and its inline code, which a strict policy forbids."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.ids: list[str] = []
        self.forbidden: list[str] = []
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.loaded += [attributes["src"]] if "src" in attributes else []
        self.loaded += [attributes["href"]] if tag == "link" else []
        self.forbidden += [name for name in attributes if name == "style" or name.startswith("on")]
        self._in_script = tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self.forbidden.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False


def parsed_page() -> _Page:
    """Parse the page."""
    page = _Page()
    page.feed((WEB / "index.html").read_text(encoding="utf-8"))
    return page


def test_page_and_all_its_files_are_served(caller: Caller) -> None:
    """With the right types; the imports of scripts too."""
    kinds = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
    paths = parsed_page().loaded
    for path in paths:
        answer = caller.http.get(caller.sandbox.tracking_url + path)
        assert answer.status_code == 200, path
        assert answer.headers["content-type"].partition(";")[0] == kinds[Path(path).suffix]
        if path.endswith(".js"):
            folder = path.rpartition("/")[0]
            imported = [f"{folder}/{name}" for name in re.findall(r'from "\./([^"]+)"', answer.text)]
            paths += [new for new in imported if new not in paths]
    # And no file is served that nothing loads.
    assert {*paths} == FILES.keys() - {"/_sandbox/"}


def test_every_file_of_the_folder_is_in_the_table() -> None:
    """A new file has to be added to it."""
    served = {Path(path).name for path in FILES} - {"_sandbox"}
    assert served | {"index.html", "snippet.js"} == {path.name for path in WEB.iterdir()}


def test_page_loads_nothing_from_other_hosts_and_has_no_inline_code() -> None:
    """So it works offline, and its policy allows it."""
    page = parsed_page()
    assert page.forbidden == []
    assert all(path.startswith("/_sandbox/static/") for path in page.loaded)
    assert len(page.ids) == len({*page.ids})
    for path in WEB.glob("*.css"):
        assert not re.search(r"url\(|@import", path.read_text(encoding="utf-8"))
    for path in WEB.glob("*.js"):
        code = path.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", code)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/_sandbox/", 200),
        ("/_sandbox/static/main.js", 200),
        ("/_sandbox/api/state", 200),
        ("/_sandbox/api/customer?client_id=nobody", 404),
        ("/_sandbox/api/customers?limit=x", 400),
        ("/_sandbox/api/nothing", 404),
        ("/_sandbox/static/../_page.py", 404),
        ("/_sandbox/static/", 404),
        ("/_sandbox/faults", 200),
    ],
)
def test_every_answer_has_the_security_headers(caller: Caller, path: str, status: int) -> None:
    """A browser runs no text of a visitor, and does not frame, embed or cache the answer."""
    head, _, _ = exchange(caller.sandbox, local(get(path))).partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    assert first.split()[1] == str(status)
    assert headers["content-security-policy"] == POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


def test_requests_of_the_page_are_not_logged(caller: Caller) -> None:
    """The list has the requests of the user's programs."""
    ask(caller, "api/state")
    ask(caller, "api/requests")
    assert caller.sandbox.requests == []


def test_state_has_accounts_addresses_and_no_secret(caller: Caller) -> None:
    """The page needs them to explain how the SDK is configured."""
    caller.sandbox.add_account("SECOND", "hush-hush", disabled=True)
    caller.sandbox.faults.next(2, status=503)
    caller.post_identity()
    state = ask(caller, "api/state")
    assert state["accounts"] == [
        {"api_key": "SANDBOX_KEY", "disabled": False, "has_default_secret": True},
        {"api_key": "SECOND", "disabled": True, "has_default_secret": False},
    ]
    assert (state["base_url"], state["tracking_url"]) == (caller.sandbox.base_url, caller.sandbox.tracking_url)
    assert (state["requests"], [fault["text"] for fault in state["faults"]]) == (
        1,
        [str(*caller.sandbox.faults.active)],
    )
    assert "hush" not in json.dumps(state)
    assert "SECRET" not in json.dumps(state)


def test_state_says_whether_the_example_shop_is_mounted(caller: Caller) -> None:
    """The page has a link to it only then."""
    assert ask(caller, "api/state")["shop"] is False
    caller.sandbox.mount("/_sandbox/shop", PlainTextResponse("socks"))
    assert ask(caller, "api/state")["shop"] is True


def test_customers_are_listed_with_the_numbers_of_their_items(caller: Caller) -> None:
    """And with ids and times."""
    caller.post_identity(aliases=["visitor-1", "visitor-2"])
    caller.post_event()
    caller.sandbox.add_pageview("visitor-2", "https://shop.example/")
    (customer,) = ask(caller, "api/customers")["customers"]
    assert customer.pop("last_seen_at") > MOMENT_TEXT
    assert customer == {
        "client_id": "customer-42",
        "aliases": ["visitor-1", "visitor-2"],
        "first_seen_at": MOMENT_TEXT,
        "pageviews": 1,
        "events": 1,
        "identities": 1,
    }


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("", ["100%_sure", "Ada", "ben"]),
        ("AD", ["Ada"]),
        ("visitor-b", ["ben"]),
        ("%", ["100%_sure"]),
        ("_", ["100%_sure"]),
        ("zoe", []),
        ("' OR 1=1 --", []),
    ],
)
def test_search_finds_any_part_of_an_id(caller: Caller, search: str, found: list[str]) -> None:
    """Visitor ids too, in any case; no character has a special meaning."""
    for client_id, alias in (("Ada", "visitor-a"), ("ben", "VISITOR-B"), ("100%_sure", "x")):
        caller.post_identity(client_id=client_id, aliases=[alias])
    answer = ask(caller, "api/customers", search=search)
    assert sorted(customer["client_id"] for customer in answer["customers"]) == found
    assert answer["total"] == len(found)


def test_customers_come_in_pages(caller: Caller) -> None:
    """The latest comes first; the total is the number of all."""
    for number in range(5):
        caller.post_identity(client_id=f"customer-{number}", created_at=number)
    answer = ask(caller, "api/customers", limit=2, offset=1)
    assert [customer["client_id"] for customer in answer["customers"]] == ["customer-3", "customer-2"]
    assert answer["total"] == 5


def test_customer_has_the_exact_answer_of_the_api(caller: Caller) -> None:
    """Together with the code samples that read it."""
    caller.post_event(client_id='","answer":', meta={"agent": "x", "big": 10**30})
    caller.post_identity(client_id='","answer":')
    wanted = caller.read('","answer":', "show_all").text
    answer = caller.http.get(
        caller.sandbox.tracking_url + "/_sandbox/api/customer", params={"client_id": '","answer":'}
    )
    assert answer.text[answer.text.index(',"answer":') + 10 : -1] == wanted
    assert answer.json()["answer"] == json.loads(wanted)
    assert answer.json()["curl"].startswith("curl ")
    assert "client.customers.get(" in answer.json()["python"]
    assert answer.headers["content-type"] == "application/json"


def test_accounts_are_separate(caller: Caller) -> None:
    """Each has its own customers; an unknown account is 404."""
    caller.sandbox.add_account("SECOND", "hush")
    caller.post_identity()
    assert ask(caller, "api/customers", account="SECOND") == {"customers": [], "total": 0}
    assert ask(caller, "api/customers", account="SANDBOX_KEY")["total"] == 1
    url = caller.sandbox.tracking_url + "/_sandbox/api/customer"
    for parameters in ({"account": "SECOND", "client_id": "customer-42"}, {"account": "x", "client_id": "y"}):
        assert caller.http.get(url, params=parameters).status_code == 404


@pytest.mark.parametrize("value", ["-1", "x", "", "1.5", "٣", "1_0", "501", "9" * 30])
def test_numbers_are_checked(caller: Caller, value: str) -> None:
    """A wrong one is 400, never 500."""
    url = caller.sandbox.tracking_url + "/_sandbox/api/customers"
    answer = caller.http.get(url, params={"limit": value})
    assert answer.status_code == 400
    assert answer.json() == {"error": {"message": "limit: expected a whole number from 0 to 500"}}


def test_requests_are_listed_after_a_number(caller: Caller) -> None:
    """The oldest comes first; each has a text about its content."""
    caller.post_event()
    caller.post_identity()
    caller.read("customer-42")
    caller.post("/_sandbox/collect", {"pageview": {"public_key": "SANDBOX_KEY", "visitor_id": "v", "url": "http://x/"}})
    caller.post_bytes("/events", b"\xff")
    listed = ask(caller, "api/requests", after=0)["requests"]
    assert [(r["number"], r["about"]) for r in listed] == [
        (1, "ev_signup · customer-42"),
        (2, "customer-42 · visitor-1"),
        (3, "customer-42"),
        (4, "http://x/"),
        (5, ""),
    ]
    assert listed[2]["query"] == "secret=REDACTED"
    assert [r["number"] for r in ask(caller, "api/requests", after=3)["requests"]] == [4, 5]
    latest = ask(caller, "api/requests", after=0, limit=2)
    assert ([r["number"] for r in latest["requests"]], latest["total"]) == ([4, 5], 5)


@pytest.mark.parametrize(
    ("aliases", "about"), [([{"x": 1}, "v", 7], "customer-42 · v, 7"), ({"v": 1}, "customer-42"), (None, "customer-42")]
)
def test_summary_has_only_the_ids_of_posted_aliases(caller: Caller, aliases: Any, about: str) -> None:
    """Also of an identity that was refused."""
    caller.post_identity(aliases=aliases)
    assert [line["about"] for line in ask(caller, "api/requests")["requests"]] == [about]


def test_request_has_all_details(caller: Caller) -> None:
    """Headers, body, answer, the injected fault, and both code samples."""
    caller.sandbox.faults.next(1, status=503)
    caller.post_event()
    found = ask(caller, "api/requests/1")
    assert (found["method"], found["path"], found["status"]) == ("POST", "/events", 503)
    assert json.loads(found["body"]["text"]) == {"event": event()}
    assert found["answer"]["text"] == caller.sandbox.requests[0].answer.decode()
    assert found["fault"] == "status 503"
    assert ["host", caller.sandbox.tracking_url.removeprefix("http://")] in found["headers"]
    assert (found["account"], found["client_id"]) == ("SANDBOX_KEY", "customer-42")
    assert found["curl"].startswith("curl ")
    assert "client.tracking.event(" in found["python"]
    missing = caller.http.get(caller.sandbox.tracking_url + "/_sandbox/api/requests/2")
    assert missing.status_code == 404


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"", {"text": "", "kind": "text", "bytes": 0, "cut": False}),
        ("🧦".encode(), {"text": "🧦", "kind": "text", "bytes": 4, "cut": False}),
        (b"\xffA\n", {"text": f"{'ff 41 0a':47}  ·A·", "kind": "hex", "bytes": 3, "cut": False}),
        ("🧦".encode()[:3], {"text": f"{'f0 9f a7':47}  ···", "kind": "hex", "bytes": 3, "cut": False}),
    ],
)
def test_bytes_are_shown_as_text_if_they_are_text(content: bytes, shown: dict[str, object]) -> None:
    """Otherwise in hexadecimal."""
    assert shown_bytes(content) == shown


def test_long_body_is_cut_between_characters() -> None:
    """And the JSON says that it is cut."""
    shown = shown_bytes(b"x" + "🧦".encode() * 100_000)
    assert shown["text"] == "x" + "🧦" * 65_535
    assert (shown["kind"], shown["bytes"], shown["cut"]) == ("text", 400_001, True)


def test_faults_are_added_listed_and_removed(caller: Caller) -> None:
    """With the admin route."""
    url = caller.sandbox.tracking_url + "/_sandbox/faults"
    made = caller.http.post(url, json={"next": 2, "status": 503, "path": "/events"})
    assert made.status_code == 201
    (fault,) = ask(caller, "faults")["faults"]
    assert (fault["next"], fault["status"], fault["path"]) == (2, 503, "/events")
    assert fault["text"] == "the next 2 requests to /events: status 503"
    assert caller.post_event().status_code == 503
    assert [rule.remaining for rule in caller.sandbox.faults.active] == [1]
    assert caller.http.delete(url).json() == {"faults": []}
    assert caller.sandbox.faults.active == []


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"[]", 422), (b'{"nxt": 1}', 422), (b'{"status": "many"}', 422), (b" " * 70_000, 413)],
)
def test_wrong_faults_are_refused(caller: Caller, body: bytes, status: int) -> None:
    """The answer has the reason, and no fault is added."""
    answer = caller.http.post(caller.sandbox.tracking_url + "/_sandbox/faults", content=body)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]
    assert caller.sandbox.faults.active == []


def test_snippet_is_for_pages_of_any_origin(caller: Caller) -> None:
    """Without cookies, and with the headers that such pages can require."""
    answer = caller.http.get(caller.sandbox.tracking_url + "/snippet.js?key=K", headers={"Origin": "https://x.example"})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "set-cookie" not in answer.headers
    assert answer.content == (WEB / "snippet.js").read_bytes()


def test_request_of_an_earlier_sandbox_is_not_found(caller: Caller, old_run: str) -> None:
    """A bookmarked link may be older than the sandbox."""
    caller.post_event()
    run = ask(caller, "api/requests")["run"]
    assert ask(caller, f"api/requests/{run}-1") == ask(caller, "api/requests/1")
    answer = caller.http.get(f"{caller.sandbox.tracking_url}/_sandbox/api/requests/{old_run}-1")
    message = "this request was answered before the sandbox was started again"
    assert (answer.status_code, answer.json()) == (404, {"error": {"message": message}})


@pytest.mark.parametrize("number", ["9" * 5_000, "-1", "1.0", "\u0661", "x", "a-", "-", "x-1", "a-1-1"])
def test_text_that_is_not_a_requests_number_is_404(caller: Caller, number: str) -> None:
    """Also one with so many digits that Python refuses to read it."""
    answer = caller.http.get(f"{caller.sandbox.tracking_url}/_sandbox/api/requests/{number}")
    assert answer.status_code == 404


def test_long_address_is_cut_in_the_list_and_complete_in_the_details(caller: Caller) -> None:
    """The list is sent often."""
    caller.http.get(f"{caller.sandbox.tracking_url}/nowhere?x={'y' * 5_000}")
    (listed,) = ask(caller, "api/requests")["requests"]
    assert len(listed["query"]) == 2_001
    assert len(ask(caller, "api/requests/1")["query"]) == 5_002


def test_secret_in_a_body_is_not_shown(caller: Caller) -> None:
    """It is there by mistake, and must not be on the page too."""
    caller.post_event(meta={"agent": "Bearer SANDBOX_SECRET"})
    found = ask(caller, "api/requests/1")
    assert "SANDBOX_SECRET" not in json.dumps(
        {**found, "python": found["python"].replace("PYTTRIBUTIONIO_API_SECRET", "")}
    )
    assert b"SANDBOX_SECRET" in caller.sandbox.requests[0].body
