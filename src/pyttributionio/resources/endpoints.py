"""`client.get` and `client.post`: calls of endpoints that the SDK does not know.

Generated from scripts/resources/endpoints.py and schemas/ by scripts/generate-models.
Do not edit: change the source and run it again.
"""

from collections.abc import Mapping
from typing import TypeVar, overload

from pydantic import BaseModel

from pyttributionio._core.endpoints import Parameter, get_endpoint, post_endpoint
from pyttributionio._core.responses import RawResponse
from pyttributionio._core.types import JSONValue
from pyttributionio.resources._base import AsyncResource, Resource

M = TypeVar("M", bound=BaseModel)


class EndpointsWithRawResponse(Resource):
    """The same calls, answered with status, headers and bytes in addition to the model."""

    @overload
    def get(
        self, path: str, *, cast_to: type[M], params: Mapping[str, Parameter] | None = None, envelope: str | None = None
    ) -> RawResponse[M]: ...
    @overload
    def get(
        self,
        path: str,
        *,
        cast_to: type[list[M]],
        params: Mapping[str, Parameter] | None = None,
        envelope: str | None = None,
    ) -> RawResponse[list[M]]: ...
    @overload
    def get(
        self,
        path: str,
        *,
        cast_to: type[dict[str, JSONValue]],
        params: Mapping[str, Parameter] | None = None,
        envelope: str | None = None,
    ) -> RawResponse[dict[str, JSONValue]]: ...
    @overload
    def get(
        self, path: str, *, cast_to: None, params: Mapping[str, Parameter] | None = None, envelope: str | None = None
    ) -> RawResponse[None]: ...

    def get(
        self, path: str, *, cast_to: object, params: Mapping[str, Parameter] | None = None, envelope: str | None = None
    ) -> RawResponse[object]:
        """Read an endpoint of the private API, with the secret; parsed only on request.

        Takes the arguments of the plain call, and raises its errors.

        Returns:
            The raw answer. Its `parse()` returns what the plain call returns.

        Raises:
            APIStatusError: The answer is not a 2xx.
            APIConnectionError: No complete answer came.
            ValueError: An argument is empty, unknown or malformed, or the client has no secret; nothing was sent.
            TypeError: An argument has the wrong type; nothing was sent.
        """
        return self._driver.run(get_endpoint(self._settings, path, cast_to, params, envelope))

    @overload
    def post(
        self, path: str, *, body: Mapping[str, JSONValue], cast_to: type[M], envelope: str | None = None
    ) -> RawResponse[M]: ...
    @overload
    def post(
        self, path: str, *, body: Mapping[str, JSONValue], cast_to: type[list[M]], envelope: str | None = None
    ) -> RawResponse[list[M]]: ...
    @overload
    def post(
        self,
        path: str,
        *,
        body: Mapping[str, JSONValue],
        cast_to: type[dict[str, JSONValue]],
        envelope: str | None = None,
    ) -> RawResponse[dict[str, JSONValue]]: ...
    @overload
    def post(
        self, path: str, *, body: Mapping[str, JSONValue], cast_to: None, envelope: str | None = None
    ) -> RawResponse[None]: ...

    def post(
        self, path: str, *, body: Mapping[str, JSONValue], cast_to: object, envelope: str | None = None
    ) -> RawResponse[object]:
        """Post to an endpoint of the public API, without the secret; parsed only on request.

        Takes the arguments of the plain call, and raises its errors.

        Returns:
            The raw answer. Its `parse()` returns what the plain call returns.

        Raises:
            APIStatusError: The answer is not a 2xx.
            APIConnectionError: No complete answer came.
            ValueError: An argument is empty, unknown or malformed; nothing was sent.
            TypeError: An argument has the wrong type; nothing was sent.
        """
        return self._driver.run(post_endpoint(self._settings, path, body, cast_to, envelope))


