// The journey as a picture: time runs from left to right, each channel and each kind has a lane and a shape.

import { h, s } from "./dom.js";
import { compact, count, day, duration, minute, dateTime, shortDay, words } from "./format.js";
import { KIND_NAMES, KIND_PLURALS, lanesOf, toneOf } from "./journey.js";
import { groupsOf, spansOf, timescale } from "./timescale.js";

// In pixels. timeline.css has the same heights for the names of the lanes, which are next to the lanes or inside them.
const HEAD = 52; // above the lanes, for the dates
const WIDE = { lane: 42, middle: 21 };
const NARROW = { lane: 56, middle: 34 };
const IS_NARROW = matchMedia("(max-width: 40rem)");
const MIN_DISTANCE = 28; // of two marks in a lane; closer ones are grouped into one
const MAX_LINKED = 60; // touchpoints; a line through more of them is not readable
const SHAPES = { touchpoint: diamond, pageview: circle, identity: square, event: star };
const MAX_LISTED = 6;

/** Create the picture; `onChoose` is called with the entries of the mark that was clicked. */
export function timeline(entries, { label, onChoose }) {
  const lanes = lanesOf(entries);
  const tip = h("div", { class: "tip", hidden: true, "aria-hidden": "true" });
  const scroll = h("div", { class: "timeline-scroll", tabindex: "-1" });
  const picture = h("div", { class: "timeline" }, laneNames(lanes), scroll, tip);
  const help = h("p", { class: "visually-hidden", id: "timeline-help" }, "The arrow keys move between the marks; Enter shows a mark's entries in the table below.");
  let drawn = 0;

  function draw() {
    const width = Math.floor(scroll.clientWidth);
    if (!width || width === drawn) return;
    drawn = width;
    const keepsFocus = scroll.contains(document.activeElement);
    const marks = [];
    scroll.replaceChildren(drawing(entries, lanes, width, label, marks));
    addListeners(marks, { picture, tip, onChoose });
    if (keepsFocus) marks[0]?.node.focus();
  }

  const observer = new ResizeObserver(() => requestAnimationFrame(draw));
  observer.observe(scroll);
  return h("div", { class: "timeline-box" }, picture, help, legend(entries));
}

function laneNames(lanes) {
  return h(
    "ul",
    { class: "lane-names", "aria-hidden": "true" },
    lanes.map((lane) => {
      const name = lane.channel ? words(lane.channel) : KIND_PLURALS[lane.kind];
      return h("li", { title: lane.channel ?? name, class: lane.channel ? "of-channel" : "" }, icon(lane.kind, lane.channel), h("span", {}, name));
    }),
  );
}

/** The shape of a kind, for names and legends. */
export function icon(kind, channel = null) {
  const box = { class: "icon", viewBox: "-9 -9 18 18", width: 16, height: 16, "aria-hidden": "true" };
  return s("svg", box, s("g", { class: markClass({ kind, channel }) }, SHAPES[kind](7)));
}

function legend(entries) {
  const kinds = [...new Set(entries.map((entry) => entry.kind))];
  const tones = { paid: "paid", organic: "organic or referral", own: "email or message", other: "direct or other" };
  const channels = { paid: "display", organic: "referral", own: "email", other: "direct" };
  const present = new Set(entries.filter((m) => m.channel).map((m) => toneOf(m.channel)));
  return h(
    "ul",
    { class: "legend", "aria-label": "Legend" },
    kinds.filter((kind) => kind !== "touchpoint").map((kind) => h("li", {}, icon(kind), KIND_NAMES[kind])),
    Object.keys(tones).filter((tone) => present.has(tone)).map((tone) => h("li", {}, icon("touchpoint", channels[tone]), `Touchpoint, ${tones[tone]}`)),
    spansOf(entries.map((m) => m.at)).length > 1 && h("li", {}, h("span", { class: "legend-pause", "aria-hidden": "true" }), "a pause, shortened"),
    h("li", { class: "muted" }, "Times are in UTC."),
  );
}

