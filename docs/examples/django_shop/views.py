"""The views of the shop."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from examples.django_shop.models import Order
from pyttributionio.django import attributionio  # attribution


# attribution
def has_consent(request: HttpRequest) -> bool:
    """Return whether the visitor has said yes."""
    return request.COOKIES.get("consent") == "yes"


# end


def show(_: HttpRequest) -> HttpResponse:
    """Show the form."""
    return HttpResponse("<form action='/buy/1001' method='post'><input name='customer'><button>Buy</button></form>")


@csrf_exempt  # the tests and the load of this example send no token
@transaction.atomic
def buy(request: HttpRequest, order: str) -> HttpResponse:
    """Take an order."""
    customer = request.POST["customer"]
    Order.objects.create(number=order, customer=customer)
    attributionio(request).event("ev_purchase", client_id=customer, transaction_id=order)  # attribution
    return HttpResponse(f"Thank you, {customer}.")
