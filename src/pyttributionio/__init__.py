"""The typed Python SDK for Attribution.io.

`Client` and `AsyncClient` read customers' journeys and post identities and events; every answer is
validated into the models below. `PyttributionIo` is the face of version 0.5, for programs on their way.
"""

from logging import NullHandler, getLogger

from pyttributionio._client import AsyncClient, Client
from pyttributionio._cookies import visitor_id_from_cookies
from pyttributionio._drift import Drift, DriftKind, log_drift
from pyttributionio._drift_report import CountedDrift, DriftReport
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
from pyttributionio._headers import Headers
from pyttributionio._json import JSONValue
from pyttributionio._response import RawResponse
from pyttributionio._version import __version__
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
    "AsyncClient",
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

getLogger(__name__).addHandler(NullHandler())

# Tracebacks and reprs name what a user imports. The models keep their own module: pydantic looks
# their annotations up there.
for _name in __all__:
    _public = globals()[_name]
    if isinstance(_public, type) and not issubclass(_public, Model):
        _public.__module__ = __name__
