"""What a visit has of a request: cookies, URLs, user agents."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from outbox._helpers import Scripted, manual
from pyttributionio.web import RequestParts, Tracker, Visit, cookies_in, parts_of_environ, parts_of_headers

SITE = "https://shop.example"


def visit(parts: RequestParts | None = None, **options: Any) -> Visit:
    """Return the visit of a request on a site."""
    tracker: Tracker[Any] = Tracker(manual(Scripted()), **{"site_url": SITE, **options})
    return tracker.visit(None, parts or RequestParts(cookies="AttrioP_KEY=visitor-7", path="/"))


@pytest.mark.parametrize(
    ("header", "cookies"),
    [
        ("a=1; b=2", {"a": "1", "b": "2"}),
        ('bad[="x; AttrioP_PK=v1', {"bad[": '"x', "AttrioP_PK": "v1"}),
        ("a=1;;; =; b", {"a": "1", "": "b"}),
        ("a=1; a=2", {"a": "2"}),
        ('a="x\\"y\\054z"', {"a": 'x"y,z'}),
        ('a="; b=""', {"a": '"', "b": ""}),
        ("a=b=c", {"a": "b=c"}),
        ("", {}),
    ],
)
def test_cookies_are_split_by_hand(header: str, cookies: dict[str, str]) -> None:
    """One malformed cookie does not hide the others."""
    assert cookies_in(header) == cookies


@given(st.text(alphabet=st.characters(codec="latin-1")))
@example('a="\\777"')
def test_any_header_has_some_cookies(header: str) -> None:
    """As Starlette splits it."""
    from starlette.requests import cookie_parser

    found = cookies_in(header)
    assert all(isinstance(value, str) for value in found.values())
    if "\\" not in header:  # versions of Python differ in what they make of escapes
        assert found == cookie_parser(header)


@pytest.mark.parametrize(
    ("cookies", "visitor_id"),
    [
        ("AttrioP_KEY=own; AttrioP_OTHER=other", "own"),
        ("AttrioP_OTHER=other; AttrioP_KEY=own", "own"),
        ("AttrioP_OTHER=other", "other"),
        (f"AttrioP_KEY={'x' * 256}", "x" * 256),
        (f"AttrioP_KEY={'x' * 257}", None),
        ("AttrioP_KEY=a\x01b", None),
        ("AttrioP_KEY=\ufffd", None),
        ("AttrioP_KEY=", None),
        ("AttrioP_KEY", None),
        ("attriop_key=v", None),
    ],
)
def test_visitor_id_is_a_usable_cookie_of_the_account(cookies: str, visitor_id: str | None) -> None:
    """A shortened id would be another visitor, so a long one is none."""
    found = visit(RequestParts(cookies=cookies))
    assert found.visitor_id == visitor_id
    assert found.why == (None if visitor_id else "no_cookie")


def test_repr_does_not_show_the_visitor_id() -> None:
    """It is a cookie's value, and reprs are in logs and error pages."""
    assert "visitor-7" not in repr(visit())
    assert visit() == visit()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Firefox/145.0", "Firefox/145.0"),
        ("Fire\x00fox\r\n\x1b[31m\x85", "Firefox[31m"),
        ("é" * 600, "é" * 512),
        ("  ", None),
        ("\x00", None),
        ("", None),
    ],
)
def test_user_agent_is_cut(sent: str, kept: str | None) -> None:
    """Of control characters, and to 512 characters."""
    assert visit(RequestParts(user_agent=sent)).user_agent == kept


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("utm_source=a&utm_medium=b&utm_anything=c", "?utm_source=a&utm_medium=b&utm_anything=c"),
        ("gclid=1&fbclid=2&msclkid=3&ref=4", "?gclid=1&fbclid=2&msclkid=3&ref=4"),
        ("token=secret&email=ada%40example.com&ref=7&&", "?ref=7"),
        ("reference=1&utm=2&xutm_source=3&UTM_source=4", ""),
        ("utm%5Fsource=a", "?utm%5Fsource=a"),
        ("utm_source=a%20b+c&utm_term", "?utm_source=a%20b+c&utm_term"),
        ("utm_source=a\r\nb\x00 é", "?utm_source=ab"),
        ("%ff=1&=2&%", ""),
        ("", ""),
    ],
)
def test_query_is_cut_to_campaign_parameters(query: str, kept: str) -> None:
    """Other parameters may have tokens and addresses."""
    assert visit(RequestParts(path="/socks", query=query)).url == f"{SITE}/socks{kept}"


