"""The forms that browsers send to the shop: read within limits, checked, and refused if another site sent them."""

import re
import secrets
from urllib.parse import parse_qsl, quote, unquote

from starlette.exceptions import HTTPException
from starlette.requests import Request

EMAIL_COOKIE = "shop_email"
_MAX_BYTES = 16 * 1024
_MAX_FIELDS = 20
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_MAX_EMAIL = 254  # characters; RFC 5321, section 4.5.3.1.3, without the angle brackets
_ORDER = re.compile(r"LR-[0-9A-F]{12}")


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a form.

    Raises:
        HTTPException: The page of another site sent it (403), it is too large (413), or it is not a form (400).
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
    """Return whether the page of another site sent a request; SameSite=Lax of the cookie protects too."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("origin")
    # A browser sends one of the two headers; a program without them has no cookies that a site could use.
    return origin is not None and origin.partition("://")[2] != request.headers.get("host")


def checked_email(text: str) -> str | None:
    """Return an email address without the spaces around it, or None if the text is not one."""
    email = text.strip()
    return email if _EMAIL.fullmatch(email) and len(email) <= _MAX_EMAIL and email.isprintable() else None


def new_order() -> str:
    """Return a new order number. It is part of the form, so that a form that is sent twice is one order."""
    return f"LR-{secrets.token_hex(6).upper()}"


def checked_order(text: str) -> str | None:
    """Return an order number, or None if the text is not one."""
    return text if _ORDER.fullmatch(text) else None


def email_to_cookie(email: str) -> str:
    """Return an email address as the value of a cookie."""
    return quote(email, safe="")


def email_of(request: Request) -> str | None:
    """Return the email address with which the visitor has signed in, or None.

    This sign-in is only an example, because anyone can write the cookie. A real shop has sessions.
    """
    return checked_email(unquote(request.cookies.get(EMAIL_COOKIE, "")))
