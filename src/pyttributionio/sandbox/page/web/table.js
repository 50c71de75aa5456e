// The entries of a journey as a table: for exact times, and for users who cannot see the picture.

import { h, show } from "./dom.js";
import { count, dateTime, number, words } from "./format.js";
import { KIND_NAMES, KIND_PLURALS, KINDS } from "./journey.js";
import { icon } from "./timeline.js";

const PAGE = 100; // rows at a time

/** Create the table; `reveal(entries)` of the result shows some of them and marks them. */
export function entryTable(entries) {
  const severalVisitors = new Set(entries.map((entry) => valueOf(entry, "visitor")).filter(Boolean)).size > 1;
  const present = KINDS.filter((kind) => entries.some((entry) => entry.kind === kind));
  const shownKinds = new Set(present);
  const body = h("tbody");
  const status = h("p", { class: "muted", role: "status" });
  const more = h("button", { type: "button", class: "more", on: { click: () => extend() } });
  let rows = [];
  let length = PAGE;

  function render() {
    rows = entries.filter((entry) => shownKinds.has(entry.kind));
    show(body, rows.slice(0, length).map((entry) => row(entry, severalVisitors)));
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
    for (const entry of chosen) shownKinds.add(entry.kind);
    toggles.forEach((toggle, index) => toggle.setAttribute("aria-pressed", String(shownKinds.has(present[index]))));
    render();
    const positions = chosen.map((entry) => rows.indexOf(entry));
    // Up to the first entry only, because a mark may have thousands.
    if (positions[0] >= length) {
      length = positions[0] + PAGE;
      render();
    }
    for (const position of positions) body.rows[position]?.classList.add("chosen");
    const first = body.rows[positions[0]];
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
  const head = h("thead", {}, h("tr", {}, ["Time, UTC", "Kind", "Name", "Details"].map((name) => h("th", { scope: "col" }, name))));
  const table = h("table", { class: "entries", role: "table" }, h("caption", { class: "visually-hidden" }, "Entries, oldest first"), head, body);
  const filters = h("div", { class: "field-row wrap", role: "group", "aria-label": "Kinds to list" }, toggles);
  const element = h("div", {}, h("div", { class: "field-row spread" }, filters, status), h("div", { class: "table-scroll" }, table), more);
  return { element, reveal };
}

// With explicit roles, because some browsers lose them on narrow screens, where the rows are blocks.
function row(entry, severalVisitors) {
  const title = entry.channel ? words(entry.channel) : entry.title;
  const facts = entry.facts.filter(([name, value]) => {
    if (name === "visitor") return severalVisitors && entry.kind !== "identity";
    return !LEFT_OUT.has(name) && value !== title && !(name === "is_informational" && value === "false");
  });
  return h(
    "tr",
    { role: "row", tabindex: "-1", title: valueOf(entry, "agent") },
    h("td", { role: "cell" }, h("time", { datetime: entry.iso, title: entry.iso }, dateTime(entry.at))),
    h("td", { role: "cell", class: "kind" }, icon(entry.kind, entry.channel), KIND_NAMES[entry.kind]),
    h("td", { role: "cell", class: "title" }, h("bdi", {}, title)),
    h("td", { role: "cell", class: "facts" }, facts.map(([name, value]) => h("span", {}, h("b", {}, `${words(name)} `), h("bdi", {}, value)))),
  );
}

const LEFT_OUT = new Set(["title", "channel", "event_public_key", "client_id", "agent"]);

function valueOf(entry, name) {
  return entry.facts.find(([each]) => each === name)?.[1] ?? null;
}
