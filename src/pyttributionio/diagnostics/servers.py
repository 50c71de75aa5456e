"""The two servers of the settings, and the route to each: the proxy and the trusted certificates."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpx

from pyttributionio._core.settings import BASE_URL, TRACKING_URL, Server, checked_server
from pyttributionio._http.proxies import route_to, tls_context
from pyttributionio.diagnostics.findings import Finding
from pyttributionio.diagnostics.subject import Subject

_PATH: Final = urlsplit(BASE_URL).path


@dataclass(frozen=True)
class Target:
    """A server to examine.

    Attributes:
        name: The settings that name it, such as "base_url"; both settings may name one server.
        server: Its parts.
    """

    name: str
    server: Server


def check_urls(subject: Subject) -> tuple[list[Target], list[Finding]]:
    """Return the servers with a usable URL, each once, and the findings about the URLs."""
    targets: list[Target] = []
    findings: list[Finding] = []
    given = (("base_url", subject.base_url, BASE_URL), ("tracking_url", subject.tracking_url, TRACKING_URL))
    for name, url, default in given:
        try:
            server = checked_server(name, url, default, allow_insecure_http=subject.allow_insecure_http)
        except (TypeError, ValueError) as error:
            advice = f"correct {name}; the vendor's is {default}"
            findings.append(Finding("url", "error", str(error), advice, "settings", name))
            continue
        findings.append(_of_path(name, server) or Finding("url", "ok", f"{name} is {server}", target=name))
        if targets and targets[0].server.origin == server.origin:
            targets[0] = Target(f"{targets[0].name} and {name}", targets[0].server)
        else:
            targets.append(Target(name, server))
    return targets, findings


def has_usual_path(server: Server) -> bool:
    """Return whether the path of base_url ends as the vendor's does."""
    return server.path.endswith(_PATH)


def _of_path(name: str, server: Server) -> Finding | None:
    """Return a finding if the path of a URL, or its http://, is not as usual."""
    path = server.path or "/"
    if name == "tracking_url" and server.path.endswith(_PATH):
        return Finding(
            "url",
            "error",
            f"tracking_url has the path {path}, which is the path of base_url; the public API has none",
            f"remove the path, as in {TRACKING_URL}",
            "settings",
            name,
        )
    host = urlsplit(server.origin).hostname or ""
    if server.origin.startswith("http:") and host != "localhost" and not host.startswith("127.") and host != "::1":
        return Finding(
            "url",
            "warning",
            f"{name} is {server}: its data, and the secret in reads, are sent unencrypted",
            "use https://, unless the network in between is private",
            target=name,
        )
    return None


def check_certificates() -> Finding:
    """Return a finding about the certificates that are trusted."""
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    named = f"SSL_CERT_FILE={file}" if file else f"SSL_CERT_DIR={folder}" if folder else None
    try:
        count = tls_context().cert_store_stats()["x509_ca"]
    except (OSError, ValueError) as error:
        advice = "correct the variable, or remove it to use the certificates that come with httpx"
        return Finding("certificates", "error", str(error), advice, "settings")
    details: dict[str, str | int | None] = {"file": file or None, "folder": folder or None, "authorities": count}
    if not count and not folder:
        return Finding(
            "certificates",
            "error",
            f"no trusted authority is in {named or 'the certificates of httpx'}",
            "name a bundle of certificates in PEM, or remove the variable",
            "settings",
            details=details,
        )
    where = named or "the certificates of httpx (SSL_CERT_FILE and SSL_CERT_DIR are not set)"
    counted = "" if folder and not file else f"{count} trusted authorities from "
    return Finding("certificates", "ok", f"{counted}{where}", details=details)


def check_proxies(targets: list[Target]) -> Iterator[Finding]:
    """Yield a finding about the proxy for each server."""
    for target in targets:
        try:
            proxy = route_to(target.server.origin).proxy
        except (OSError, ValueError, httpx.InvalidURL, ImportError) as error:
            advice = "correct the variable, or name the host in NO_PROXY"
            yield Finding("proxy", "error", str(error), advice, "settings", target.name)
            continue
        shown = shown_proxy(proxy)
        if shown:
            message = f"requests to {target.server.origin} go through {shown}"
        else:
            message = f"no proxy for {target.server.origin}"
        yield Finding("proxy", "ok", message, target=target.name, details={"proxy": shown})


def shown_proxy(proxy: httpx.Proxy | None) -> str | None:
    """Return a proxy's URL with its password masked, or None without one."""
    if proxy is None:
        return None
    url = proxy.url
    user = "" if proxy.raw_auth is None else f"{proxy.raw_auth[0].decode('utf-8', 'replace')}:***@"
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{url.scheme}://{user}{host}{'' if url.port is None else f':{url.port}'}"
