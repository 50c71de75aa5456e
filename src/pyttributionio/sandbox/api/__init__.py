"""The HTTP API and its server.

- `guard`: the outermost ASGI layer, which chooses an application by the path and refuses requests of other sites.
- `recorder`: the layer that reads bodies and logs requests; `redaction` hides secrets in them.
- `app`: the API's three calls, and two routes that accept pageviews; `responses` has error answers and headers.
- `account`, `address`, `serving`: accounts, the address to listen on, and uvicorn in a thread.
"""