class Endpoints(Resource):
    """Call endpoints that the SDK does not know, blocking."""

    @overload
    def get(
        self, path: str, *, cast_to: type[M], params: Mapping[str, Parameter] | None = None, envelope: str | None = None
    ) -> M: ...
    @overload
    def get(
        self,
        path: str,
        *,
        cast_to: type[list[M]],
        params: Mapping[str, Parameter] | None = None,
        envelope: str | None = None,
    ) -> list[M]: ...
    @overload
    def get(
        self,
        path: str,
        *,
        cast_to: type[dict[str, JSONValue]],
        params: Mapping[str, Parameter] | None = None,
        envelope: str | None = None,
    ) -> dict[str, JSONValue]: ...
    @overload
    def get(
        self, path: str, *, cast_to: None, params: Mapping[str, Parameter] | None = None, envelope: str | None = None
    ) -> None: ...

    def get(
        self, path: str, *, cast_to: object, params: Mapping[str, Parameter] | None = None, envelope: str | None = None
    ) -> object:
        """Read an endpoint of the private API, with the secret.

        The call has the errors, retries and bounds of the other reads. A field of an answer that the schemas only
        assume is read as leniently as there.

        Args:
            path: The part of the path after the public key, such as "customers/customer-42". It is percent-encoded:
                encode an id with `urllib.parse.quote(id, safe="")`.
            cast_to: The type of the result: a pydantic model of the SDK or of your own, a list of one such as
                `list[Touchpoint]`, `dict` for the JSON object, or None to read nothing.
            params: The parameters of the query. True and False are sent as "true" and "false".
            envelope: The member of the answer that has the result, such as "customer"; the whole body if left out.

        Returns:
            The answer, as `cast_to`.

        Raises:
            NotFoundError: Nothing is at this path.
            AuthenticationError: The public key or the secret is wrong.
            PermissionDeniedError: The account is disabled.
            RateLimitError: Too many requests, and the retries did not help.
            InternalServerError: The server failed, and the retries did not help.
            APIStatusError: Any other answer that is not a 2xx; the errors above are kinds of it.
            APITimeoutError: No complete answer came within the timeout of each attempt, or the deadline in seconds.
            APIConnectionError: No complete answer came for another reason.
            ClientClosedError: The client was closed before the call; nothing was sent.
            ClientDisabledError: The client is disabled, and the call needs an answer; nothing was sent.
            ResponseValidationError: The answer can't be read into `cast_to`.
            ValueError: An argument is empty or malformed, would leave the base URL or would carry the secret, or the
                client has no secret; nothing was sent.
            TypeError: An argument has the wrong type; nothing was sent.
        """
        return self._driver.run(get_endpoint(self._settings, path, cast_to, params, envelope)).parse()

    @overload
    def post(self, path: str, *, body: Mapping[str, JSONValue], cast_to: type[M], envelope: str | None = None) -> M: ...
    @overload
    def post(
        self, path: str, *, body: Mapping[str, JSONValue], cast_to: type[list[M]], envelope: str | None = None
    ) -> list[M]: ...
    @overload
    def post(
        self,
        path: str,
        *,
        body: Mapping[str, JSONValue],
        cast_to: type[dict[str, JSONValue]],
        envelope: str | None = None,
    ) -> dict[str, JSONValue]: ...
    @overload
    def post(self, path: str, *, body: Mapping[str, JSONValue], cast_to: None, envelope: str | None = None) -> None: ...

    def post(self, path: str, *, body: Mapping[str, JSONValue], cast_to: object, envelope: str | None = None) -> object:
        """Post to an endpoint of the public API, without the secret.

        The call has the errors, retries and bounds of the other posts. A post whose answer was lost is sent again with
        the same bytes, so the endpoint may receive it twice; `with_options(retry_posts="unsent")` prevents that.

        Args:
            path: The path after the tracking URL, such as "events". It is percent-encoded.
            body: The JSON object to send, complete: nothing is added to it.
            cast_to: The type of the result: a pydantic model of the SDK or of your own, a list of one such as
                `list[Touchpoint]`, `dict` for the JSON object, or None to read nothing.
            envelope: The member of the answer that has the result, such as "event"; the whole body if left out.

        Returns:
            The answer, as `cast_to`.

        Raises:
            BadRequestError: The server did not understand the body.
            NotFoundError: Nothing is at this path.
            APIStatusError: Any other answer that is not a 2xx; 401 is AuthenticationError, 429 RateLimitError,
                and so on.
            APITimeoutError: No complete answer came within the timeout of each attempt, or the deadline in seconds.
            APIConnectionError: No complete answer came for another reason; the body may have arrived.
            ClientClosedError: The client was closed before the call; nothing was sent.
            ClientDisabledError: The client is disabled, and the call needs an answer; nothing was sent.
            ResponseValidationError: The body was accepted, but the answer can't be read into `cast_to`.
            ValueError: An argument is empty or malformed, would leave the tracking URL or would carry the secret;
                nothing was sent.
            TypeError: An argument has the wrong type; nothing was sent.
        """
        return self._driver.run(post_endpoint(self._settings, path, body, cast_to, envelope)).parse()

    @property
    def with_raw_response(self) -> EndpointsWithRawResponse:
        """The same calls, answered with status, headers and bytes in addition to the model."""
        return EndpointsWithRawResponse(self._driver, self._settings)


