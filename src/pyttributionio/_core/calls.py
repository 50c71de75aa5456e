"""The calls of the API, as schemas/openapi.json describes them.

Generated from schemas/calls.json by scripts/generate-models.
Do not edit: change the source and run it again.
"""

from typing import Final

from pyttributionio._core.types import Call
from pyttributionio.models import Customer, Event, Identity

GET_CUSTOMER: Final = Call(
    "GET",
    "{public_key}/customers/{client_id}",
    Customer,
    "customer",
    is_private=True,
    advice={
        401: "check the public key and the secret",
        403: "the account is disabled; check its payment status or contact the vendor",
        404: "no identity call has named this id; if one has, check base_url, its version included",
    },
)
"""Read a customer."""

POST_IDENTITY: Final = Call(
    "POST",
    "identities",
    Identity,
    "identity",
    is_private=False,
    advice={
        401: "check the public key",
        403: "the account is disabled; check its payment status or contact the vendor",
    },
)
"""Post an identity."""

POST_EVENT: Final = Call(
    "POST",
    "events",
    Event,
    "event",
    is_private=False,
    advice={
        401: "check the public key",
        403: "the account is disabled; check its payment status or contact the vendor",
    },
)
"""Post an event."""
