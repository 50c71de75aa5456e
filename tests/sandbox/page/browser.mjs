// The parts of a browser that the snippet needs, with Node.js's own fetch.

import { readFileSync } from "node:fs";
import vm from "node:vm";

/** Run the snippet in a page; return the page with its warnings and requests. */
export async function load(snippet, { src, key, href = "https://shop.example/?utm_source=x", ...options } = {}) {
  const page = { now: 1_520_000_000_000, waiting: [] };
  const said = [];
  const requests = [];
  const listeners = {};
  const stored = options.stored ?? {};
  const cookies = { ...options.cookies };
  const written = [];
  const location = new URL(href);
  const document = {
    currentScript: options.tags ? null : { src, dataset: key === undefined ? {} : { key } },
    readyState: options.readyState ?? "complete",
    referrer: options.referrer ?? "https://ads.example/",
    title: options.title ?? "Shop",
    prerendering: options.prerendering ?? false,
    querySelectorAll: () => options.tags ?? [],
    get cookie() {
      return Object.entries(cookies).map((pair) => pair.join("=")).join("; ");
    },
    set cookie(text) {
      written.push(text);
      const [name, value] = text.split(";")[0].split("=");
      if (!options.noCookies) cookies[name] = value;
    },
    addEventListener: (type, listener) => {
      listeners[type] = listener;
      if (type === "prerenderingchange") page.waiting.push(listener);
    },
  };
  const window = {
    document,
    URL,
    Uint8Array,
    crypto,
    setTimeout,
    Date: { now: () => page.now },
    location: { get href() { return location.href; }, get protocol() { return location.protocol; } },
    navigator: { userAgent: "Test/1" },
    history: {
      pushState: (state, title, url) => (location.href = new URL(url, location.href).href),
      replaceState: (state, title, url) => (location.href = new URL(url, location.href).href),
    },
    localStorage: options.noStorage
      ? { getItem: refuse, setItem: refuse }
      : { getItem: (name) => stored[name] ?? null, setItem: (name, value) => (stored[name] = value) },
    console: { warn: (...words) => said.push(words.map(String).join(" ")) },
    addEventListener: (type, listener) => (listeners[type] = listener),
    ...(options.navigation && { navigation: { addEventListener: (type, listener) => (listeners[type] = listener) } }),
    fetch: (url, init) => {
      const request = { url: String(url), ...init };
      requests.push(request);
      const answer = options.fetch ? options.fetch(url, init) : fetch(url, init);
      request.answered = answer.then((found) => found.status, () => null);
      return answer;
    },
    ...options.window,
  };
  window.window = window;
  vm.runInNewContext(readFileSync(new URL(snippet), "utf-8"), window);
  Object.assign(page, { window, said, requests, listeners, stored, cookies, written, location });
  /** Wait until all requests are answered. */
  page.settled = async () => {
    await new Promise((resolve) => setTimeout(resolve));
    await Promise.all(requests.map((request) => request.answered));
    await new Promise((resolve) => setTimeout(resolve));
  };
  await page.settled();
  return page;
}

function refuse() {
  throw new Error("storage is forbidden");
}
