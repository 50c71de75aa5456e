"""The address that a sandbox listens on, and its URL."""

import ipaddress
from dataclasses import dataclass


@dataclass(frozen=True)
class Address:
    """An IP address of this machine to listen on."""

    host: str

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return ipaddress.ip_address(self.host).is_loopback

    def url(self, port: int) -> str:
        """Return the URL by which this machine reaches it."""
        address = ipaddress.ip_address(self.host)
        if address.is_unspecified:  # all addresses of the machine, with loopback
            address = ipaddress.ip_address("127.0.0.1" if address.version == 4 else "::1")
        return f"http://{address}:{port}" if address.version == 4 else f"http://[{address}]:{port}"


def read_address(host: str) -> Address:
    """Check a host to listen on.

    Raises:
        ValueError: It is neither an IP address nor `localhost`.
    """
    try:
        return Address(str(ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)))
    except ValueError:
        raise ValueError(f"host must be an IP address of this machine or localhost, not {host!r}") from None
