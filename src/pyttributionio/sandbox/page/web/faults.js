// Trouble on demand: what is in force, and a small form that asks for more.

import { addFault, clearFaults, getFaults } from "./api.js";
import { h, show } from "./dom.js";
import { count } from "./format.js";

const TROUBLES = [
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
  ["created_at turns into a list", { drift: { created_at: [] } }],
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

/** Take over the panel and the flag in the page's bar. */
export function faultPanel() {
  const panel = document.getElementById("trouble");
  const flag = document.getElementById("trouble-flag");
  const summary = h("summary");
  const list = h("ul", { class: "faults" });
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const clear = h("button", { type: "button", class: "small", on: { click: () => run(clearFaults()) } }, "Clear all");
  const [what, when, where] = [
    choice("What goes wrong", TROUBLES),
    choice("Which requests", WHEN),
    choice("Where", WHERE),
  ];
  const form = h("form", { class: "fault-form", on: { submit: add } }, what, when, where, h("button", { class: "small primary" }, "Add"));
  panel.append(h("details", { class: "trouble" }, summary, list, form, problem, clear));

  function add(event) {
    event.preventDefault();
    const parts = [[TROUBLES, what], [WHEN, when], [WHERE, where]].map(([table, select]) => table[select.selectedIndex][1]);
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
    summary.textContent = faults.length ? `Trouble: ${faults.length} in force` : "Trouble on demand";
    show(list, faults.map((fault) => h("li", {}, fault.text)));
    clear.hidden = faults.length === 0;
    flag.hidden = faults.length === 0;
    flag.textContent = count(faults.length, "fault");
    flag.title = "Trouble is in force: see it with the live requests";
  }

  return { update, refresh: () => run(getFaults()) };
}

function choice(label, table) {
  return h("select", { "aria-label": label }, table.map(([name]) => h("option", {}, name)));
}
