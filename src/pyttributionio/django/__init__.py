"""Attribution in a Django project: an app, a middleware, and `request.attributionio`.

Add `"pyttributionio.django"` to INSTALLED_APPS and `"pyttributionio.django.AttributionMiddleware"` to MIDDLEWARE, and
set `ATTRIBUTIONIO`. See docs/django.md.
"""

try:
    import django as _  # noqa: F401
except ModuleNotFoundError as _error:
    if _error.name != "django":
        raise
    raise ImportError('pyttributionio.django needs Django: pip install "pyttributionio[django]"') from None

from pyttributionio.django._middleware import AttributionMiddleware
from pyttributionio.django._request import AttributionHttpRequest, RequestAttribution, attributionio
from pyttributionio.django._tracker import Deferred

__all__ = [
    "AttributionHttpRequest",
    "AttributionMiddleware",
    "Deferred",
    "RequestAttribution",
    "attributionio",
]
