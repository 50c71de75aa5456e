"""The calls of an outbox, with what the visit of the current request knows."""

from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager, suppress
from contextvars import ContextVar, Token
from logging import DEBUG, ERROR, WARNING
from typing import Final, Generic, NamedTuple, Never, Protocol, TypeAlias, cast

from typing_extensions import Unpack

from pyttributionio._core.settings import checked_flag
from pyttributionio._errors import OutboxError
from pyttributionio._http import door
from pyttributionio._shared.text import one_line, shown
from pyttributionio.outbox import Accepted, Outbox
from pyttributionio.web._consent import BotCheck, ConsentCheck
from pyttributionio.web._log import log
from pyttributionio.web._options import EventOptions, IdentityOptions, TrackerOptions
from pyttributionio.web._parts import RequestParts
from pyttributionio.web._urls import CAMPAIGN_PARAMETERS, Origins, QueryFilter
from pyttributionio.web._visit import Consent, Request_contra, Skipped, SkipReason, Visit, VisitRules, visit_of

AnyTracker: TypeAlias = "Tracker[Never]"


class HasVisit(Protocol):
    """An object that has a visit, or makes it when it is asked for it."""

    @property
    def visit(self) -> Visit: ...


class KnownVisit(NamedTuple):
    """A visit that is made already."""

    visit: Visit


Active: TypeAlias = tuple[AnyTracker, HasVisit]
ACTIVE: Final = ContextVar[Active | None]("pyttributionio.web", default=None)
"""The tracker and the visit of the current request."""
_LONGEST_LOGGED: Final = 300
NO_REQUEST: Final = (
    "There is no current visit: call this while a request is handled, below the middleware, or pass visit=... In a "
    "job without a request, use outbox.event(..., visitor_id=...)."
)