function drawing(entries, lanes, width, label, marks) {
  const scale = timescale(entries.map((entry) => entry.at), width);
  const rows = IS_NARROW.matches ? NARROW : WIDE;
  const height = HEAD + lanes.length * rows.lane + 8;
  const total = Math.max(width, Math.ceil(scale.width));
  const root = s("svg", { width: total, height, viewBox: `0 0 ${total} ${height}`, role: "group", "aria-label": label, "aria-describedby": "timeline-help" });
  root.append(...scale.spans.map((span, index) => spanBackground(span, height, scale.spans[index - 1])), ...scale.pauses.map((pause) => pauseBackground(pause, height)));
  const byLane = new Map(lanes.map(({ lane }) => [lane, []]));
  for (const entry of entries) byLane.get(entry.lane).push(entry);
  lanes.forEach((lane, row) => {
    const y = HEAD + row * rows.lane + rows.middle;
    root.append(s("line", { class: "lane-line", x1: 0, x2: total, y1: y, y2: y }));
    for (const group of groupsOf(byLane.get(lane.lane), scale.x, MIN_DISTANCE)) marks.push({ ...group, y, row, lane });
  });
  root.append(path(marks));
  marks.sort((a, b) => a.x - b.x || a.row - b.row);
  for (const mark of marks) root.append((mark.node = markNode(mark)));
  return root;
}

function spanBackground({ left, right, from, to }, height, before) {
  const sameDay = day(from) === day(to);
  const sameYear = before && new Date(before.from).getUTCFullYear() === new Date(from).getUTCFullYear();
  const dates = !sameDay ? `${shortDay(from)} – ${shortDay(to)}` : sameYear ? shortDay(from) : day(from);
  const sameMinute = minute(from) === minute(to);
  const times = !sameDay ? duration(to - from) : sameMinute ? minute(from) : `${minute(from)} – ${minute(to)}`;
  return s(
    "g",
    { class: "span", "aria-hidden": "true" },
    s("rect", { x: left, y: 0, width: right - left, height, rx: 8 }),
    s("text", { x: left + 10, y: 21, class: "date" }, dates),
    s("text", { x: left + 10, y: 38, class: "time" }, times),
  );
}

function pauseBackground({ left, right, length }, height) {
  const middle = (left + right) / 2;
  const teeth = Array.from({ length: Math.floor((height - 34) / 6) }, (_, index) => `L${middle + (index % 2 ? 3 : -3)} ${34 + index * 6}`);
  return s(
    "g",
    { class: "pause", "aria-hidden": "true" },
    s("text", { x: middle, y: 21, "text-anchor": "middle" }, duration(length)),
    s("path", { d: `M${middle} 30${teeth.join("")}` }),
  );
}

/** The line that connects the touchpoints. */
function path(marks) {
  const touches = marks.filter((mark) => mark.lane.kind === "touchpoint").sort((a, b) => a.x - b.x);
  const stops = touches.length > MAX_LINKED ? [] : touches;
  const steps = stops.map(({ x, y }, index) => {
    if (!index) return `M${x} ${y}`;
    const before = stops[index - 1];
    const bend = (before.x + x) / 2;
    return `C${bend} ${before.y} ${bend} ${y} ${x} ${y}`;
  });
  return s("path", { class: "journey-line", d: steps.join("") || "M0 0" });
}

function markClass({ kind, channel, informational }) {
  return `mark ${kind}${channel ? ` tone-${toneOf(channel)}` : ""}${informational ? " informational" : ""}`;
}

function markNode(mark) {
  const { x, y, entries, lane } = mark;
  const [first] = entries;
  const many = entries.length > 1;
  const size = many ? Math.min(10.5 + Math.log10(entries.length) * 2, 16) : 8;
  const attributes = {
    class: `${markClass({ ...lane, informational: entries.every((m) => m.informational) })}${many ? " many" : ""}`,
    transform: `translate(${x.toFixed(1)} ${y})`,
    role: "button",
    tabindex: "-1",
    "aria-label": describe(mark),
  };
  const number = many && s("text", { y: lane.kind === "event" ? 4.5 : 3.5 }, compact(entries.length));
  return s("g", attributes, s("circle", { class: "ring", r: size + 5 }), SHAPES[first.kind](size), number);
}

function describe({ entries, lane }) {
  const [first] = entries;
  const name = lane.channel ? `${words(lane.channel)} touchpoint` : KIND_NAMES[lane.kind];
  if (entries.length === 1) return `${name}, ${first.title}, ${dateTime(first.at)}`;
  const what = count(entries.length, name.toLowerCase(), lane.kind === "identity" ? "identities" : `${name.toLowerCase()}s`);
  return `${what}, ${dateTime(first.at)} to ${dateTime(entries.at(-1).at)}`;
}

