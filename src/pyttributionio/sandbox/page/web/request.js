// One request: its parts, its answer, and code that sends it again.

import { getRequest } from "./api.js";
import { codeTabs } from "./code.js";
import { h, show } from "./dom.js";
import { day, number, visible } from "./format.js";
import { statusBadge } from "./live.js";
import { customerLink, requestLink } from "./route.js";

/** Show requests in an element. */
export function requestView(element) {
  let running = new AbortController();

  async function open(id) {
    running.abort();
    running = new AbortController();
    try {
      show(element, page(await getRequest(id, running.signal)));
    } catch (error) {
      if (error.name === "AbortError") return;
      show(element, h("div", { class: "page" }, back(), h("h1", {}, requestTitle(id)), h("p", { class: "problem", role: "alert" }, error.message)));
    }
  }

  return { open, close: () => running.abort() };
}

/** The title of a request: its number, without the run. */
export function requestTitle(id) {
  return `Request ${number(Number(id.split("-").at(-1)))}`;
}

function back() {
  return h("a", { class: "back", href: "#live" }, "All requests");
}

function page(request) {
  const { method, path, query } = request;
  return h(
    "article",
    { class: "page" },
    back(),
    h(
      "header",
      { class: "page-head" },
      h("p", { class: "overline" }, requestTitle(String(request.number)), neighbours(request)),
      h("h1", { class: "mono" }, h("b", { class: `method ${method === "GET" ? "get" : "post"}` }, method), " ", h("bdi", {}, path), query && h("span", { class: "query" }, `?${query}`)),
      facts(request),
    ),
    request.fault && h("p", { class: "problem fault-note" }, h("span", { class: "badge fault" }, "Fault"), ` ${request.fault}: this fault was injected into the request.`),
    request.unknown_event_key !== null && h("p", { class: "problem fault-note" }, h("span", { class: "badge fault" }, "Unknown key"), " ", h("bdi", {}, request.unknown_event_key), ": this is none of the event keys that the sandbox was given. The event was handled as any other."),
    h("section", { class: "card", "aria-label": "Request and answer" }, tabs(request)),
  );
}

function neighbours({ run, number: at }) {
  const previous = at > 1 && h("a", { href: requestLink(`${run}-${at - 1}`), rel: "prev" }, "Previous");
  return h("span", { class: "neighbours" }, previous, h("a", { href: requestLink(`${run}-${at + 1}`), rel: "next" }, "Next"));
}

function facts({ status, received_at: at, body, answer, account, client_id: clientId }) {
  const known = account !== null && clientId !== null;
  const entries = [
    ["Answered", statusBadge(status)],
    ["Received, UTC", h("time", { datetime: at }, `${day(Date.parse(at))}, ${at.slice(11, -1)}`)],
    ["Body", `${number(body.bytes)} bytes`],
    ["Answer", `${number(answer.bytes)} bytes`],
    known && ["Customer", h("a", { href: customerLink(account, clientId) }, h("bdi", {}, visible(clientId)))],
  ].filter(Boolean);
  return h("dl", { class: "facts-grid" }, entries.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

function tabs(request) {
  const headers = request.headers.map(([name, value]) => `${name}: ${value}`).join("\n");
  return codeTabs("request", "Parts of the request", [
    tabOf("Body", request.body),
    tabOf("Answer", request.answer),
    { name: "Headers", text: headers },
    { name: "curl", text: request.curl },
    { name: "Python", text: request.python },
  ]);
}

function tabOf(name, { text, kind, bytes, cut }) {
  const notes = [];
  if (kind === "hex") notes.push("These bytes are not UTF-8, so they are shown in hexadecimal.");
  if (cut) notes.push(`The body has ${number(bytes)} bytes; only its beginning is shown and copied.`);
  return { name, text, language: "json", note: notes.join(" ") };
}
