"""The outermost layer: it chooses the application of a path, and protects the sandbox's own routes.

The page and the admin routes have no password. So they must not be reached by other pages that the developer's
browser has open: neither by a page of another site (cross-site requests), nor by a name of another site that
points to this machine (DNS rebinding). Programs that are not browsers send none of the headers that are checked here.
"""

import ipaddress
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from pyttributionio.sandbox.api.app import FROM_BROWSERS
from pyttributionio.sandbox.api.responses import error_answer, with_headers

OWN_PATHS = frozenset(f"/_sandbox/{name}" for name in ("api", "collect", "customers", "faults", "pageviews", "static"))
"""Paths at which no other application can be mounted."""
_OWN = b"/_sandbox"
_OWN_HEADERS = {"X-Sandbox": "This route is the sandbox's own; Attribution.io has no such route."}
_PAGES = frozenset({b"/_sandbox", b"/_sandbox/"})
_RECORDED = frozenset({b"/_sandbox/pageviews", *FROM_BROWSERS})
# Open to all, and not recorded: the snippet, and the icon that browsers request from every address.
_UNRECORDED = frozenset({b"/snippet.js", b"/favicon.ico"})


class Guard:
    """Pass each request to its application, or refuse it.

    Args:
        recorded: The application of the API's calls and of pageviews.
        page: The application of all other paths under `/_sandbox/`, and of the snippet.
        mounts: Further applications by their paths; looked up for each request. Pages of other sites may use them,
            with a name of the sandbox in the Host header.
        host: The address that the sandbox listens on.
    """

    def __init__(self, recorded: ASGIApp, page: ASGIApp, mounts: Mapping[str, ASGIApp], host: str) -> None:
        self._recorded = recorded
        self._page = page
        self._mounts = mounts
        self._host = host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request by ASGI."""
        # The path as it arrived: a percent-encoded path is another path than the guarded one.
        path: bytes = scope["raw_path"]
        if _is_under(path, _OWN):
            send = with_headers(send, _OWN_HEADERS)
        mount = next((name for name in self._mounts if _is_under(path, name.encode())), None)
        if mount is not None:
            if (reason := _wrong_name(Headers(scope=scope), self._host)) is not None:
                await _refused(403, reason)(scope, receive, send)
                return
            scope = {**scope, "root_path": scope.get("root_path", "") + mount}
            await self._mounts[mount](scope, receive, send)
        else:
            await self._application(scope["method"], path, Headers(scope=scope))(scope, receive, send)

    def _application(self, method: str, path: bytes, headers: Mapping[str, str]) -> ASGIApp:
        if path in _UNRECORDED:
            return self._page
        if path in FROM_BROWSERS:
            return self._recorded
        own = _is_under(path, _OWN)
        reason = refusal(method, path, headers, self._host) if own else _wrong_name(headers, self._host)
        if reason is not None:
            # 421 for the API's paths (RFC 9110, section 15.5.20), because 403 has a meaning of its own in the API.
            return _refused(403 if own else 421, reason)
        return self._page if own and path not in _RECORDED else self._recorded


def _refused(status: int, reason: str) -> ASGIApp:
    return error_answer(status, reason, {"X-Content-Type-Options": "nosniff"})


def refusal(method: str, path: bytes, headers: Mapping[str, str], bound_to: str) -> str | None:
    """Return why a request to the sandbox's own routes is refused, or None if it is allowed."""
    if (reason := _wrong_name(headers, bound_to)) is not None:
        return reason
    origin = headers.get("origin")
    if origin is not None and _split(origin).netloc != headers.get("host"):
        return f"the page at {origin!r} is of another site: it may not use the sandbox's own routes"
    # A link to the page is allowed on any site, because it only opens the page.
    opens_page = method == "GET" and path in _PAGES and headers.get("sec-fetch-mode") == "navigate"
    if headers.get("sec-fetch-site", "none") not in {"none", "same-origin"} and not opens_page:
        return "the page of another site sent this request: it may not use the sandbox's own routes"
    return None


def _is_under(path: bytes, parent: bytes) -> bool:
    return path == parent or path.startswith(parent + b"/")


def _wrong_name(headers: Mapping[str, str], bound_to: str) -> str | None:
    host = headers.get("host", "")
    if _is_local_name(_split(f"//{host}").hostname or "", bound_to):
        return None
    return f"{host!r} is not a name of this sandbox: use its address"


def _is_local_name(name: str, bound_to: str) -> bool:
    """Return whether no public name server can point a name to this machine: it is an address or a private name."""
    # A name without a dot is that of a machine or a container; the endings are reserved (RFC 2606, RFC 6761,
    # RFC 6762, and ICANN's .internal). A dot at the end means the root, so a single word with it is a public name,
    # such as that of a country.
    private = "." not in name or f".{name.removesuffix('.')}".endswith((".localhost", ".test", ".local", ".internal"))
    return bool(name) and (private or name == bound_to or _is_address(name))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")
