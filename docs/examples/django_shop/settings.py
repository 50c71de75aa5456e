"""The settings of the shop."""

import os

SECRET_KEY = "only for this example"
ALLOWED_HOSTS = ["shop.example", "127.0.0.1"]
ROOT_URLCONF = "examples.django_shop.urls"
INSTALLED_APPS = [
    "examples.django_shop",
    "pyttributionio.django",  # attribution
]
MIDDLEWARE = [
    "django.middleware.common.CommonMiddleware",
    "pyttributionio.django.AttributionMiddleware",  # attribution
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ.get("SHOP_DATABASE", ":memory:")}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
ATTRIBUTIONIO = {"CONSENT": "examples.django_shop.views.has_consent"}  # attribution
