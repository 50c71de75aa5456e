"""The orders of the shop."""

from django.db import models


class Order(models.Model):
    """One order."""

    number: "models.CharField[str, str]" = models.CharField(max_length=40, unique=True)
    customer: "models.CharField[str, str]" = models.CharField(max_length=200)
