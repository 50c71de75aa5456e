// The list of customers: the sandbox searches and pages it; it is updated when a request arrives.

import { getCustomers } from "./api.js";
import { h, moveByArrows, show, throttle } from "./dom.js";
import { ago, count, number, visible } from "./format.js";
import { customerLink } from "./route.js";

const PAGE = 50;

/** Control the list's elements; `account()` returns the account's key, `onLoaded` is called with the number of customers. */
export function customerList({ account, selected, onLoaded }) {
  const [list, counted, more] = ["list", "count", "more"].map((name) => document.getElementById(`customers-${name}`));
  const search = document.getElementById("search");
  let customers = [];
  let total = 0;
  let running = new AbortController();

  async function load({ keep = false, append = false } = {}) {
    running.abort();
    running = new AbortController();
    const { signal } = running;
    const offset = append ? customers.length : 0;
    const limit = keep ? Math.min(Math.max(customers.length, PAGE), 500) : PAGE;
    try {
      const found = await getCustomers({ account: account(), search: search.value.trim(), limit, offset }, signal);
      customers = append ? [...customers, ...found.customers] : found.customers;
      total = found.total;
      render();
      if (append) list.querySelectorAll("a")[offset]?.focus();
      onLoaded({ total, searched: search.value.trim() !== "" });
    } catch (error) {
      if (error.name !== "AbortError") counted.textContent = error.message;
    }
  }

  function render() {
    const focused = document.activeElement?.closest?.("#customers-list a")?.dataset.customer;
    show(list, customers.map(item));
    mark();
    if (focused !== undefined) [...list.querySelectorAll("a")].find((link) => link.dataset.customer === focused)?.focus();
    const found = search.value.trim() ? " found" : total ? ", latest seen first" : " yet";
    counted.textContent = `${total ? count(total, "customer") : "No customer"}${found}`;
    more.hidden = customers.length >= total;
    more.textContent = `Show ${number(Math.min(PAGE, total - customers.length))} more`;
  }

  function item(customer) {
    const seen = Date.parse(customer.last_seen_at);
    const facts = [count(customer.pageviews, "pageview"), count(customer.events, "event")].join(" · ");
    return h(
      "li",
      {},
      h(
        "a",
        { href: customerLink(account(), customer.client_id), "data-customer": customer.client_id },
        h("span", { class: "row-title" }, h("bdi", {}, visible(customer.client_id))),
        h("time", { class: "row-side", datetime: customer.last_seen_at, title: customer.last_seen_at }, ago(seen)),
        h("span", { class: "row-line" }, facts),
      ),
    );
  }

  function mark() {
    for (const link of list.querySelectorAll("a")) {
      if (link.dataset.customer === selected()) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  search.addEventListener("input", throttle(() => load(), 150));
  search.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    list.querySelector("a")?.focus();
  });
  more.addEventListener("click", () => load({ append: true }));
  moveByArrows(list, "a");
  return { load, mark, refresh: throttle(() => load({ keep: true }), 1000) };
}
