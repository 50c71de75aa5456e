// One customer: facts, the journey as a picture and as a table, and code that reads it.

import { getCustomer } from "./api.js";
import { codeTabs } from "./code.js";
import { h, show, throttle } from "./dom.js";
import { count, dateTime, number, visible, words } from "./format.js";
import { entriesOf } from "./journey.js";
import { entryTable } from "./table.js";
import { timeline } from "./timeline.js";

/** Show customers in an element; `refresh` updates the shown one. */
export function customerView(element) {
  let current = null;
  let answer = null;
  let running = new AbortController();

  async function open(account, clientId) {
    current = { account, clientId };
    answer = null;
    show(element, h("p", { class: "muted loading" }, "Loading …"));
    await load();
  }

  async function load() {
    if (current === null) return;
    running.abort();
    running = new AbortController();
    try {
      const found = await getCustomer(current.account, current.clientId, running.signal);
      // Without a change, the page stays as it is, with its focus and scroll position.
      if (found.answer === answer) return;
      answer = found.answer;
      const hadFocus = element.contains(document.activeElement);
      show(element, page(current, found));
      if (hadFocus) element.focus({ preventScroll: true });
    } catch (error) {
      if (error.name !== "AbortError") show(element, problem(current, error));
    }
  }

  function close() {
    running.abort();
    current = null;
  }

  return { open, close, refresh: throttle(load, 500) };
}

function problem({ clientId }, error) {
  const hint = "An identity creates a customer: AttributionSandbox.identify in the browser, or client.tracking in the back end.";
  return h(
    "div",
    { class: "page" },
    back(),
    h("h1", {}, h("bdi", {}, visible(clientId))),
    h("p", { class: "problem", role: "alert" }, error.status === 404 ? `No such customer. ${hint}` : error.message),
  );
}

function page({ account, clientId }, { answer, curl, python }) {
  const { customer } = JSON.parse(answer);
  const entries = entriesOf(customer);
  const table = entryTable(entries);
  const picture = timeline(entries, { label: pictureLabel(clientId, customer), onChoose: table.reveal });
  return h(
    "article",
    { class: "page" },
    back(),
    h("header", { class: "page-head" }, h("p", { class: "overline" }, "Customer"), h("h1", {}, h("bdi", {}, visible(clientId))), facts(customer, entries)),
    h("section", { class: "card", "aria-labelledby": "journey-title" }, h("h2", { id: "journey-title" }, "Journey"), picture),
    h("section", { class: "card", "aria-labelledby": "table-title" }, h("h2", { id: "table-title" }, "Everything, by time"), table.element),
    h("section", { class: "card", "aria-labelledby": "read-title" }, h("h2", { id: "read-title" }, "Read it with code"), calls(account, answer, curl, python)),
  );
}

function back() {
  return h("a", { class: "back", href: "#customers" }, "All customers");
}

function facts(customer, entries) {
  const touches = entries.filter((entry) => entry.kind === "touchpoint");
  const visitors = [...new Set(customer.identities.flatMap((identity) => identity.aliases ?? []))];
  const pairs = [
    ["First seen", dateTime(Date.parse(customer.first_seen_at))],
    ["Last seen", dateTime(Date.parse(customer.last_seen_at))],
    ["First touch", touches.length ? words(touches[0].channel) : "none"],
    ["Last touch", touches.length ? words(touches.at(-1).channel) : "none"],
    ["Pageviews", number(customer.pageviews.length)],
    ["Touchpoints", number(customer.touchpoints.length)],
    ["Events", number(customer.events.length)],
    ["Identities", number(customer.identities.length)],
  ];
  const ids = visitors.slice(0, 20).map((id) => h("li", {}, h("bdi", {}, visible(String(id)))));
  const rest = visitors.length - ids.length;
  return [
    h("div", { class: "chips" }, h("span", { class: "muted" }, visitors.length === 1 ? "Visitor id" : "Visitor ids"), h("ul", {}, ids), rest > 0 && h("span", { class: "muted" }, `and ${number(rest)} more`)),
    h("dl", { class: "facts-grid by-four" }, pairs.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
  ];
}

function pictureLabel(clientId, customer) {
  const parts = [
    count(customer.touchpoints.length, "touchpoint"),
    count(customer.pageviews.length, "pageview"),
    count(customer.identities.length, "identity", "identities"),
    count(customer.events.length, "event"),
  ];
  return `Journey of ${visible(clientId)}: ${parts.join(", ")}`;
}

function calls(account, answer, curl, python) {
  return codeTabs("read", "The answer and the code that reads it", [
    { name: "JSON", text: answer, language: "json", note: "The API's answer with show_all=true. It is indented here; Copy copies the original." },
    { name: "curl", text: curl, note: "It reads the secret from PYTTRIBUTIONIO_API_SECRET." },
    { name: "Python", text: python },
  ]);
}
