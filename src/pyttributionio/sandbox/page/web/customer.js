// One customer: facts, the journey as a picture and as a list, and the calls that read it.

import { getCustomer } from "./api.js";
import { codeTabs } from "./code.js";
import { h, show, soon } from "./dom.js";
import { count, moment as written, number, visible, words } from "./format.js";
import { momentsOf } from "./journey.js";
import { record } from "./record.js";
import { timeline } from "./timeline.js";

/** Show a customer in an element, and renew it when told to. */
export function customerView(element) {
  let current = null;
  let answer = null;
  let running = new AbortController();

  async function open(account, clientId) {
    current = { account, clientId };
    answer = null;
    show(element, h("p", { class: "muted loading" }, "Reading …"));
    await load();
  }

  async function load() {
    if (current === null) return;
    running.abort();
    running = new AbortController();
    try {
      const found = await getCustomer(current.account, current.clientId, running.signal);
      // While nothing has changed, what someone is looking at stays where it is.
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

  return { open, close, refresh: soon(load, 500) };
}

function problem({ clientId }, error) {
  const hint = "A customer is there once an identity has named it: by Attribution.identify in the browser, or by client.tracking in the back end.";
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
  const moments = momentsOf(customer);
  const list = record(moments);
  const picture = timeline(moments, { label: pictureLabel(clientId, customer), onChoose: list.reveal });
  return h(
    "article",
    { class: "page" },
    back(),
    h("header", { class: "page-head" }, h("p", { class: "overline" }, "Customer"), h("h1", {}, h("bdi", {}, visible(clientId))), facts(customer, moments)),
    h("section", { class: "card", "aria-labelledby": "journey-title" }, h("h2", { id: "journey-title" }, "Journey"), picture),
    h("section", { class: "card", "aria-labelledby": "record-title" }, h("h2", { id: "record-title" }, "Everything, by time"), list.element),
    h("section", { class: "card", "aria-labelledby": "read-title" }, h("h2", { id: "read-title" }, "Read it yourself"), calls(account, answer, curl, python)),
  );
}

function back() {
  return h("a", { class: "back", href: "#customers" }, "All customers");
}

function facts(customer, moments) {
  const touches = moments.filter((moment) => moment.kind === "touchpoint");
  const visitors = [...new Set(customer.identities.flatMap((identity) => identity.aliases ?? []))];
  const entries = [
    ["First seen", written(Date.parse(customer.first_seen_at))],
    ["Last seen", written(Date.parse(customer.last_seen_at))],
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
    h("dl", { class: "facts-grid by-four" }, entries.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
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
  return codeTabs("read", "The same call in other words", [
    { name: "JSON", text: answer, language: "json", note: "What the API answers with show_all=true; indented here, and copied as it is." },
    { name: "curl", text: curl, note: "The secret is taken from PYTTRIBUTIONIO_API_SECRET." },
    { name: "Python", text: python },
  ]);
}
