"""The sandbox's own routes, requested by pages of other origins that a developer has open."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Response, expect

from pyttributionio import Client
from pyttributionio.sandbox import Sandbox

from ._site import serve

# Requests that a script can send; returns the texts that the browser lets it read.
TRY = """async (sandbox) => {
  const read = [];
  const ask = (path, options) => fetch(`${sandbox}/_sandbox/${path}`, options)
    .then((answer) => answer.text(), () => "")
    .then((text) => text && read.push(text));
  for (const path of ["", "api/state", "api/customers", "api/customer?client_id=ada", "api/requests/1", "faults"])
    for (const options of [{}, { mode: "no-cors" }, { credentials: "include" }]) await ask(path, options);
  const pageview = { visitor_id: "v-9", url: "https://elsewhere.example/" };
  const bodies = { faults: { always: true, status: 503 }, pageviews: { pageviews: [pageview] } };
  for (const [path, document] of Object.entries(bodies))
    for (const type of ["text/plain", "application/json"])
      for (const mode of ["cors", "no-cors"])
        await ask(path, { method: "POST", mode, headers: { "Content-Type": type }, body: JSON.stringify(document) });
  await ask("faults", { method: "DELETE" });
  return read;
}"""
LOAD = """(url) => new Promise((resolve) => {
  const script = document.createElement("script");
  script.onload = () => resolve("loaded");
  script.onerror = () => resolve("failed");
  script.src = url;
  document.head.append(script);
})"""
# As plain text, a field of a form is its name, "=" and its value, which can be JSON together.
SEND = """(url) => {
  const form = Object.assign(document.createElement("form"), { method: "post", action: url, enctype: "text/plain" });
  const field = { name: '{"always": true, "status": 503, "path": "/', value: '"}' };
  form.append(Object.assign(document.createElement("input"), field));
  document.body.append(form);
  form.submit();
}"""
FRAME = """(url) => new Promise((resolve) => {
  const frame = document.createElement("iframe");
  frame.onload = () => resolve();
  frame.src = url;
  document.body.append(frame);
})"""


@pytest.fixture(params=["same_site", "other_site"])
def stranger(request: pytest.FixtureRequest, context: BrowserContext, sandbox: Sandbox) -> Iterator[Page]:
    """A page of another origin, of the same site or of another one, with a link to the sandbox's page."""
    with serve(f"<a href={sandbox.page_url}>Sandbox</a>") as site:
        page = context.new_page()
        page.goto(f"{getattr(site, request.param)}page")
        yield page


def test_other_origin_neither_reads_nor_changes_anything(stranger: Page, sandbox: Sandbox, client: Client) -> None:
    """The requests of a script are refused: it reads nothing, and nothing is stored or changed."""
    client.tracking.identity("ada", visitor_id="v-9")
    sandbox.faults.next(5, status=429, path="/never")
    answers: list[Response] = []
    stranger.on("response", lambda answer: answers.append(answer))
    assert stranger.evaluate(TRY, sandbox.tracking_url) == []
    assert stranger.evaluate(LOAD, f"{sandbox.page_url}api/state") == "failed"
    with stranger.expect_navigation():
        stranger.evaluate(SEND, f"{sandbox.page_url}faults")
    expect(stranger.locator("body")).to_contain_text("may not use the sandbox's own routes")
    asked = [answer for answer in answers if answer.url.startswith(sandbox.page_url)]
    assert {answer.status for answer in asked} == {403}
    called = {(answer.request.method, answer.url.removeprefix(sandbox.page_url).partition("?")[0]) for answer in asked}
    assert called >= {("GET", "api/customer"), ("GET", "faults"), ("POST", "faults"), ("POST", "pageviews")}
    assert ["429" in str(rule) for rule in sandbox.faults.active] == [True]
    assert [request.path for request in sandbox.requests if request.method == "POST"] == ["/identities"]
    assert client.customers.get("ada", include="all").pageviews == []


def test_page_is_not_shown_in_a_frame_of_another_site(stranger: Page, sandbox: Sandbox) -> None:
    """So no site can make a user click on it unknowingly; a link to it works."""
    stranger.evaluate(FRAME, sandbox.page_url)
    (frame,) = stranger.frames[1:]
    assert frame.locator("main").count() == 0
    stranger.get_by_role("link", name="Sandbox").click()
    expect(stranger.get_by_role("heading", name="No customers yet")).to_be_visible()