def test_other_parameters_are_kept_if_named() -> None:
    """Instead of the usual ones."""
    parts = RequestParts(path="/", query="aff_id=1&page=2&utm_source=3")
    assert visit(parts, keep_query=["aff_*", "page"]).url == f"{SITE}/?aff_id=1&page=2"
    assert visit(parts, keep_query=[]).url == f"{SITE}/"
    assert visit(parts, keep_query=["*"]).url == f"{SITE}/?aff_id=1&page=2&utm_source=3"


def test_long_url_is_cut_between_its_parts() -> None:
    """Half of a parameter would be another campaign, and half of an escape is none."""
    long = f"utm_term={'x' * 2020}"
    assert visit(RequestParts(path="/", query=f"utm_source=a&{long}&ref=1")).url == f"{SITE}/?utm_source=a"
    found = visit(RequestParts(path="/" + "%C3%A9" * 700, query="ref=1")).url
    assert found is not None
    assert 2045 < len(found) <= 2048
    assert found.endswith(("%C3", "%A9"))


@given(path=st.text(), query=st.text())
def test_any_url_is_short_and_has_no_unsafe_characters(path: str, query: str) -> None:
    """Whatever a server gives."""
    found = visit(RequestParts(path=path, query=query)).url
    assert found is not None
    assert len(found) <= 2048
    assert all("!" <= character <= "~" for character in found)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("shop.example", "https://shop.example"),
        ("SHOP.example:8443", "https://shop.example:8443"),
        ("eu.shops.example", "https://eu.shops.example"),
        ("shops.example", None),
        ("evilshops.example", None),
        ("evil.example/.shops.example", None),
        ("evil@a.shops.example", None),
        ("[::1]:8000", "https://[::1]:8000"),
        ("[::2]", None),
        ("shop.example/evil", None),
        ("shop.example:port", None),
        ("shop.example ", None),
        ("", None),
    ],
)
def test_host_counts_if_it_is_allowed(host: str, origin: str | None) -> None:
    """By its name; a port of a development server may be any."""
    hosts = ["Shop.example", "*.shops.example", "[::1]"]
    found = visit(RequestParts(host=host, scheme="https", path="/a"), site_url=None, allowed_hosts=hosts)
    assert found.url == (None if origin is None else f"{origin}/a")


def test_scheme_that_is_not_of_the_web_makes_no_url() -> None:
    """A gateway may pass on what a client sent."""
    parts = RequestParts(host="shop.example", scheme="javascript", path="/a")
    assert visit(parts, site_url=None, allowed_hosts=["shop.example"]).url is None


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"site_url": "shop.example"}, ValueError, "site_url is 'shop.example': it takes the address of your site"),
        ({"site_url": "ftp://shop.example"}, ValueError, "takes the address"),
        ({"site_url": "https://shop.example?a=b"}, ValueError, "without a user, a query and a fragment"),
        ({"site_url": "https://u:p@shop.example"}, ValueError, "without a user"),
        ({"site_url": "https://shop.example:port"}, ValueError, "takes the address"),
        ({"site_url": "https://["}, ValueError, "takes the address"),
        ({"site_url": "https://sh op.example"}, ValueError, "takes the address"),
        ({"site_url": 7}, TypeError, "site_url is a str, not int"),
        ({"allowed_hosts": "shop.example"}, TypeError, "allowed_hosts is a collection of hosts"),
        ({"allowed_hosts": ["*"]}, ValueError, r"allowed_hosts has '\*': it takes hosts such as 'shop.example'"),
        ({"allowed_hosts": ["https://shop.example"]}, ValueError, "allowed_hosts has"),
        ({"allowed_hosts": [7]}, TypeError, "a host in allowed_hosts is a str, not int"),
        ({"keep_query": "ref"}, TypeError, "keep_query is a collection of names"),
        ({"keep_query": [""]}, ValueError, "a name in keep_query is empty"),
        ({"consent": True}, TypeError, "consent is a function of one argument, not bool"),
        ({"consent_category": "marketing"}, ValueError, r"pass consent=\.\.\., which returns the categories"),
        ({"consent": bool, "consent_category": " "}, ValueError, "consent_category is blank"),
        ({"skip_bots": "bot"}, TypeError, "skip_bots is a function of one argument, not str"),
        ({"honour_gpc": 1}, TypeError, "honour_gpc"),
        ({"honour_dnt": "no"}, TypeError, "honour_dnt"),
        ({"debug": "yes"}, TypeError, "debug"),
    ],
)
def test_wrong_option_is_refused(options: dict[str, Any], error: type[Exception], message: str) -> None:
    """At the start of the program, by its name."""
    with pytest.raises(error, match=message):
        Tracker(manual(Scripted()), **options)


