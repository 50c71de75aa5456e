"""The pages of the shop."""

from django.urls import path

from examples.django_shop.views import buy, show

urlpatterns = [path("", show), path("buy/<order>", buy)]