function addListeners(marks, { picture, tip, onChoose }) {
  if (marks.length) marks[0].node.setAttribute("tabindex", "0");
  const hide = () => (tip.hidden = true);
  marks.forEach((mark, index) => {
    const { node } = mark;
    node.addEventListener("pointerenter", () => showTip(mark, picture, tip));
    node.addEventListener("pointerleave", hide);
    node.addEventListener("focus", () => {
      marks.forEach((other) => other.node.setAttribute("tabindex", other === mark ? "0" : "-1"));
      node.scrollIntoView({ block: "nearest", inline: "nearest" });
      showTip(mark, picture, tip);
    });
    node.addEventListener("blur", hide);
    node.addEventListener("click", () => onChoose(mark.entries));
    node.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") onChoose(mark.entries);
      else if (event.key === "Escape") hide();
      else if (!(event.key in STEPS)) return;
      event.preventDefault();
      STEPS[event.key]?.(marks, index)?.node.focus();
    });
  });
}

const STEPS = {
  ArrowRight: (marks, index) => marks[index + 1],
  ArrowLeft: (marks, index) => marks[index - 1],
  ArrowDown: (marks, index) => nearest(marks, index, 1),
  ArrowUp: (marks, index) => nearest(marks, index, -1),
  Home: (marks) => marks[0],
  End: (marks) => marks.at(-1),
};

function nearest(marks, index, step) {
  const here = marks[index];
  const beyond = marks.filter((mark) => (mark.row - here.row) * step > 0);
  const far = (mark) => Math.abs(mark.row - here.row) * 1e6 + Math.abs(mark.x - here.x);
  return beyond.sort((a, b) => far(a) - far(b))[0];
}

function showTip(mark, picture, tip) {
  tip.replaceChildren(...(mark.entries.length > 1 ? tipOfMany(mark) : tipOfOne(mark.entries[0])));
  tip.hidden = false;
  const box = picture.getBoundingClientRect();
  const at = mark.node.getBoundingClientRect();
  const left = at.left + at.width / 2 - box.left - tip.offsetWidth / 2;
  const below = at.bottom - box.top + 8;
  const fits = at.bottom + tip.offsetHeight + 16 < innerHeight;
  tip.style.left = `${Math.max(0, Math.min(left, box.width - tip.offsetWidth))}px`;
  tip.style.top = `${fits ? below : at.top - box.top - tip.offsetHeight - 8}px`;
}

function tipOfOne(entry) {
  const kind = entry.channel ? `${words(entry.channel)} touchpoint` : KIND_NAMES[entry.kind];
  const facts = entry.facts.slice(0, 9).map(([name, value]) => [h("dt", {}, words(name)), h("dd", {}, value)]);
  return [h("p", { class: "tip-kind" }, icon(entry.kind, entry.channel), kind), h("p", { class: "tip-title" }, entry.title), h("p", { class: "muted" }, dateTime(entry.at)), h("dl", {}, facts)];
}

function tipOfMany({ entries, lane }) {
  const rest = entries.length - MAX_LISTED;
  const name = lane.channel ? `${words(lane.channel)} touchpoint` : KIND_NAMES[lane.kind];
  const last = entries.at(-1).at;
  return [
    h("p", { class: "tip-kind" }, icon(lane.kind, lane.channel), `${compact(entries.length)} × ${name}`),
    h("p", { class: "muted" }, `${dateTime(entries[0].at)} to ${day(last) === day(entries[0].at) ? minute(last) : dateTime(last)}`),
    h("ul", {}, entries.slice(0, MAX_LISTED).map((m) => h("li", {}, h("time", {}, minute(m.at)), ` ${m.title}`))),
    rest > 0 && h("p", { class: "muted" }, `and ${count(rest, "more", "more")}, in the table below`),
  ].filter(Boolean);
}

function diamond(size) {
  const far = size * 1.15;
  return s("path", { class: "shape", d: `M0 ${-far}L${far} 0L0 ${far}L${-far} 0Z` });
}

function circle(size) {
  return s("circle", { class: "shape", r: size * 0.85 });
}

function square(size) {
  const side = size * 1.6;
  return s("rect", { class: "shape", x: -side / 2, y: -side / 2, width: side, height: side, rx: 3 });
}

function star(size) {
  const corners = Array.from({ length: 10 }, (_, index) => {
    const far = index % 2 ? size * 0.68 : size * 1.3;
    const angle = (index * Math.PI) / 5 - Math.PI / 2;
    return `${(far * Math.cos(angle)).toFixed(2)} ${(far * Math.sin(angle)).toFixed(2)}`;
  });
  return s("path", { class: "shape", d: `M${corners.join("L")}Z` });
}
