"""The typed Python SDK for Attribution.io.

`Client` and `AsyncClient` read customers' journeys and post identities and events; every answer is
validated into the models below. `PyttributionIo` is the face of version 0.5, for programs on their way.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyttributionio._client import AsyncClient, Client
    from pyttributionio._core.cookies import visitor_id_from_cookies
    from pyttributionio._core.drift import AnswerListener, Drift, DriftKind, log_drift
    from pyttributionio._core.drift_report import CountedDrift, DriftReport
    from pyttributionio._core.responses import RawResponse
    from pyttributionio._core.validation import JSONValue
    from pyttributionio._errors import (
        APIConnectionError,
        APIError,
        APIStatusError,
        APITimeoutError,
        AuthenticationError,
        BadRequestError,
        ConflictError,
        InternalServerError,
        NotFoundError,
        NotIncludedError,
        OutboxCorruptError,
        OutboxError,
        OutboxFullError,
        PermissionDeniedError,
        PyttributionioError,
        RateLimitError,
        RequestInfo,
        ResponseValidationError,
        UnprocessableEntityError,
    )
    from pyttributionio._http.callers import AsyncHTTPClient, HTTPClient
    from pyttributionio._shared.headers import Headers
    from pyttributionio._shared.version import __version__
    from pyttributionio.legacy import PyttributionIo
    from pyttributionio.models import (
        Customer,
        CustomerWithAll,
        CustomerWithEvents,
        CustomerWithEventsAndIdentities,
        CustomerWithIdentities,
        CustomerWithPageviews,
        CustomerWithPageviewsAndEvents,
        CustomerWithPageviewsAndEventsAndIdentities,
        CustomerWithPageviewsAndIdentities,
        CustomerWithPageviewsAndTouchpoints,
        CustomerWithPageviewsAndTouchpointsAndEvents,
        CustomerWithPageviewsAndTouchpointsAndIdentities,
        CustomerWithTouchpoints,
        CustomerWithTouchpointsAndEvents,
        CustomerWithTouchpointsAndEventsAndIdentities,
        CustomerWithTouchpointsAndIdentities,
        Event,
        Identity,
        IncludeName,
        Meta,
        Model,
        Pageview,
        Touchpoint,
    )

__all__ = [
    "APIConnectionError",
    "APIError",
    "APIStatusError",
    "APITimeoutError",
    "AnswerListener",
    "AsyncClient",
    "AsyncHTTPClient",
    "AuthenticationError",
    "BadRequestError",
    "Client",
    "ConflictError",
    "CountedDrift",
    "Customer",
    "CustomerWithAll",
    "CustomerWithEvents",
    "CustomerWithEventsAndIdentities",
    "CustomerWithIdentities",
    "CustomerWithPageviews",
    "CustomerWithPageviewsAndEvents",
    "CustomerWithPageviewsAndEventsAndIdentities",
    "CustomerWithPageviewsAndIdentities",
    "CustomerWithPageviewsAndTouchpoints",
    "CustomerWithPageviewsAndTouchpointsAndEvents",
    "CustomerWithPageviewsAndTouchpointsAndIdentities",
    "CustomerWithTouchpoints",
    "CustomerWithTouchpointsAndEvents",
    "CustomerWithTouchpointsAndEventsAndIdentities",
    "CustomerWithTouchpointsAndIdentities",
    "Drift",
    "DriftKind",
    "DriftReport",
    "Event",
    "HTTPClient",
    "Headers",
    "Identity",
    "IncludeName",
    "InternalServerError",
    "JSONValue",
    "Meta",
    "Model",
    "NotFoundError",
    "NotIncludedError",
    "OutboxCorruptError",
    "OutboxError",
    "OutboxFullError",
    "Pageview",
    "PermissionDeniedError",
    "PyttributionIo",
    "PyttributionioError",
    "RateLimitError",
    "RawResponse",
    "RequestInfo",
    "ResponseValidationError",
    "Touchpoint",
    "UnprocessableEntityError",
    "__version__",
    "log_drift",
    "visitor_id_from_cookies",
]

if not TYPE_CHECKING:  # a type checker that saw this would take every misspelt name for a good one
    # Reading models and the HTTP library takes a hundred times as long as all the rest of an import, and
    # many a program imports this package without a call in sight: to run --help, to collect its tests.
    from importlib import import_module

    _HOMES = {
        "APIConnectionError": "_errors",
        "APIError": "_errors",
        "APIStatusError": "_errors",
        "APITimeoutError": "_errors",
        "AnswerListener": "_core.drift",
        "AsyncClient": "_client",
        "AsyncHTTPClient": "_http.callers",
        "AuthenticationError": "_errors",
        "BadRequestError": "_errors",
        "Client": "_client",
        "ConflictError": "_errors",
        "CountedDrift": "_core.drift_report",
        "Customer": "models",
        "CustomerWithAll": "models",
        "CustomerWithEvents": "models",
        "CustomerWithEventsAndIdentities": "models",
        "CustomerWithIdentities": "models",
        "CustomerWithPageviews": "models",
        "CustomerWithPageviewsAndEvents": "models",
        "CustomerWithPageviewsAndEventsAndIdentities": "models",
        "CustomerWithPageviewsAndIdentities": "models",
        "CustomerWithPageviewsAndTouchpoints": "models",
        "CustomerWithPageviewsAndTouchpointsAndEvents": "models",
        "CustomerWithPageviewsAndTouchpointsAndIdentities": "models",
        "CustomerWithTouchpoints": "models",
        "CustomerWithTouchpointsAndEvents": "models",
        "CustomerWithTouchpointsAndEventsAndIdentities": "models",
        "CustomerWithTouchpointsAndIdentities": "models",
        "Drift": "_core.drift",
        "DriftKind": "_core.drift",
        "DriftReport": "_core.drift_report",
        "Event": "models",
        "HTTPClient": "_http.callers",
        "Headers": "_shared.headers",
        "Identity": "models",
        "IncludeName": "models",
        "InternalServerError": "_errors",
        "JSONValue": "_core.validation",
        "Meta": "models",
        "Model": "models",
        "NotFoundError": "_errors",
        "NotIncludedError": "_errors",
        "OutboxCorruptError": "_errors",
        "OutboxError": "_errors",
        "OutboxFullError": "_errors",
        "Pageview": "models",
        "PermissionDeniedError": "_errors",
        "PyttributionIo": "legacy",
        "PyttributionioError": "_errors",
        "RateLimitError": "_errors",
        "RawResponse": "_core.responses",
        "RequestInfo": "_errors",
        "ResponseValidationError": "_errors",
        "Touchpoint": "models",
        "UnprocessableEntityError": "_errors",
        "__version__": "_shared.version",
        "log_drift": "_core.drift",
        "visitor_id_from_cookies": "_core.cookies",
    }
    _ROOMS = {"legacy", "models"}

    def __getattr__(name: str) -> object:
        if name in _ROOMS:
            return import_module(f"{__name__}.{name}")
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = found  # from now on it is found without asking; threads may all do it, for it is one object
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
