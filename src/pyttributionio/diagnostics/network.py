"""The steps to a server as findings: name, connection, TLS, answer, and the clock."""

import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

import httpx

from pyttributionio import NetworkBlockedError
from pyttributionio._http.proxies import route_to
from pyttributionio.diagnostics.findings import Finding
from pyttributionio.diagnostics.probe import Probe, Step, probe
from pyttributionio.diagnostics.reasons import Place, login_needed, reason_of
from pyttributionio.diagnostics.servers import Target, shown_proxy

_PROXY_LOGIN: Final = 407
_SOON: Final = 14
"""The days before the end of a certificate when it should have been renewed."""
_INACCURATE: Final = 60.0
_WRONG: Final = 300.0
"""The seconds that a clock may differ from the server's. The answer's time has whole seconds, and travels."""


def check_server(target: Target, timeout: float) -> tuple[bool, list[Finding]]:
    """Return whether a server answers, and a finding for each step to it."""
    origin = target.server.origin
    try:
        route = route_to(origin)
    except (OSError, ValueError, httpx.InvalidURL):
        return False, []  # the checks of proxies and certificates have named it
    try:
        result = probe(route, origin, timeout)
    except ImportError as error:  # SOCKS without socksio
        message = f"the proxy {shown_proxy(route.proxy)} can't be used: {error}"
        return False, [Finding("proxy", "error", message, "pip install 'httpx[socks]'", "settings", target.name)]
    except NetworkBlockedError:
        message = f"PYTTRIBUTIONIO_NETWORK refuses connections to {origin}: calls to it raise NetworkBlockedError"
        advice = "remove the variable, except in tests"
        return False, [Finding("connection", "error", message, advice, "settings", target.name)]
    place = Place(target.name, origin, shown_proxy(route.proxy), timeout)
    findings = [_of_step(step, seconds, result, place) for step, seconds in result.times.items()]
    if result.error is not None:
        reason = reason_of(result, place)
        check = _CHECKS[result.step]
        findings.append(Finding(check, "error", reason.message, reason.advice, reason.cause, target.name))
        return False, findings
    if result.status == _PROXY_LOGIN and place.proxy is not None:
        reason = login_needed(place)
        findings[-1:] = [Finding("proxy", "error", reason.message, reason.advice, reason.cause, target.name)]
        return False, findings
    return True, [*findings, *_of_certificate(result, place), *_of_clock(result, place)]


_CHECKS: Final[dict[Step, str]] = {
    "name": "name",
    "connection": "connection",
    "proxy_tls": "proxy",
    "tunnel": "proxy",
    "tls": "tls",
    "answer": "answer",
}


def _of_step(step: Step, seconds: float, result: Probe, place: Place) -> Finding:
    subject = f"the proxy {place.proxy}" if place.proxy else place.origin
    host = urlsplit(place.proxy or place.origin).hostname
    messages: dict[Step, str] = {
        "name": f"{host} has the address {', '.join(result.addresses)}",
        "connection": f"{subject} accepts connections",
        "proxy_tls": f"TLS with {subject}",
        "tunnel": f"{subject} connects to {place.origin}",
        "tls": f"TLS with {place.origin}",
        "answer": f"{place.origin} answers {result.status}",
    }
    return Finding(_CHECKS[step], "ok", messages[step], target=place.setting, seconds=seconds)


def _of_certificate(result: Probe, place: Place) -> Iterator[Finding]:
    found = None if result.certificate is None else result.certificate.get("notAfter")
    if not isinstance(found, str):
        return
    end = ssl.cert_time_to_seconds(found)
    days = int((end - time.time()) // 86_400)
    until = f"{datetime.fromtimestamp(end, UTC):%Y-%m-%d}"
    details: dict[str, str | int | None] = {"until": until, "days": days}
    message = f"the certificate of {place.origin} is valid until {until} ({days} days)"
    if days >= _SOON:
        yield Finding("certificate", "ok", message, target=place.setting, details=details)
        return
    advice = "the server needs a new certificate before that day; tell its operator"
    yield Finding("certificate", "warning", message, advice, target=place.setting, details=details)


def _of_clock(result: Probe, place: Place) -> Iterator[Finding]:
    try:
        theirs = parsedate_to_datetime(result.headers["date"]).timestamp() + float(result.headers.get("age", 0))
    except (KeyError, ValueError, OverflowError):
        yield Finding(
            "clock", "note", f"{place.origin} sent no usable Date, so the clock is not checked", target=place.setting
        )
        return
    ahead = result.answered_at - theirs
    details: dict[str, str | int | None] = {"seconds_ahead": round(ahead)}
    if abs(ahead) <= _INACCURATE:
        message = f"this machine's clock agrees with {place.origin}"
        yield Finding("clock", "ok", message, target=place.setting, details=details)
        return
    order = "ahead of" if ahead > 0 else "behind"
    yield Finding(
        "clock",
        "error" if abs(ahead) > _WRONG else "warning",
        f"this machine's clock is {_duration(abs(ahead))} {order} that of {place.origin}",
        "set this machine's clock by NTP; if it is right, the server's clock is wrong",
        "settings" if abs(ahead) > _WRONG else None,
        place.setting,
        details=details,
    )


def _duration(seconds: float) -> str:
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} seconds"
