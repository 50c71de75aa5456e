// Where a time stands in the picture. Long pauses are cut out, so that minutes can be seen in weeks. Pure.

const PAUSE = 30 * 60 * 1000; // milliseconds; as long as the pause that ends a session
const DAY = 24 * 60 * 60 * 1000;
const MOST_SPANS = 20;

/** Cut sorted times (milliseconds) where the longest pauses are, into at most so many spans. */
export function spansOf(times, most = MOST_SPANS) {
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
 * Lay the spans out side by side. They share the width there is, longer ones taking more of it; where it is too
 * narrow for `least` each (half as much again over several days), the picture gets wider. All in pixels.
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

/** Join what would overlap: items of one lane in the order of time, each joined to the group it is too close to. */
export function groupsOf(moments, x, distance) {
  const groups = [];
  let current = null;
  let start = -Infinity;
  for (const moment of moments) {
    const at = x(moment.at);
    if (at - start >= distance) {
      current = { moments: [], x: 0 };
      groups.push(current);
      start = at;
    }
    current.moments.push(moment);
    current.x += at;
  }
  // In the middle of what it stands for, but not on the one before.
  let before = -Infinity;
  for (const group of groups) {
    group.x = before = Math.max(group.x / group.moments.length, before + distance * 0.95);
  }
  return groups;
}
