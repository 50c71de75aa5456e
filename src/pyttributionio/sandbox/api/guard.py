"""The outermost layer: which application a path belongs to, and who may use the sandbox's own routes.

The page and the admin routes ask for no password, so whatever a developer's browser has open must
not reach them: neither another site's page (cross-site requests) nor a name of another site that
was pointed at this machine (DNS rebinding). Programs other than browsers send neither header.
"""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pyttributionio.sandbox.api.app import FROM_BROWSERS

OWN_PATHS = frozenset(f"/_sandbox/{name}" for name in ("api", "collect", "faults", "pageviews", "static"))
"""Where nothing else may be mounted."""
_OWN = b"/_sandbox"
_OWN_SAYS = "This route is the sandbox's own; Attribution.io has none like it."
_PAGES = frozenset({b"/_sandbox", b"/_sandbox/"})
_RECORDED = frozenset({b"/_sandbox/pageviews", *FROM_BROWSERS})
# Anybody's, and nothing that arrived: the snippet, and what browsers ask of every address by themselves.
_UNRECORDED = frozenset({b"/snippet.js", b"/favicon.ico"})


class Guard:
    """Hand each request to the application it is for, unless it may not be made.

    Args:
        recorded: Takes the contract's calls and pageviews.
        page: Takes the rest of `/_sandbox/`, and the snippet.
        mounts: Further applications, by the path they stand under; looked up at each request.
        host: The address the sandbox is bound to.
    """

    def __init__(self, recorded: ASGIApp, page: ASGIApp, mounts: Mapping[str, ASGIApp], host: str) -> None:
        self._recorded = recorded
        self._page = page
        self._mounts = mounts
        self._host = host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request, as ASGI has it."""
        # The path as it arrived: what is percent-encoded is no other spelling of a guarded path.
        path: bytes = scope["raw_path"]
        if _stands_under(path, _OWN):
            send = _marking(send)
        mount = next((name for name in self._mounts if _stands_under(path, name.encode())), None)
        if mount is not None:
            inner = {**scope, "root_path": scope.get("root_path", "") + mount}
            await self._mounts[mount](inner, receive, send)
        elif path in _UNRECORDED:
            await self._page(scope, receive, send)
        elif path in FROM_BROWSERS:
            await self._recorded(scope, receive, send)
        elif not _stands_under(path, _OWN):
            host = Headers(scope=scope).get("host", "")
            if _is_local_name(_hostname(host), self._host):
                await self._recorded(scope, receive, send)
            else:
                # 421 (RFC 9110, section 15.5.20), since 403 has a meaning of its own in the contract.
                await _refuse(421, f"{host!r} is not a name of this sandbox: use its address")(scope, receive, send)
        elif (reason := refusal(scope["method"], path, Headers(scope=scope), self._host)) is not None:
            await _refuse(403, reason)(scope, receive, send)
        else:
            await (self._recorded if path in _RECORDED else self._page)(scope, receive, send)


def _marking(send: Send) -> Send:
    """Let every answer of the sandbox's own routes say that it is one."""

    async def send_marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["X-Sandbox"] = _OWN_SAYS
        await send(message)

    return send_marked


def _refuse(status: int, reason: str) -> JSONResponse:
    return JSONResponse({"error": {"message": reason}}, status, {"X-Content-Type-Options": "nosniff"})


def refusal(method: str, path: bytes, headers: Mapping[str, str], bound_to: str) -> str | None:
    """Tell why a request to the sandbox's own routes is refused, or None."""
    host = headers.get("host", "")
    if not _is_local_name(_hostname(host), bound_to):
        return f"{host!r} is not a name of this sandbox: use its address"
    origin = headers.get("origin")
    if origin is not None and _netloc(origin) != host:
        return f"the page at {origin!r} is another site's: it may not use the sandbox's own routes"
    # A link to the page, on whatever site, only opens it.
    opens_page = method == "GET" and path in _PAGES and headers.get("sec-fetch-mode") == "navigate"
    if headers.get("sec-fetch-site", "none") not in {"none", "same-origin"} and not opens_page:
        return "another site's page asked for this: it may not use the sandbox's own routes"
    return None


def _stands_under(path: bytes, parent: bytes) -> bool:
    return path == parent or path.startswith(parent + b"/")


def _is_local_name(name: str, bound_to: str) -> bool:
    """Tell whether a name is in no public name server's hands: an address, or one of a private network."""
    # Without a dot it is a machine's or a container's; the endings are reserved (RFC 2606, RFC 6761, RFC 6762,
    # and ICANN's .internal).
    # The dot that may end a name is the root's: behind a single word it makes a public name, such as a country's.
    private = "." not in name or f".{name.removesuffix('.')}".endswith((".localhost", ".test", ".local", ".internal"))
    return bool(name) and (private or name == bound_to or _is_address(name))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
