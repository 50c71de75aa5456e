// All that happened to a customer as a list: for exact times, and for those who can't see the picture.

import { h, show } from "./dom.js";
import { count, moment as written, number, words } from "./format.js";
import { KIND_NAMES, KIND_PLURALS, KINDS } from "./journey.js";
import { icon } from "./timeline.js";

const PAGE = 100; // rows at a time

/** Make the list; the result's `reveal(moments)` brings some of them into view. */
export function record(moments) {
  const severalVisitors = new Set(moments.map((moment) => valueOf(moment, "visitor")).filter(Boolean)).size > 1;
  const present = KINDS.filter((kind) => moments.some((moment) => moment.kind === kind));
  const shownKinds = new Set(present);
  const body = h("tbody");
  const status = h("p", { class: "muted", role: "status" });
  const more = h("button", { type: "button", class: "more", on: { click: () => extend() } });
  let rows = [];
  let length = PAGE;

  function render() {
    rows = moments.filter((moment) => shownKinds.has(moment.kind));
    show(body, rows.slice(0, length).map((moment) => row(moment, severalVisitors)));
    const left = rows.length - length;
    more.hidden = left <= 0;
    more.textContent = `Show ${number(Math.min(left, PAGE))} more`;
    status.textContent = left > 0 ? `${number(length)} of ${number(rows.length)}, oldest first` : `${count(rows.length, "row")}, oldest first`;
  }

  function extend() {
    const from = length;
    length += PAGE;
    render();
    body.rows[from]?.focus();
  }

  function reveal(chosen) {
    for (const moment of chosen) shownKinds.add(moment.kind);
    toggles.forEach((toggle, index) => toggle.setAttribute("aria-pressed", String(shownKinds.has(present[index]))));
    render();
    const positions = chosen.map((moment) => rows.indexOf(moment));
    // Only as far as its first: a mark may stand for thousands.
    if (positions[0] >= length) {
      length = positions[0] + PAGE;
      render();
    }
    for (const position of positions) body.rows[position]?.classList.add("chosen");
    const first = body.rows[positions[0]]; // what was chosen is listed now
    first.focus({ preventScroll: true });
    first.scrollIntoView({ block: "center" });
  }

  const toggles = present.map((kind) => {
    const toggle = h("button", { type: "button", class: "small toggle", "aria-pressed": "true" }, icon(kind, "none"), KIND_PLURALS[kind]);
    toggle.addEventListener("click", () => {
      if (!shownKinds.delete(kind)) shownKinds.add(kind);
      toggle.setAttribute("aria-pressed", String(shownKinds.has(kind)));
      length = PAGE;
      render();
    });
    return toggle;
  });

  render();
  const head = h("thead", {}, h("tr", {}, ["Time, UTC", "What", "Which", "Details"].map((name) => h("th", { scope: "col" }, name))));
  const table = h("table", { class: "record", role: "table" }, h("caption", { class: "unseen" }, "What happened, oldest first"), head, body);
  const filters = h("div", { class: "field-row wrap", role: "group", "aria-label": "Kinds to list" }, toggles);
  const element = h("div", {}, h("div", { class: "field-row spread" }, filters, status), h("div", { class: "table-scroll" }, table), more);
  return { element, reveal };
}

// Roles by hand: narrow screens lay the rows out as blocks, and some browsers then forget what they are.
function row(moment, severalVisitors) {
  const which = moment.channel ? words(moment.channel) : moment.title;
  const told = moment.facts.filter(([name, value]) => {
    if (name === "visitor") return severalVisitors && moment.kind !== "identity";
    return !LEFT_OUT.has(name) && value !== which && !(name === "is_informational" && value === "false");
  });
  return h(
    "tr",
    { role: "row", tabindex: "-1", title: valueOf(moment, "agent") },
    h("td", { role: "cell" }, h("time", { datetime: moment.iso, title: moment.iso }, written(moment.at))),
    h("td", { role: "cell", class: "kind" }, icon(moment.kind, moment.channel), KIND_NAMES[moment.kind]),
    h("td", { role: "cell", class: "which" }, h("bdi", {}, which)),
    h("td", { role: "cell", class: "facts" }, told.map(([name, value]) => h("span", {}, h("b", {}, `${words(name)} `), h("bdi", {}, value)))),
  );
}

const LEFT_OUT = new Set(["title", "channel", "event_public_key", "client_id", "agent"]);

function valueOf(moment, name) {
  return moment.facts.find(([each]) => each === name)?.[1] ?? null;
}
