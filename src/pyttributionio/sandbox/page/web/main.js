// The page: the fragment of its address selects the view.

import { getState } from "./api.js";
import { customerView } from "./customer.js";
import { customerList } from "./customers.js";
import { h, show } from "./dom.js";
import { faultPanel } from "./faults.js";
import { visible } from "./format.js";
import { liveList } from "./live.js";
import { requestTitle, requestView } from "./request.js";
import { readRoute } from "./route.js";
import { showSetup } from "./setup.js";

const panes = document.getElementById("panes");
const detail = document.getElementById("detail");
const accounts = document.getElementById("account");
const pulse = document.getElementById("pulse");
const customer = customerView(detail);
const request = requestView(detail);
const faults = faultPanel();
let state = null;
let route = readRoute(location.hash);
const scrollPositions = new Map(); // by the fragment of the address
let empty = false; // whether the account has no customers

const account = () => accounts.value;
const list = customerList({ account, selected: () => route.customer, onLoaded: loaded });
const live = liveList({ selected: () => route.request, onArrived: arrived, onRestart: restarted, onState: connected, hasShop: () => state.shop });

async function start() {
  // The page restores the scroll position itself: the browser may do it before the list is loaded.
  history.scrollRestoration = "manual";
  history.replaceState("seen", "");
  try {
    await readState();
  } catch (error) {
    show(detail, h("p", { class: "problem", role: "alert" }, error.message));
    return;
  }
  await list.load();
  open();
  await live.start();
}

async function readState() {
  state = await getState();
  const wanted = route.account ?? accounts.value;
  show(accounts, state.accounts.map(({ api_key: key, disabled }) => h("option", { value: key }, disabled ? `${key} (disabled)` : key)));
  if (state.accounts.some((each) => each.api_key === wanted)) accounts.value = wanted;
  document.getElementById("account-field").hidden = state.accounts.length < 2;
  document.getElementById("shop").hidden = !state.shop;
  faults.update(state.faults);
}

/** Show the view of the route. */
function open() {
  customer.close();
  request.close();
  panes.dataset.view = route.view;
  panes.dataset.open = String(route.customer !== undefined || route.request !== undefined || route.view === "setup");
  document.getElementById("customers-pane").hidden = route.view !== "customers";
  document.getElementById("live-pane").hidden = route.view !== "live";
  for (const link of document.querySelectorAll(".views a")) {
    if (link.dataset.view === route.view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (route.view === "live") faults.refresh(); // programs can add faults too
  list.mark();
  live.mark();
  document.title = `${titleOf(route)} · Sandbox of Attribution.io`;
  if (route.customer !== undefined) customer.open(account(), route.customer);
  else if (route.request !== undefined) request.open(route.request);
  else if (route.view === "setup") showSetup(detail, { account: account(), state, first: false });
  else showHint();
}

function titleOf({ view, customer: client, request: id }) {
  if (client !== undefined) return visible(client);
  if (id !== undefined) return requestTitle(id);
  return { customers: "Customers", live: "Live", setup: "Set up" }[view];
}

function showHint() {
  if (route.view === "customers" && empty) {
    panes.dataset.open = "true";
    showSetup(detail, { account: account(), state, first: true });
    return;
  }
  const [title, text] =
    route.view === "live"
      ? ["Live requests", "Choose a request to see its body, its answer, and code that sends it again."]
      : ["Choose a customer", "The journey appears here: touchpoints, pageviews, identities and events."];
  show(detail, h("div", { class: "hint" }, h("h1", {}, title), h("p", { class: "muted" }, text)));
}

function loaded({ total, searched }) {
  const was = empty;
  if (!searched) empty = total === 0;
  if (was !== empty && route.view === "customers" && route.customer === undefined) open();
}

function arrived({ method, status, fault }) {
  if (fault !== null) faults.refresh();
  // A request without an answer may have been stored before its reset.
  if (method !== "POST" || (status !== null && status >= 400 && fault === null)) return;
  list.refresh();
  customer.refresh();
}

async function restarted() {
  await readState();
  await list.load();
  open();
}

function connected(is) {
  pulse.classList.toggle("on", is);
  pulse.title = is ? "Connected: new requests are shown at once" : "Not connected: is the sandbox still running?";
}

/** Store the scroll position of the fragment that was left, and return that of the new one: Back and Forward restore it. */
function switchScrollPosition(left) {
  scrollPositions.set(left, scrollY);
  const returned = history.state !== null;
  history.replaceState("seen", "");
  return (returned && scrollPositions.get(location.hash)) || 0;
}

addEventListener("hashchange", async (event) => {
  const left = new URL(event.oldURL).hash;
  const top = switchScrollPosition(left);
  const before = readRoute(left);
  route = readRoute(location.hash);
  if (route.account !== null && route.account !== account() && state?.accounts.some((each) => each.api_key === route.account)) {
    accounts.value = route.account;
    await list.load();
  }
  if (state === null) return;
  open();
  const opened = route.customer !== before.customer || route.request !== before.request;
  // On narrow screens, the opened item replaces the list and gets the focus.
  const replaced = opened && panes.dataset.open === "true" && matchMedia("(max-width: 52rem)").matches;
  if (replaced) detail.focus({ preventScroll: true });
  scrollTo(0, replaced ? 0 : top);
});

accounts.addEventListener("change", async () => {
  await list.load();
  if (route.customer !== undefined) location.hash = "#customers";
  else open();
});

document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault(); // the fragment selects the view
  detail.focus();
});

start();