class AsyncEndpointsWithRawResponse(AsyncResource):
    """The same calls, answered with status, headers and bytes in addition to the model."""

    @overload
    async def get(
        self, path: str, *, cast_to: type[M], params: Mapping[str, Parameter] | None = None, envelope: str | None = None
    ) -> RawResponse[M]: ...
    @overload
    async def get(
        self,
        path: str,
        *,
        cast_to: type[list[M]],
        params: Mapping[str, Parameter] | None = None,
        envelope: str | None = None,
    ) -> RawResponse[list[M]]: ...
    @overload
    async def get(
        self,
        path: str,
        *,
        cast_to: type[dict[str, JSONValue]],
        params: Mapping[str, Parameter] | None = None,
        envelope: str | None = None,
    ) -> RawResponse[dict[str, JSONValue]]: ...
    @overload
    async def get(
        self, path: str, *, cast_to: None, params: Mapping[str, Parameter] | None = None, envelope: str | None = None
    ) -> RawResponse[None]: ...

    async def get(
        self, path: str, *, cast_to: object, params: Mapping[str, Parameter] | None = None, envelope: str | None = None
    ) -> RawResponse[object]:
        """Read an endpoint of the private API, with the secret; parsed only on request.

        Takes the arguments of the plain call, and raises its errors.

        Returns:
            The raw answer. Its `parse()` returns what the plain call returns.

        Raises:
            APIStatusError: The answer is not a 2xx.
            APIConnectionError: No complete answer came.
            ValueError: An argument is empty, unknown or malformed, or the client has no secret; nothing was sent.
            TypeError: An argument has the wrong type; nothing was sent.
        """
        return await self._driver.run(get_endpoint(self._settings, path, cast_to, params, envelope))

    @overload
    async def post(
        self, path: str, *, body: Mapping[str, JSONValue], cast_to: type[M], envelope: str | None = None
    ) -> RawResponse[M]: ...
    @overload
    async def post(
        self, path: str, *, body: Mapping[str, JSONValue], cast_to: type[list[M]], envelope: str | None = None
    ) -> RawResponse[list[M]]: ...
    @overload
    async def post(
        self,
        path: str,
        *,
        body: Mapping[str, JSONValue],
        cast_to: type[dict[str, JSONValue]],
        envelope: str | None = None,
    ) -> RawResponse[dict[str, JSONValue]]: ...
    @overload
    async def post(
        self, path: str, *, body: Mapping[str, JSONValue], cast_to: None, envelope: str | None = None
    ) -> RawResponse[None]: ...

    async def post(
        self, path: str, *, body: Mapping[str, JSONValue], cast_to: object, envelope: str | None = None
    ) -> RawResponse[object]:
        """Post to an endpoint of the public API, without the secret; parsed only on request.

        Takes the arguments of the plain call, and raises its errors.

        Returns:
            The raw answer. Its `parse()` returns what the plain call returns.

        Raises:
            APIStatusError: The answer is not a 2xx.
            APIConnectionError: No complete answer came.
            ValueError: An argument is empty, unknown or malformed; nothing was sent.
            TypeError: An argument has the wrong type; nothing was sent.
        """
        return await self._driver.run(post_endpoint(self._settings, path, body, cast_to, envelope))


