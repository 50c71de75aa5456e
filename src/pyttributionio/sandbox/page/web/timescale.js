// The horizontal position of a time in the picture. Long pauses are cut out, so that minutes are visible within weeks.
// Pure functions.

const PAUSE = 30 * 60 * 1000; // milliseconds; a session ends after such a pause
const DAY = 24 * 60 * 60 * 1000;
const MAX_SPANS = 20;

/** Divide sorted times (milliseconds) at their longest pauses into at most `most` spans. */
export function spansOf(times, most = MAX_SPANS) {
  const pauses = [];
  for (let index = 1; index < times.length; index += 1) {
    if (times[index] - times[index - 1] >= PAUSE) pauses.push(index);
  }
  const lengthAt = (index) => times[index] - times[index - 1];
  const cuts = pauses.sort((a, b) => lengthAt(b) - lengthAt(a)).slice(0, most - 1);
  const starts = [0, ...cuts.sort((a, b) => a - b)];
  return starts.map((start, position) => {
    const end = (starts[position + 1] ?? times.length) - 1;
    return { from: times[start], to: times[end], count: end - start + 1 };
  });
}

/**
 * Place the spans next to each other. They share the width, and longer spans get more of it. Each gets at least
 * `least` (1.5 times as much if it has several days); if the width is too small, the picture gets wider. In pixels.
 */
export function timescale(times, width, { least = 98, pause = 40, inset = 18 } = {}) {
  const spans = spansOf(times);
  const weights = spans.map(({ from, to, count }) => Math.log2(2 + (to - from) / 60000) + Math.log2(1 + count));
  const leasts = spans.map(({ from, to }) => (to - from < DAY ? least : least * 1.5));
  const spare = Math.max(0, width - leasts.reduce((sum, each) => sum + each, 0) - (spans.length - 1) * pause);
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  let left = 0;
  const placed = spans.map((span, index) => {
    const right = left + leasts[index] + (spare * weights[index]) / all;
    const result = { ...span, left, right, first: left + inset, last: right - inset };
    left = right + pause;
    return result;
  });
  const pauses = placed.slice(1).map((span, index) => ({
    left: placed[index].right,
    right: span.left,
    length: span.from - placed[index].to,
  }));
  return { width: left - pause, spans: placed, pauses, x: (time) => position(placed, time) };
}

function position(spans, time) {
  let low = 0;
  let high = spans.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (spans[middle].from <= time) low = middle;
    else high = middle - 1;
  }
  const { from, to, first, last } = spans[low];
  return to === from ? (first + last) / 2 : first + ((time - from) / (to - from)) * (last - first);
}

/** Group the entries of a lane, in the order of time, that would overlap: those closer to a group's start than `distance`. */
export function groupsOf(entries, x, distance) {
  const groups = [];
  let current = null;
  let start = -Infinity;
  for (const entry of entries) {
    const at = x(entry.at);
    if (at - start >= distance) {
      current = { entries: [], x: 0 };
      groups.push(current);
      start = at;
    }
    current.entries.push(entry);
    current.x += at;
  }
  // A group is at the middle of its entries, but does not overlap the group before.
  let before = -Infinity;
  for (const group of groups) {
    group.x = before = Math.max(group.x / group.entries.length, before + distance * 0.95);
  }
  return groups;
}
