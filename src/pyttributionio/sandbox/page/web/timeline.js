// The journey as a picture: time from left to right, one lane a channel and kind, shapes that differ.

import { h, s } from "./dom.js";
import { compact, count, day, duration, minute, moment as written, shortDay, words } from "./format.js";
import { KIND_NAMES, KIND_PLURALS, lanesOf, toneOf } from "./journey.js";
import { groupsOf, spansOf, timescale } from "./timescale.js";

// All in pixels. timeline.css has the same heights for the lanes' names, which stand beside the lanes, or in them.
const HEAD = 52; // above the lanes, for the dates
const WIDE = { lane: 42, middle: 21 };
const NARROW = { lane: 56, middle: 34 };
const IS_NARROW = matchMedia("(max-width: 40rem)");
const APART = 28; // between two marks of a lane; closer ones become one
const MOST_LINKED = 60; // touchpoints; a line through more is a tangle
const SHAPES = { touchpoint: diamond, pageview: circle, identity: square, event: star };
const MOST_TOLD = 6;

/** Make the picture; `onChoose` gets the moments of the mark that was clicked. */
export function timeline(moments, { label, onChoose }) {
  const lanes = lanesOf(moments);
  const tip = h("div", { class: "tip", hidden: true, "aria-hidden": "true" });
  const scroll = h("div", { class: "timeline-scroll", tabindex: "-1" });
  const picture = h("div", { class: "timeline" }, laneNames(lanes), scroll, tip);
  const help = h("p", { class: "unseen", id: "timeline-help" }, "The arrow keys move between the marks; Enter finds one in the list below.");
  let drawn = 0;

  function draw() {
    const width = Math.floor(scroll.clientWidth);
    if (!width || width === drawn) return;
    drawn = width;
    const keepsFocus = scroll.contains(document.activeElement);
    const marks = [];
    scroll.replaceChildren(drawing(moments, lanes, width, label, marks));
    livenUp(marks, { picture, tip, onChoose });
    if (keepsFocus) marks[0]?.node.focus();
  }

  const observer = new ResizeObserver(() => requestAnimationFrame(draw));
  observer.observe(scroll);
  return h("div", { class: "timeline-box" }, picture, help, legend(moments));
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

/** A kind's shape by itself, for names and legends. */
export function icon(kind, channel = null) {
  const box = { class: "icon", viewBox: "-9 -9 18 18", width: 16, height: 16, "aria-hidden": "true" };
  return s("svg", box, s("g", { class: markClass({ kind, channel }) }, SHAPES[kind](7)));
}

function legend(moments) {
  const kinds = [...new Set(moments.map((moment) => moment.kind))];
  const tones = { paid: "paid", organic: "organic or referral", own: "email or message", other: "direct or other" };
  const channels = { paid: "display", organic: "referral", own: "email", other: "direct" };
  const present = new Set(moments.filter((m) => m.channel).map((m) => toneOf(m.channel)));
  return h(
    "ul",
    { class: "legend", "aria-label": "Legend" },
    kinds.filter((kind) => kind !== "touchpoint").map((kind) => h("li", {}, icon(kind), KIND_NAMES[kind])),
    Object.keys(tones).filter((tone) => present.has(tone)).map((tone) => h("li", {}, icon("touchpoint", channels[tone]), `Touchpoint, ${tones[tone]}`)),
    spansOf(moments.map((m) => m.at)).length > 1 && h("li", {}, h("span", { class: "legend-pause", "aria-hidden": "true" }), "a pause, cut short"),
    h("li", { class: "muted" }, "Times are in UTC."),
  );
}

function drawing(moments, lanes, width, label, marks) {
  const scale = timescale(moments.map((moment) => moment.at), width);
  const rows = IS_NARROW.matches ? NARROW : WIDE;
  const height = HEAD + lanes.length * rows.lane + 8;
  const total = Math.max(width, Math.ceil(scale.width));
  const root = s("svg", { width: total, height, viewBox: `0 0 ${total} ${height}`, role: "group", "aria-label": label, "aria-describedby": "timeline-help" });
  root.append(...scale.spans.map((span, index) => spanGround(span, height, scale.spans[index - 1])), ...scale.pauses.map((pause) => pauseGround(pause, height)));
  const byLane = new Map(lanes.map(({ lane }) => [lane, []]));
  for (const moment of moments) byLane.get(moment.lane).push(moment);
  lanes.forEach((lane, row) => {
    const y = HEAD + row * rows.lane + rows.middle;
    root.append(s("line", { class: "lane-line", x1: 0, x2: total, y1: y, y2: y }));
    for (const group of groupsOf(byLane.get(lane.lane), scale.x, APART)) marks.push({ ...group, y, row, lane });
  });
  root.append(path(marks));
  marks.sort((a, b) => a.x - b.x || a.row - b.row);
  for (const mark of marks) root.append((mark.node = markNode(mark)));
  return root;
}

function spanGround({ left, right, from, to }, height, before) {
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

function pauseGround({ left, right, length }, height) {
  const middle = (left + right) / 2;
  const teeth = Array.from({ length: Math.floor((height - 34) / 6) }, (_, index) => `L${middle + (index % 2 ? 3 : -3)} ${34 + index * 6}`);
  return s(
    "g",
    { class: "pause", "aria-hidden": "true" },
    s("text", { x: middle, y: 21, "text-anchor": "middle" }, duration(length)),
    s("path", { d: `M${middle} 30${teeth.join("")}` }),
  );
}

/** The line through the touchpoints, from channel to channel. */
function path(marks) {
  const touches = marks.filter((mark) => mark.lane.kind === "touchpoint").sort((a, b) => a.x - b.x);
  const stops = touches.length > MOST_LINKED ? [] : touches;
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
  const { x, y, moments, lane } = mark;
  const [first] = moments;
  const many = moments.length > 1;
  const size = many ? Math.min(10.5 + Math.log10(moments.length) * 2, 16) : 8;
  const attributes = {
    class: `${markClass({ ...lane, informational: moments.every((m) => m.informational) })}${many ? " many" : ""}`,
    transform: `translate(${x.toFixed(1)} ${y})`,
    role: "button",
    tabindex: "-1",
    "aria-label": told(mark),
  };
  const number = many && s("text", { y: lane.kind === "event" ? 4.5 : 3.5 }, compact(moments.length));
  return s("g", attributes, s("circle", { class: "ring", r: size + 5 }), SHAPES[first.kind](size), number);
}

function told({ moments, lane }) {
  const [first] = moments;
  const name = lane.channel ? `${words(lane.channel)} touchpoint` : KIND_NAMES[lane.kind];
  if (moments.length === 1) return `${name}, ${first.title}, ${written(first.at)}`;
  const what = count(moments.length, name.toLowerCase(), lane.kind === "identity" ? "identities" : `${name.toLowerCase()}s`);
  return `${what}, ${written(first.at)} to ${written(moments.at(-1).at)}`;
}

function livenUp(marks, { picture, tip, onChoose }) {
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
    node.addEventListener("click", () => onChoose(mark.moments));
    node.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") onChoose(mark.moments);
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
  tip.replaceChildren(...(mark.moments.length > 1 ? tipOfMany(mark) : tipOfOne(mark.moments[0])));
  tip.hidden = false;
  const box = picture.getBoundingClientRect();
  const at = mark.node.getBoundingClientRect();
  const left = at.left + at.width / 2 - box.left - tip.offsetWidth / 2;
  const below = at.bottom - box.top + 8;
  const fits = at.bottom + tip.offsetHeight + 16 < innerHeight;
  tip.style.left = `${Math.max(0, Math.min(left, box.width - tip.offsetWidth))}px`;
  tip.style.top = `${fits ? below : at.top - box.top - tip.offsetHeight - 8}px`;
}

function tipOfOne(moment) {
  const kind = moment.channel ? `${words(moment.channel)} touchpoint` : KIND_NAMES[moment.kind];
  const facts = moment.facts.slice(0, 9).map(([name, value]) => [h("dt", {}, words(name)), h("dd", {}, value)]);
  return [h("p", { class: "tip-kind" }, icon(moment.kind, moment.channel), kind), h("p", { class: "tip-title" }, moment.title), h("p", { class: "muted" }, written(moment.at)), h("dl", {}, facts)];
}

function tipOfMany({ moments, lane }) {
  const rest = moments.length - MOST_TOLD;
  const name = lane.channel ? `${words(lane.channel)} touchpoint` : KIND_NAMES[lane.kind];
  const last = moments.at(-1).at;
  return [
    h("p", { class: "tip-kind" }, icon(lane.kind, lane.channel), `${compact(moments.length)} × ${name}`),
    h("p", { class: "muted" }, `${written(moments[0].at)} to ${day(last) === day(moments[0].at) ? minute(last) : written(last)}`),
    h("ul", {}, moments.slice(0, MOST_TOLD).map((m) => h("li", {}, h("time", {}, minute(m.at)), ` ${m.title}`))),
    rest > 0 && h("p", { class: "muted" }, `and ${count(rest, "more", "more")}, in the list below`),
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
