"""Why a probe failed, in one line, and what to do."""

import ssl
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import httpcore

from pyttributionio._shared.text import one_line
from pyttributionio.diagnostics.findings import Cause
from pyttributionio.diagnostics.probe import Probe

_EXPIRED, _NOT_YET, _OTHER_NAME, _OTHER_ADDRESS = 10, 9, 62, 64
_UNKNOWN_AUTHORITY: Final = frozenset({2, 18, 19, 20, 21})
"""The codes of OpenSSL's x509_vfy.h."""
_PROXY_LOGIN: Final = 407


class Reason(NamedTuple):
    """A problem, its remedy, and the kind of the error."""

    message: str
    advice: str
    cause: Cause = "unavailable"


class Place(NamedTuple):
    """The server of a probe.

    Attributes:
        setting: The setting that names it.
        origin: Its scheme, host and port.
        proxy: The proxy with its password masked, or None.
        timeout: The seconds that the probe had.
    """

    setting: str
    origin: str
    proxy: str | None
    timeout: float


def reason_of(probe: Probe, place: Place) -> Reason:
    """Return why a probe has failed."""
    error = probe.error
    assert error is not None
    text = one_line(str(_root(error)) or type(error).__name__)
    is_late = isinstance(error, httpcore.TimeoutException)
    subject = f"the proxy {place.proxy}" if place.proxy else place.origin
    setting = "the proxy's variable" if place.proxy else place.setting
    match probe.step:
        case "name":
            host = urlsplit(place.proxy or place.origin).hostname
            whose = "of the proxy " if place.proxy else ""
            return Reason(
                f"the host name {whose}{host} can't be resolved: {text}",
                f"check the spelling in {setting}, and this machine's DNS",
            )
        case "connection":
            happened = f"did not accept a connection in {place.timeout:g} s" if is_late else f"can't be reached: {text}"
            return Reason(
                f"{subject} {happened}",
                f"check the host and the port in {setting}, and that no firewall blocks the connection",
            )
        case "tunnel":
            return _of_tunnel(place, "no answer came in time" if is_late else text)
        case "proxy_tls":
            return _of_tls(error, subject, setting, text)
        case "tls":
            if is_late:
                text = f"it did not answer in {place.timeout:g} s"
            return _of_tls(error, place.origin, place.setting, text)
        case "answer":
            return _of_answer(place, text, is_late=is_late)


def _root(error: BaseException) -> BaseException:
    """Return the error of the system below an error of httpcore."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return error


def _of_tunnel(place: Place, text: str) -> Reason:
    host = place.origin.partition("://")[2]
    if str(_PROXY_LOGIN) in text:
        return login_needed(place)
    return Reason(
        f"the proxy {place.proxy} does not connect to {host}: {text}",
        f"let the proxy allow {host}, or name the host in NO_PROXY if no proxy is needed",
    )


def login_needed(place: Place) -> Reason:
    """Return the reason of a proxy's 407."""
    return Reason(
        f"the proxy {place.proxy} asks for a user name and a password (407), or refuses those in its variable",
        "write them into the proxy's variable: http://USER:PASSWORD@HOST:PORT, with %40 for @ and %3A for :",
    )


def _of_tls(error: Exception, subject: str, setting: str, text: str) -> Reason:
    root = _root(error)
    code = root.verify_code if isinstance(root, ssl.SSLCertVerificationError) else None
    if code == _EXPIRED:
        return Reason(
            f"the certificate of {subject} has expired",
            "check this machine's clock; if it is right, the server needs a new certificate",
        )
    if code == _NOT_YET:
        return Reason(
            f"the certificate of {subject} is not valid yet",
            "check this machine's clock; if it is right, the server needs another certificate",
        )
    if code in {_OTHER_NAME, _OTHER_ADDRESS}:
        return Reason(
            f"the certificate of {subject} is for another host: {text}",
            f"check the host in {setting}; if it is right, something else answers in its place",
        )
    if code in _UNKNOWN_AUTHORITY:
        return Reason(
            f"the certificate of {subject} is from an authority that is not trusted here: {text}",
            "if a proxy or a server of your company made it, name a file with its authority in SSL_CERT_FILE",
        )
    if "WRONG_VERSION" in text or "RECORD_LAYER" in text or "HTTP_REQUEST" in text:
        return Reason(
            f"{subject} does not speak TLS at this port: {text}", f"check the scheme and the port in {setting}"
        )
    return Reason(
        f"TLS with {subject} failed: {text}",
        f"check the host and the port in {setting}, and what is between this machine and the server",
    )


def _of_answer(place: Place, text: str, *, is_late: bool) -> Reason:
    if is_late:
        return Reason(
            f"{place.origin} accepts connections, and did not answer in {place.timeout:g} s",
            f"try again later, or with a longer --timeout; check the host and the port in {place.setting}",
        )
    return Reason(
        f"{place.origin} did not answer in HTTP: {text}", f"check the scheme, the host and the port in {place.setting}"
    )
