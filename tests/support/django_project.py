"""The Django project of the tests. A process has one, whichever test needs it first."""

from typing import Any

from django.conf import settings

MIDDLEWARE = [
    "pyttributionio.django.AttributionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
SETTINGS: dict[str, Any] = {
    "SECRET_KEY": "of the tests",
    "ALLOWED_HOSTS": ["shop.example", "testserver"],
    "ROOT_URLCONF": "in_django._site",
    "INSTALLED_APPS": [
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "django.contrib.sessions",
        "pyttributionio.django",
    ],
    "MIDDLEWARE": MIDDLEWARE,
    "DATABASES": {name: {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"} for name in ("default", "other")},
    "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies",
    "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
    "USE_TZ": True,
    # Django's own handler writes errors to stderr.
    "LOGGING_CONFIG": None,
}


def set_up() -> None:
    """Configure Django, if that was not done before in this process."""
    if not settings.configured:
        settings.configure(**SETTINGS)
        import django

        django.setup()