class Tracker(Generic[Request_contra]):
    """Count events and identities of web requests; a failure never affects the request.

    A middleware makes a visit of each request with a tracker. `event` and `identity` fill the visitor id, the URL and
    the user agent from the current visit. They store nothing if the visit is not allowed. They log a failure instead
    of raising it. Threads and tasks may share a tracker.

    Args:
        outbox: The outbox that stores the entries. The tracker neither starts nor closes it.
        consent: Returns whether a request's visitor may be tracked, or the categories for which the visitor gave
            consent. Its argument is the framework's request: the request of Django or Flask, the scope of ASGI, or
            the environ of WSGI. It is called once for each request, so it should read cookies or headers only. If it
            raises or returns something else, nothing is tracked, and a line is logged. If left out, each visitor is
            tracked who does not object by Global Privacy Control.
        consent_category: The category that must be among those that `consent` returns, such as "marketing".
        honour_gpc: Whether `Sec-GPC: 1` (Global Privacy Control) forbids to track.
        honour_dnt: Whether `DNT: 1` forbids to track. This header is deprecated.
        skip_bots: Returns whether a user agent is a bot's, which is not tracked. If left out, no bot is recognised: a
            wrong guess loses a sale.
        keep_query: The parameters of a query that URLs keep. A name that ends with `*` stands for all names that begin
            so. The others are cut, because they may contain tokens and email addresses.
        site_url: The address of your site, such as "https://shop.example". URLs begin with it.
        allowed_hosts: The hosts that URLs may begin with if there is no `site_url`, such as "shop.example" and
            "*.shop.example". A visitor's program can send any Host header. So without both options a visit has no
            URL, unless the framework checks the host itself.
        debug: Whether a wrong argument of a call raises. If left out or False, it raises only in a test with a
            recorder of `pyttributionio.testing`. Otherwise it is logged, and nothing is stored.

    Raises:
        ValueError: An option is malformed, such as a `site_url` without a scheme.
        TypeError: An option has the wrong type.
    """

    def __init__(
        self,
        outbox: Outbox,
        *,
        consent: Consent[Request_contra] | None = None,
        consent_category: str | None = None,
        honour_gpc: bool = True,
        honour_dnt: bool = False,
        skip_bots: Callable[[str], bool] | None = None,
        keep_query: Collection[str] = CAMPAIGN_PARAMETERS,
        site_url: str | None = None,
        allowed_hosts: Collection[str] = (),
        debug: bool | None = None,
    ) -> None:
        if not isinstance(cast("object", outbox), Outbox):
            raise TypeError(f"outbox is an Outbox, such as Outbox(client), not {type(outbox).__name__}")
        self.outbox: Final[Outbox] = outbox
        """The outbox that stores the entries."""
        self._consent = ConsentCheck(consent, consent_category)
        self._bots = BotCheck(skip_bots)
        self._debug = debug is not None and checked_flag("debug", debug)
        self._rules = VisitRules(
            checked_flag("honour_gpc", honour_gpc),
            checked_flag("honour_dnt", honour_dnt),
            Origins(site_url, allowed_hosts),
            QueryFilter(keep_query),
        )
        self._has_warned = False

    def visit(self, request: Request_contra, parts: RequestParts, *, origin: str | None = None) -> Visit:
        """Return the visit of a request. This never raises, and does no I/O.

        Args:
            request: The framework's request, for the function `consent`.
            parts: The parts of the request, such as `parts_of_headers` returns.
            origin: The address that the framework has checked itself, such as "https://shop.example"; empty if it
                has refused the host. It is used if the tracker has neither `site_url` nor `allowed_hosts`.
        """
        try:
            visit = visit_of(
                parts,
                self._rules,
                # The core does not know the web, so it has no public access for it.
                api_key=self.outbox._config.settings.api_key,  # pyright: ignore[reportPrivateUsage]
                is_bot=self._bots.is_bot,
                has_consent=lambda: self._consent.is_given(request),
                origin=origin,
            )
        except Exception as error:
            log(ERROR, "A request could not be read, so it is not tracked: %s", type(error).__name__)
            return Visit(why="error")
        if visit.url is None and origin is None and self._rules.origins.is_empty and not self._has_warned:
            self._has_warned = True
            log(WARNING, "Events have no URL, because the address of the site is not known. Pass site_url=...")
        return visit

    @contextmanager
    def use(self, visit: Visit) -> Generator[Visit]:
        """Make a visit the current one in a `with` block: for a middleware of your own, a thread or a generator.

        Args:
            visit: The visit.
        """
        token = enter(self, visit)
        try:
            yield visit
        finally:
            leave(token)

    def event(
        self, event_key: str, *, visit: Visit | None = None, **options: Unpack[EventOptions]
    ) -> Accepted | Skipped:
        """Store one event of the current visitor, and the identity that is delivered after it.

        Args:
            event_key: The event's key, set in the vendor's dashboard.
            visit: The visit; the current one if left out. A generator, a thread or a job may have no current one.
            options: The arguments of `outbox.event`. They replace what the visit knows.

        Returns:
            The receipt of the outbox, or why nothing was stored.

        Raises:
            ValueError: With `debug=True`, or in a test with a recorder: an argument is empty or malformed.
            TypeError: With `debug=True`, or in a test with a recorder: an argument has the wrong type.
            RuntimeError: With `debug=True`, or in a test with a recorder: there is no current visit.
        """
        return self._call(self.outbox.event, "event", (event_key,), visit, cast("dict[str, object]", options))

    def identity(
        self, client_id: str | int | None = None, *, visit: Visit | None = None, **options: Unpack[IdentityOptions]
    ) -> Accepted | Skipped:
        """Store one identity: it connects a person's id to the current visitor.

        Args:
            client_id: The person's id, text or a whole number; a random one if left out.
            visit: The visit; the current one if left out.
            options: The arguments of `outbox.identity`. They replace what the visit knows.

        Returns:
            The receipt of the outbox, or why nothing was stored.

        Raises:
            ValueError: With `debug=True`, or in a test with a recorder: an argument is empty or malformed.
            TypeError: With `debug=True`, or in a test with a recorder: an argument has the wrong type.
            RuntimeError: With `debug=True`, or in a test with a recorder: there is no current visit.
        """
        return self._call(self.outbox.identity, "identity", (client_id,), visit, cast("dict[str, object]", options))

    def _call(
        self,
        call: Callable[..., Accepted],
        name: str,
        arguments: tuple[object, ...],
        visit: Visit | None,
        options: dict[str, object],
    ) -> Accepted | Skipped:
        what = f"{name} {shown(arguments[0])}" if name == "event" else name  # a client id is often an email address
        if visit is None:
            active = ACTIVE.get()
            if active is None:
                return no_request(what, raises=self.is_strict)
            visit = active[1].visit
        why = visit.why
        if why == "no_cookie" and options.get("visitor_id") is not None:
            why = None
        if why is not None:
            return _skipped(what, why)
        known = {"visitor_id": visit.visitor_id, "url": visit.url, "user_agent": visit.user_agent}
        if name == "identity":
            del known["url"]
        filled = {**known, **options}
        try:
            return call(*arguments, **filled)
        except OutboxError as error:
            return _failed(what, "outbox", error, filled)
        except Exception as error:
            if self.is_strict:
                raise
            return _failed(what, "invalid", error, filled)

    @property
    def is_strict(self) -> bool:
        """Whether a wrong argument raises: under `debug`, and in a test with a recorder."""
        return self._debug or door.active is not None


