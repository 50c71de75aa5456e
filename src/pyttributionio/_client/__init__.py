"""The two clients. scripts/generate-models makes the async one from the text of the blocking one."""

from pyttributionio._client.async_client import AsyncClient
from pyttributionio._client.client import Client

__all__ = ["AsyncClient", "Client"]
