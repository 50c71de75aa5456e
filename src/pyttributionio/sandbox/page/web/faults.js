// Fault injection: the faults in force, and a form that adds one.

import { addFault, clearFaults, getFaults } from "./api.js";
import { h, show } from "./dom.js";
import { count } from "./format.js";

const FAULTS = [
  ["status 503", { status: 503 }],
  ["status 429, Retry-After 2 s", { status: 429, retry_after: 2 }],
  ["status 500, but recorded", { status: 500, recorded: true }],
  ["connection reset", { reset: true }],
  ["reset, but recorded", { reset: true, recorded: true }],
  ["5 seconds of delay", { delay: 5 }],
  ["HTML error page", { body: "html" }],
  ["invalid JSON", { body: "invalid_json" }],
  ["cut body", { body: "cut" }],
  ["empty body", { body: "empty" }],
  ["created_at becomes a list", { drift: { created_at: [] } }],
];
const WHEN = [
  ["the next request", { next: 1 }],
  ["the next 3 requests", { next: 3 }],
  ["30% of requests", { share: 0.3 }],
  ["every request", {}],
];
const WHERE = [
  ["to the API", {}],
  ["to /events", { path: "/events" }],
  ["to /identities", { path: "/identities" }],
  ["that reads a customer", { path: "/api/*" }],
];

/** Control the panel of faults, and their number in the page's header. */
export function faultPanel() {
  const panel = document.getElementById("fault-panel");
  const flag = document.getElementById("fault-flag");
  const summary = h("summary");
  const list = h("ul", { class: "faults" });
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const clear = h("button", { type: "button", class: "small", on: { click: () => run(clearFaults()) } }, "Clear all");
  const [what, when, where] = [
    choice("What goes wrong", FAULTS),
    choice("Which requests", WHEN),
    choice("Where", WHERE),
  ];
  const form = h("form", { class: "fault-form", on: { submit: add } }, what, when, where, h("button", { class: "small primary" }, "Add"));
  panel.append(h("details", { class: "fault-details" }, summary, list, form, problem, clear));

  function add(event) {
    event.preventDefault();
    const parts = [[FAULTS, what], [WHEN, when], [WHERE, where]].map(([table, select]) => table[select.selectedIndex][1]);
    run(addFault(Object.assign({}, ...parts)));
  }

  async function run(call) {
    try {
      update((await call).faults);
      problem.hidden = true;
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  }

  function update(faults) {
    summary.textContent = faults.length ? `Faults: ${faults.length} in force` : "Fault injection";
    show(list, faults.map((fault) => h("li", {}, fault.text)));
    clear.hidden = faults.length === 0;
    flag.hidden = faults.length === 0;
    flag.textContent = count(faults.length, "fault");
    flag.title = "Faults are in force: the live requests show them";
  }

  return { update, refresh: () => run(getFaults()) };
}

function choice(label, table) {
  return h("select", { "aria-label": label }, table.map(([name]) => h("option", {}, name)));
}