class AsyncEndpoints(AsyncResource):
    """Call endpoints that the SDK does not know, async."""

    @overload
    async def get(
        self, path: str, *, cast_to: type[M], params: Mapping[str, Parameter] | None = None, envelope: str | None = None
    ) -> M: ...
    @overload
    async def get(
        self,
        path: str,
        *,
        cast_to: type[list[M]],
        params: Mapping[str, Parameter] | None = None,
        envelope: str | None = None,
    ) -> list[M]: ...
    @overload
    async def get(
        self,
        path: str,
        *,
        cast_to: type[dict[str, JSONValue]],
        params: Mapping[str, Parameter] | None = None,
        envelope: str | None = None,
    ) -> dict[str, JSONValue]: ...
    @overload
    async def get(
        self, path: str, *, cast_to: None, params: Mapping[str, Parameter] | None = None, envelope: str | None = None
    ) -> None: ...

    async def get(
        self, path: str, *, cast_to: object, params: Mapping[str, Parameter] | None = None, envelope: str | None = None
    ) -> object:
        """Read an endpoint of the private API, with the secret.

        The call has the errors, retries and bounds of the other reads. A field of an answer that the schemas only
        assume is read as leniently as there.

        Args:
            path: The part of the path after the public key, such as "customers/customer-42". It is percent-encoded:
                encode an id with `urllib.parse.quote(id, safe="")`.
            cast_to: The type of the result: a pydantic model of the SDK or of your own, a list of one such as
                `list[Touchpoint]`, `dict` for the JSON object, or None to read nothing.
            params: The parameters of the query. True and False are sent as "true" and "false".
            envelope: The member of the answer that has the result, such as "customer"; the whole body if left out.

        Returns:
            The answer, as `cast_to`.

        Raises:
            NotFoundError: Nothing is at this path.
            AuthenticationError: The public key or the secret is wrong.
            PermissionDeniedError: The account is disabled.
            RateLimitError: Too many requests, and the retries did not help.
            InternalServerError: The server failed, and the retries did not help.
            APIStatusError: Any other answer that is not a 2xx; the errors above are kinds of it.
            APITimeoutError: No complete answer came within the timeout of each attempt, or the deadline in seconds.
            APIConnectionError: No complete answer came for another reason.
            ClientClosedError: The client was closed before the call; nothing was sent.
            ClientDisabledError: The client is disabled, and the call needs an answer; nothing was sent.
            ResponseValidationError: The answer can't be read into `cast_to`.
            ValueError: An argument is empty or malformed, would leave the base URL or would carry the secret, or the
                client has no secret; nothing was sent.
            TypeError: An argument has the wrong type; nothing was sent.
        """
        return (await self._driver.run(get_endpoint(self._settings, path, cast_to, params, envelope))).parse()

    @overload
    async def post(
        self, path: str, *, body: Mapping[str, JSONValue], cast_to: type[M], envelope: str | None = None
    ) -> M: ...
    @overload
    async def post(
        self, path: str, *, body: Mapping[str, JSONValue], cast_to: type[list[M]], envelope: str | None = None
    ) -> list[M]: ...
    @overload
    async def post(
        self,
        path: str,
        *,
        body: Mapping[str, JSONValue],
        cast_to: type[dict[str, JSONValue]],
        envelope: str | None = None,
    ) -> dict[str, JSONValue]: ...
    @overload
    async def post(
        self, path: str, *, body: Mapping[str, JSONValue], cast_to: None, envelope: str | None = None
    ) -> None: ...

    async def post(
        self, path: str, *, body: Mapping[str, JSONValue], cast_to: object, envelope: str | None = None
    ) -> object:
        """Post to an endpoint of the public API, without the secret.

        The call has the errors, retries and bounds of the other posts. A post whose answer was lost is sent again with
        the same bytes, so the endpoint may receive it twice; `with_options(retry_posts="unsent")` prevents that.

        Args:
            path: The path after the tracking URL, such as "events". It is percent-encoded.
            body: The JSON object to send, complete: nothing is added to it.
            cast_to: The type of the result: a pydantic model of the SDK or of your own, a list of one such as
                `list[Touchpoint]`, `dict` for the JSON object, or None to read nothing.
            envelope: The member of the answer that has the result, such as "event"; the whole body if left out.

        Returns:
            The answer, as `cast_to`.

        Raises:
            BadRequestError: The server did not understand the body.
            NotFoundError: Nothing is at this path.
            APIStatusError: Any other answer that is not a 2xx; 401 is AuthenticationError, 429 RateLimitError,
                and so on.
            APITimeoutError: No complete answer came within the timeout of each attempt, or the deadline in seconds.
            APIConnectionError: No complete answer came for another reason; the body may have arrived.
            ClientClosedError: The client was closed before the call; nothing was sent.
            ClientDisabledError: The client is disabled, and the call needs an answer; nothing was sent.
            ResponseValidationError: The body was accepted, but the answer can't be read into `cast_to`.
            ValueError: An argument is empty or malformed, would leave the tracking URL or would carry the secret;
                nothing was sent.
            TypeError: An argument has the wrong type; nothing was sent.
        """
        return (await self._driver.run(post_endpoint(self._settings, path, body, cast_to, envelope))).parse()

    @property
    def with_raw_response(self) -> AsyncEndpointsWithRawResponse:
        """The same calls, answered with status, headers and bytes in addition to the model."""
        return AsyncEndpointsWithRawResponse(self._driver, self._settings)
