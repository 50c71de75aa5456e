"""The pages of the project: each view is there twice, blocking and async."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import include, path

from pyttributionio.django import attributionio
from pyttributionio.web import current_visit, track


def told() -> dict[str, Any]:
    """Return what the current visit knows."""
    visit = current_visit()
    if visit is None:
        return {"visit": None}
    return {"visitor": visit.visitor_id, "url": visit.url, "agent": visit.user_agent, "why": visit.why}


def visit(request: HttpRequest) -> HttpResponse:
    assert attributionio(request).visit == current_visit()
    return JsonResponse(told())


async def visit_async(request: HttpRequest) -> HttpResponse:
    await asyncio.sleep(0)
    return visit(request)


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("plain")


async def plain_async(request: HttpRequest) -> HttpResponse:
    return HttpResponse("plain")


def buy(request: HttpRequest) -> HttpResponse:
    found = attributionio(request).event("ev_purchase", client_id="c", transaction_id="order-1", identify=False)
    again = track.identity("c")
    assert request._read_started is False  # type: ignore[attr-defined]
    return HttpResponse(f"{type(found).__name__} {type(again).__name__} {request.read().decode()}")


async def buy_async(request: HttpRequest) -> HttpResponse:
    return buy(request)


def wrong(request: HttpRequest) -> HttpResponse:
    """Pass arguments that no event may have."""
    found = attributionio(request).event("", client_id="c")
    other = track.event("ev", nothing=1)  # type: ignore[call-arg]
    return HttpResponse(f"{found.why} {other.why}")  # type: ignore[union-attr]


async def wrong_async(request: HttpRequest) -> HttpResponse:
    return wrong(request)


def body() -> Iterator[str]:
    for _ in range(3):
        found = current_visit()
        yield f"{found and found.visitor_id} "


async def body_async() -> AsyncIterator[str]:
    for part in body():
        await asyncio.sleep(0)
        yield part


def stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(body())


async def stream_async(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(body_async())


def fail(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("of the view")


async def fail_async(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("of the view")


def commit(request: HttpRequest) -> HttpResponse:
    """Count an order in a transaction, by `track`."""
    with transaction.atomic():
        found = track.event("ev_purchase", transaction_id="order-1", identify=False)
        if "fail" in request.POST:
            transaction.set_rollback(True)
    return HttpResponse(type(found).__name__)


def reads_user(request: HttpRequest) -> bool:
    """Ask for consent in a way that the checks warn of."""
    return isinstance(request.user, AnonymousUser)


NAMES = ["visit", "plain", "buy", "wrong", "stream", "fail"]
urlpatterns = [
    *(path(name, globals()[name]) for name in [*NAMES, "commit"]),
    path("async/", include([path(name, globals()[f"{name}_async"]) for name in NAMES])),
]
