"""A request as a curl command for a POSIX shell."""

import re
from collections.abc import Mapping
from shlex import quote
from typing import Final
from urllib.parse import unquote_plus

SECRET_VARIABLE: Final = "PYTTRIBUTIONIO_API_SECRET"  # noqa: S105 - the variable's name
"""The SDK's own variable, from which commands take the secret."""

_LONGEST_ARGUMENT: Final = 100_000  # bytes; Linux refuses an argument of 131,072
_LONGEST_SHOWN: Final = 256 * 1024  # bytes; a longer command is of no use
_KEPT_HEADERS: Final = ("content-type", "content-encoding")
_NEXT_LINE: Final = " \\\n  "
_HARMLESS: Final = frozenset(b'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 {}[]:,."_-/')


def curl_command(
    method: str,
    origin: str,
    path: str,
    query: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> str:
    """Return the command that sends a request again.

    Args:
        method: The request's method.
        origin: Scheme, host and port of the server.
        path: As on the wire.
        query: As on the wire; the value of `secret` is replaced by the environment variable.
        headers: Of the request; only those that describe the body are sent again.
        body: The bytes to send.
    """
    if len(body) > _LONGEST_SHOWN:
        return f"# The body of {len(body):,} bytes is too long for a command.\n"
    if _is_secret_with_dots(path, query):
        return "# curl resolves the dots of this path when it adds the secret: it would read another path.\n"
    rest = "&".join(pair for pair in query.split("&") if not _is_secret(pair))
    source, body_options = _body_source(body)
    options = [
        *_method_options(method, has_body=bool(body)),
        *_address_options(origin, f"{path}?{rest}" if rest else path),
        *_secret_options(wanted=rest != query, has_body=bool(body)),
        *_header_options(headers or {}, has_body=bool(body)),
        *body_options,
    ]
    return source + _NEXT_LINE.join(["curl --silent --show-error", *options]) + "\n"


def _is_secret_with_dots(path: str, query: str) -> bool:
    return any(map(_is_secret, query.split("&"))) and not {".", ".."}.isdisjoint(path.split("/"))


def _is_secret(pair: str) -> bool:
    return unquote_plus(pair.partition("=")[0]) == "secret"


def _method_options(method: str, *, has_body: bool) -> list[str]:
    if method == "HEAD":
        return ["--head"]
    return [] if method == ("POST" if has_body else "GET") else [f"--request {quote(method)}"]


def _address_options(origin: str, target: str) -> list[str]:
    # Without these options, curl interprets dots in the path, and brackets anywhere.
    plain = ["--path-as-is"] if "." in target else []
    plain += ["--globoff"] if re.search(r"[\[\]{}]", target) else []
    if not target.startswith("/") or "#" in target:
        return [*plain, f"--request-target {quote(target)}", quote(origin)]
    return [*plain, quote(origin + target)]


def _secret_options(*, wanted: bool, has_body: bool) -> list[str]:
    if not wanted:
        return []
    # curl encodes the secret, which may have characters that a query may not have. In double quotes, the shell
    # inserts the variable's value and does not interpret it.
    option = "--url-query" if has_body else "--get --data-urlencode"
    return [f'{option} "secret=${SECRET_VARIABLE}"']


def _header_options(headers: Mapping[str, str], *, has_body: bool) -> list[str]:
    options: list[str] = []
    for name in _KEPT_HEADERS:
        value = headers.get(name)
        if value is not None and value.isascii() and value.isprintable():  # others cannot be pasted
            header = f"{name.title()}: {value}" if value else f"{name.title()};"
            options.append(f"--header {quote(header)}")
        elif name == "content-type" and has_body:
            # Without this option, curl would send the content type of a form.
            options.append("--header 'Content-Type:'")
    return options


def _body_source(body: bytes) -> tuple[str, list[str]]:
    """Return the text before the command, and the options that send the body."""
    if not body:
        return "", []
    text = _plain_text(body)
    if text is None:
        return f"printf '%b' {quote(_octal(body))} |\n", ["--data-binary @-"]
    if len(body) > _LONGEST_ARGUMENT:
        # The shell's own printf accepts arguments of any length; a program does not.
        return f"printf '%s' {quote(text)} |\n", ["--data-binary @-"]
    # Not --data-binary, which reads a body that begins with @ as the name of a file.
    return "", [f"--data-raw {quote(text)}"]


def _plain_text(body: bytes) -> str | None:
    """Return the body as text that can be pasted, or None: pasting loses control characters."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return None if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text) else text


def _octal(body: bytes) -> str:
    """Return bytes for printf's `%b` (POSIX, printf, EXTENDED DESCRIPTION): octal, except harmless characters."""
    return "".join(chr(byte) if byte in _HARMLESS else f"\\0{byte:03o}" for byte in body)