def _skipped(what: str, why: SkipReason) -> Skipped:
    log(DEBUG, "%s was not tracked: %s", what, why)
    return Skipped(why)


def _failed(what: str, why: SkipReason, error: Exception, options: dict[str, object]) -> Skipped:
    """Log why a call stored nothing. The line has no visitor id, because that is a cookie."""
    text = str(error)
    visitor_id = str(options.get("visitor_id") or "")
    if visitor_id:
        text = text.replace(visitor_id, "[visitor id]")
    said = one_line(text[:_LONGEST_LOGGED])
    log(ERROR, "%s was not tracked: %s: %s", what, type(error).__name__, said)
    return Skipped(why)


def no_request(what: str, *, raises: bool) -> Skipped:
    """Log that there is no current visit, or raise that.

    Raises:
        RuntimeError: `raises` is true.
    """
    if raises:
        raise RuntimeError(f"{what} was not tracked. {NO_REQUEST}")
    log(WARNING, "%s was not tracked. %s", what, NO_REQUEST)
    return Skipped("no_request")


def enter(tracker: AnyTracker, visit: Visit) -> Token[Active | None]:
    """Make a visit the current one; return a token for `leave`."""
    return ACTIVE.set((tracker, KnownVisit(visit)))


def leave(token: Token[Active | None]) -> None:
    """Make the visit before it the current one again."""
    with suppress(ValueError):  # a generator is closed in another context, which has a visit of its own
        ACTIVE.reset(token)


def tracker_of(
    tracker: Tracker[Request_contra] | None, outbox: Outbox | None, options: TrackerOptions[Request_contra]
) -> Tracker[Request_contra]:
    """Return the given tracker, or a new one of an outbox and options.

    Args:
        tracker: The tracker.
        outbox: The outbox, in place of a tracker.
        options: The options of `Tracker`.

    Raises:
        TypeError: Both are given, or none is.
    """
    if tracker is None and outbox is not None:
        return Tracker(outbox, **options)
    if tracker is None or outbox is not None:
        raise TypeError("pass either tracker=Tracker(...), or outbox=Outbox(...)")
    if options:
        raise TypeError(f"{', '.join(options)}: pass this to Tracker(...), because a tracker is given")
    if not isinstance(cast("object", tracker), Tracker):
        raise TypeError(f"tracker is a Tracker, such as Tracker(outbox), not {type(tracker).__name__}")
    return tracker
