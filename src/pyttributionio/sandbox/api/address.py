"""The address that a sandbox listens on, and its URL."""

import ipaddress
from typing import TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


def read_address(host: str) -> Address:
    """Return the IP address of a host to listen on.

    Raises:
        ValueError: The host is neither an IP address nor `localhost`.
    """
    try:
        return ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise ValueError(f"host must be an IP address of this machine or localhost, not {host!r}") from None


def url_of(address: Address, port: int) -> str:
    """Return the URL by which this machine reaches a server on an address."""
    if address.is_unspecified:  # all addresses of the machine, with loopback
        address = ipaddress.ip_address("127.0.0.1" if address.version == 4 else "::1")
    return f"http://{address}:{port}" if address.version == 4 else f"http://[{address}]:{port}"
