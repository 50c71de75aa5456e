"""The extension for Flask."""

import logging
from typing import Any

import pytest
from flask import Flask, session

from outbox._helpers import Scripted, manual
from pyttributionio.flask import Attribution
from pyttributionio.outbox import Accepted
from pyttributionio.web import Skipped, Tracker, Visit, current_visit, track

from . import _sites
from ._asking import USUAL, ask_wsgi
from .nevers import Nevers


class TestFlask(Nevers):
    """The contract."""

    def make(self, options: _sites.Options) -> _sites.Site:
        """Return the site in Flask."""
        return _sites.flask(options)

    def test_stream_with_context_sees_the_visit(self) -> None:
        """Flask's own request is there too."""
        assert self.site().ask("/stream-with-context").body == b"/stream-with-context visitor-7 " * 3
        assert current_visit() is None


def client_of(app: Flask) -> Any:
    """Return a test client whose browser has the snippet's cookie."""
    client = app.test_client()
    client.set_cookie("AttrioP_KEY", "visitor-7")
    return client


def site(**options: Any) -> tuple[Flask, Attribution, list[Any]]:
    """Return an application, its extension, and what its page saw."""
    app, seen = Flask("shop"), list[Any]()
    app.secret_key = "a key of the test"
    attribution = Attribution(app, outbox=manual(Scripted()), **options)

    @app.get("/buy")
    def buy() -> str:
        seen.extend([current_visit(), attribution.event("ev_purchase"), attribution.identity("c1")])
        return "Thank you"

    return app, attribution, seen


def test_extension_has_the_calls() -> None:
    """Those of `track`."""
    app, _, seen = site()
    assert client_of(app).get("/buy").text == "Thank you"
    assert [type(each) for each in seen] == [Visit, Accepted, Accepted]


def test_factory_gives_the_application_and_the_outbox_later() -> None:
    """One extension serves several applications, each with its own tracker."""
    attribution = Attribution(site_url="https://shop.example")
    outboxes = [manual(Scripted()), manual(Scripted())]
    for outbox in outboxes:
        app = Flask("shop")
        attribution.init_app(app, outbox=outbox)
        app.add_url_rule("/buy", view_func=lambda: repr(attribution.event("ev_purchase")))
        client_of(app).get("/buy")
        assert isinstance(app.extensions["attributionio"], Tracker)
    assert [outbox.stats().pending for outbox in outboxes] == [1, 1]


def test_extension_without_an_outbox_says_what_it_needs() -> None:
    """In the constructor of an application, and in a factory."""
    with pytest.raises(TypeError, match=r"pass either tracker=Tracker\(...\), or outbox=Outbox\(...\)"):
        Attribution(Flask("shop"))
    with pytest.raises(TypeError, match="pass either"):
        Attribution().init_app(Flask("shop"))


def test_consent_gets_the_request_and_may_read_the_session() -> None:
    """A site with a sign-in may keep consent there."""
    app, _, seen = site(consent=lambda request: request.path == "/buy" and session.get("consent") is True)
    client = client_of(app)
    client.get("/buy")
    with client.session_transaction() as stored:
        stored["consent"] = True
    client.get("/buy")
    assert [each.why for each in seen if isinstance(each, Visit | Skipped)] == ["consent"] * 3 + [None]


def test_session_is_not_opened_by_the_extension() -> None:
    """Flask adds `Vary: Cookie` where it is."""
    app, _, _ = site()
    assert "Vary" not in client_of(app).get("/buy").headers


@pytest.mark.parametrize(
    ("host", "trusted", "url"),
    [
        ("shop.example", ["shop.example"], "http://shop.example/missing?utm_source=news"),
        ("evil.example", ["shop.example"], None),
        ("shop.example", None, None),
    ],
)
def test_host_that_flask_has_checked_is_used(host: str, trusted: list[str] | None, url: str | None) -> None:
    """TRUSTED_HOSTS is Flask's setting for that, from 3.1 on."""
    app, _, _ = site()
    app.request_class = type("Request", (app.request_class,), {"trusted_hosts": trusted})
    seen: list[Any] = []
    app.register_error_handler(404, lambda _: (seen.append(current_visit()), "missing")[1])
    app.register_error_handler(400, lambda _: (seen.append(current_visit()), "untrusted")[1])
    ask_wsgi(app, "/missing?utm_source=news&token=7", [(b"host", host.encode()), *USUAL[1:]])
    assert [each.url for each in seen] == [url]


def test_warning_about_the_url_comes_once(caplog: pytest.LogCaptureFixture) -> None:
    """Not for a host that Flask refuses: a visitor's program could use it up."""
    app, _, _ = site()
    for _ in range(3):
        client_of(app).get("/buy")
    assert [each.levelname for each in caplog.records] == ["WARNING"]
    assert "site_url" in caplog.text


def test_host_that_flask_refuses_makes_no_warning(caplog: pytest.LogCaptureFixture) -> None:
    """The address of the site is known; this request only does not have it."""
    app, _, _ = site()
    app.request_class = type("Request", (app.request_class,), {"trusted_hosts": ["shop.example"]})
    ask_wsgi(app, "/missing", [(b"host", b"evil.example"), *USUAL[1:]])
    assert [each for each in caplog.records if each.name == "pyttributionio.web"] == []


def test_own_request_context_has_a_visit_until_its_end() -> None:
    """For tests of functions: `preprocess_request` runs the functions before a request."""
    app, attribution, _ = site()
    with app.test_request_context("/", headers={"Cookie": "AttrioP_KEY=visitor-7"}):
        assert current_visit() is None
        app.preprocess_request()
        assert isinstance(attribution.event("ev_purchase"), Accepted)
    assert current_visit() is None


def test_other_functions_before_a_request_see_the_visit() -> None:
    """Also those that were added first."""
    app, seen = Flask("shop"), list[Any]()
    app.before_request(lambda: seen.append(current_visit()))
    Attribution(app, outbox=manual(Scripted()))
    client_of(app).get("/")
    assert [each.visitor_id for each in seen] == ["visitor-7"]


def test_debug_is_that_of_the_application() -> None:
    """A wrong argument is an error page in development."""
    app = Flask("shop")
    app.debug = True
    Attribution(app, outbox=manual(Scripted()))
    app.add_url_rule("/", view_func=lambda: str(track.event("")))
    with pytest.raises(ValueError, match="event_key is empty"):
        client_of(app).get("/")


def test_wrong_argument_is_a_line_in_production(caplog: pytest.LogCaptureFixture) -> None:
    """With the line of the page that has it."""
    app = Flask("shop")
    Attribution(app, outbox=manual(Scripted()), site_url="https://shop.example")
    app.add_url_rule("/", view_func=lambda: str(track.event("")))
    assert client_of(app).get("/").text == "Skipped(why='invalid')"
    (line,) = caplog.records
    assert (line.levelno, line.pathname) == (logging.ERROR, __file__)
    assert line.getMessage().startswith("event '' was not tracked: ValueError: event_key is empty")
