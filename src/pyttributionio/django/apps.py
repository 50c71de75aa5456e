"""The app of a Django project: it registers the checks and brings the management commands."""

from django.apps import AppConfig
from django.core.checks import register

from pyttributionio.django._checks import check_attributionio, check_deployment


class AttributionioConfig(AppConfig):
    """The app `pyttributionio.django`, with the label `attributionio`. It has no models."""

    name = "pyttributionio.django"
    label = "attributionio"
    verbose_name = "Attribution.io"

    def ready(self) -> None:
        """Register the checks."""
        register(check_attributionio, "attributionio")
        register(check_deployment, "attributionio")
