"""What browsers send to the shop: read within bounds, checked, and refused when another site has sent it."""

import re
import secrets
from urllib.parse import parse_qsl, quote, unquote

from starlette.exceptions import HTTPException
from starlette.requests import Request

EMAIL_COOKIE = "shop_email"
_MAX_BYTES = 16 * 1024
_MAX_FIELDS = 20
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_MAX_EMAIL = 254  # characters; RFC 5321, section 4.5.3.1.3, less the angle brackets
_ORDER = re.compile(r"LR-[0-9A-F]{12}")


async def read_form(request: Request) -> dict[str, str]:
    """Return a form's fields.

    Raises:
        HTTPException: Another site's page sent it (403), it is too large (413), or it is none (400).
    """
    if _is_cross_origin(request):
        raise HTTPException(403, "This form was sent from another site.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BYTES:
            raise HTTPException(413, "This form is too large.")
    try:
        return dict(parse_qsl(body.decode("ascii", "replace"), max_num_fields=_MAX_FIELDS))
    except ValueError:
        raise HTTPException(400, "This form has too many fields.") from None


def _is_cross_origin(request: Request) -> bool:
    """Tell whether another site's page sent a request; the cookie being SameSite=Lax is the other half of this."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("origin")
    # A browser without both is too old to run; what is no browser has no cookies that others could ride on.
    return origin is not None and origin.partition("://")[2] != request.headers.get("host")


def checked_email(text: str) -> str | None:
    """Return an address without the spaces around it, or None where it is none."""
    email = text.strip()
    return email if _EMAIL.fullmatch(email) and len(email) <= _MAX_EMAIL and email.isprintable() else None


def new_order() -> str:
    """Return an order's number. It stands in the form, so that a form sent twice is one order."""
    return f"LR-{secrets.token_hex(6).upper()}"


def checked_order(text: str) -> str | None:
    """Return an order's number, or None where it is none of ours."""
    return text if _ORDER.fullmatch(text) else None


def email_to_cookie(email: str) -> str:
    """Write an address as a cookie's value."""
    return quote(email, safe="")


def email_of(request: Request) -> str | None:
    """Return the address a visitor has signed in with, or None.

    An example's sign-in: whoever writes the cookie is whoever they like. Yours has sessions.
    """
    return checked_email(unquote(request.cookies.get(EMAIL_COOKIE, "")))