def test_tracker_needs_an_outbox() -> None:
    """The client is easily passed instead."""
    with pytest.raises(TypeError, match=r"outbox is an Outbox, such as Outbox\(client\), not Client"):
        Tracker(Scripted().client())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("granted", "allowed"),
    [
        (True, True),
        (False, False),
        (["statistics", "marketing"], True),
        ({"marketing"}, True),
        ({"marketing": True}, True),
        (["statistics"], False),
        ((), False),
        ("marketing", False),
        (b"marketing", False),
        (1, False),
        (None, False),
    ],
)
def test_consent_is_a_clear_yes(granted: Any, allowed: bool, caplog: pytest.LogCaptureFixture) -> None:
    """Everything else is a no. A result of another type is logged."""
    found = visit(consent=lambda _: granted, consent_category="marketing")
    assert found.allowed is allowed
    assert found.why == (None if allowed else "consent")
    is_wrong = granted is None or (isinstance(granted, str | bytes | int) and not isinstance(granted, bool))
    assert ("The function for consent returned" in caplog.text) is is_wrong


def test_async_function_for_consent_is_a_no(caplog: pytest.LogCaptureFixture) -> None:
    """Its result is a coroutine, which counts as true in an `if`."""

    async def allowed(_: object) -> bool:
        return True

    assert visit(consent=allowed).why == "consent"  # type: ignore[arg-type]
    assert "The function for consent is async" in caplog.text


def test_consent_is_asked_last() -> None:
    """It may cost something."""
    asked: list[object] = []
    parts = RequestParts(gpc=" 1 ", dnt="1", user_agent="bot", cookies="AttrioP_KEY=v")
    options: dict[str, Any] = {"consent": asked.append, "honour_dnt": True, "skip_bots": lambda agent: agent == "bot"}
    assert visit(parts, **options).why == "gpc"
    assert visit(parts._replace(gpc="0"), **options).why == "dnt"
    assert visit(parts._replace(gpc="", dnt="null"), **options).why == "bot"
    assert asked == []


def test_withdrawal_can_name_the_visitor() -> None:
    """The visit that is not allowed still has the visitor id."""
    assert visit(consent=lambda _: False).visitor_id == "visitor-7"


def test_parts_of_headers_take_any_case_and_the_first_of_several() -> None:
    """Names and values are bytes."""
    headers = [(b"User-Agent", b"a"), (b"user-agent", b"b"), (b"SEC-GPC", b"1"), (b"Cookie", b"a=\xff")]
    assert parts_of_headers(headers, scheme="ws", path="/é", query=b"a=\xff") == RequestParts(
        cookies="a=\ufffd", user_agent="a", gpc="1", scheme="http", path="/%C3%A9", query="a=ÿ"
    )


def test_parts_of_an_environ_are_bytes_in_latin_1() -> None:
    """PEP 3333; values that are no texts count as absent."""
    environ = {
        "HTTP_COOKIE": "a=Ã©",
        "HTTP_USER_AGENT": "Ã",
        "SCRIPT_NAME": "/shop",
        "PATH_INFO": "/Ã©",
        "QUERY_STRING": None,
        "wsgi.url_scheme": "https",
    }
    assert parts_of_environ(environ) == RequestParts(
        cookies="a=é", user_agent="\ufffd", scheme="https", path="/shop/%C3%A9"
    )
