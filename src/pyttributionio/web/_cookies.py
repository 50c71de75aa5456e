"""The cookies of a Cookie header, split by hand.

`http.cookies.SimpleCookie` drops the whole header because of one malformed cookie. So this splits as Django and
Starlette do.
"""

import re
from typing import Final

_ESCAPE: Final = re.compile(r"\\(?:([0-3][0-7][0-7])|(.))")
"""An escape in a quoted cookie: three octal digits, or any character."""


def cookies_in(header: str) -> dict[str, str]:
    """Return the cookies of a Cookie header by name. The last one of a name counts.

    Args:
        header: The value of the header. Several headers are joined with "; " first.
    """
    cookies: dict[str, str] = {}
    for part in header.split(";"):
        name, separator, value = part.partition("=")
        if not separator:
            name, value = "", part
        name, value = name.strip(), value.strip()
        if name or value:
            cookies[name] = _unquoted(value)
    return cookies


def _unquoted(value: str) -> str:
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    return _ESCAPE.sub(lambda found: chr(int(found[1], 8)) if found[1] else found[2], value[1:-1])
