// The list of requests, updated when a request arrives.

import { getRequests, listen } from "./api.js";
import { h, moveByArrows, show, throttle } from "./dom.js";
import { count, number, second } from "./format.js";
import { requestLink } from "./route.js";

const MOST_KEPT = 2000;
const PAGE = 100;

const KINDS = {
  all: () => true,
  events: (request) => request.path === "/events" && request.method === "POST",
  identities: (request) => request.path === "/identities" && request.method === "POST",
  pageviews: (request) => /^\/_sandbox\/(collect|pageviews)$/.test(request.path) && request.method === "POST",
  reads: (request) => request.path.startsWith("/api/"),
  errors: (request) => request.status === null || request.status >= 400,
  faults: (request) => request.fault !== null,
  unknown: (request) => request.unknown_event_key !== null,
};

/** Control the list's elements; `onArrived` is called for each request, `onRestart` for a new sandbox on the same port. */
export function liveList({ selected, onArrived, onRestart: onNewSandbox, onState, hasShop }) {
  const [list, counted, news, more] = ["list", "count", "news", "more"].map((name) => document.getElementById(`live-${name}`));
  const [filter, kind, pause] = ["filter", "kind", "pause"].map((name) => document.getElementById(name));
  let requests = []; // newest first
  let waiting = []; // while paused
  let length = PAGE;
  let paused = false;
  let drawing = 0;
  let unannounced = 0;

  async function start() {
    let newest = "0";
    try {
      const found = await getRequests();
      requests = found.requests.toReversed();
      newest = found.last;
    } catch (error) {
      counted.textContent = error.message;
    }
    render();
    // Browsers allow few connections to one address, so a hidden tab closes its connection.
    let stop = null;
    const follow = () => {
      stop?.();
      stop = document.hidden ? null : listen(newest, { onRequest, onRestart, onState });
    };
    const onRequest = (request) => {
      newest = request.id;
      arrived(request);
    };
    const onRestart = (id) => {
      newest = id;
      restarted();
    };
    document.addEventListener("visibilitychange", follow);
    follow();
  }

  function arrived(request) {
    (paused ? waiting : requests).unshift(request);
    if (requests.length > MOST_KEPT) requests.length = MOST_KEPT;
    if (waiting.length > MOST_KEPT) waiting.length = MOST_KEPT;
    onArrived(request);
    unannounced += 1;
    announce();
    // Once per frame, for any number of requests.
    drawing ||= requestAnimationFrame(() => {
      drawing = 0;
      render();
    });
  }

  function restarted() {
    requests = [];
    waiting = [];
    render();
    onNewSandbox();
  }

  const announce = throttle(() => {
    news.textContent = paused ? "" : `${count(unannounced, "new request")}`;
    unannounced = 0;
  }, 1000);

  function render() {
    const text = filter.value.trim().toLowerCase();
    const matches = (request) => KINDS[kind.value](request) && (!text || searchText(request).includes(text));
    const found = requests.filter(matches);
    const focused = document.activeElement?.closest?.("#live-list a")?.dataset.id;
    show(list, found.length ? found.slice(0, length).map((request) => item(request)) : h("li", { class: "empty" }, emptyText()));
    mark();
    if (focused) list.querySelector(`a[data-id="${focused}"]`)?.focus({ preventScroll: true });
    more.hidden = found.length <= length;
    counted.textContent = found.length === requests.length ? count(found.length, "request") : `${number(found.length)} of ${count(requests.length, "request")}`;
    pause.textContent = paused ? (waiting.length ? `Resume: ${number(waiting.length)} new` : "Resume") : "Pause";
    pause.setAttribute("aria-pressed", String(paused));
  }

  function emptyText() {
    if (requests.length) return "No request matches the filter.";
    return `No requests yet. ${hasShop() ? "Open the example shop, or run" : "Run"} your own program against the sandbox.`;
  }

  function mark() {
    for (const link of list.querySelectorAll("a")) {
      // A link that was typed by hand may have no run.
      if (`-${link.dataset.id}`.endsWith(`-${selected()}`)) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  pause.addEventListener("click", () => {
    paused = !paused;
    if (!paused) requests = [...waiting, ...requests].slice(0, MOST_KEPT);
    waiting = [];
    render();
  });
  filter.addEventListener("input", render);
  kind.addEventListener("change", render);
  more.addEventListener("click", () => {
    length += PAGE;
    render();
    list.querySelectorAll("a")[length - PAGE]?.focus();
  });
  moveByArrows(list, "a");
  return { start, mark };
}

function searchText({ method, path, query, status, about, fault, unknown_event_key: key }) {
  return `${method} ${path} ${query} ${status ?? "reset"} ${about} ${fault ?? ""} ${key === null ? "" : "unknown key"}`.toLowerCase();
}

function item(request) {
  const { id, method, path, about, status, fault, unknown_event_key: key, received_at: at } = request;
  return h(
    "li",
    {},
    h(
      "a",
      { href: requestLink(id), "data-id": id },
      h("span", { class: "row-title mono" }, h("b", { class: `method ${method === "GET" ? "get" : "post"}` }, method), " ", h("bdi", {}, path)),
      h("span", { class: "row-side" }, statusBadge(status)),
      h("span", { class: "row-line" }, h("time", { datetime: at, title: at }, second(Date.parse(at))), about && " · ", about && h("bdi", {}, about)),
      fault && h("span", { class: "row-fault" }, h("span", { class: "badge fault" }, "Fault"), " ", fault),
      key !== null && h("span", { class: "row-fault" }, h("span", { class: "badge fault" }, "Unknown key"), " ", h("bdi", {}, key)),
    ),
  );
}

/** A status code in a coloured box; without the colour, the code itself tells errors apart. */
export function statusBadge(status) {
  const group = status === null ? "none" : status < 300 ? "good" : status < 500 ? "bad" : "worse";
  return h("span", { class: `badge status-${group}` }, status === null ? "no answer" : String(status));
}
