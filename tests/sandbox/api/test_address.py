"""The address that a sandbox listens on."""

import pytest

from pyttributionio.sandbox.api.address import read_address, url_of


@pytest.mark.parametrize(
    ("host", "url", "is_loopback"),
    [
        ("127.0.0.1", "http://127.0.0.1:80", True),
        ("localhost", "http://127.0.0.1:80", True),
        ("127.1.2.3", "http://127.1.2.3:80", True),
        ("::1", "http://[::1]:80", True),
        ("0.0.0.0", "http://127.0.0.1:80", False),
        ("::", "http://[::1]:80", False),
        ("192.0.2.7", "http://192.0.2.7:80", False),
    ],
)
def test_address_has_a_url_and_may_be_loopback(host: str, url: str, is_loopback: bool) -> None:
    """The address for all addresses of the machine is reached by loopback."""
    address = read_address(host)
    assert (url_of(address, 80), address.is_loopback) == (url, is_loopback)


@pytest.mark.parametrize("host", ["", "example.com", "1.2.3", "127.0.0.1:80", "http://127.0.0.1"])
def test_host_that_is_no_address_is_a_value_error(host: str) -> None:
    """Names are not resolved."""
    with pytest.raises(ValueError, match="host must be an IP address"):
        read_address(host)
