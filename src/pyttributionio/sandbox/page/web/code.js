// Code to read and copy: tabs of texts, with coloured JSON.

import { h, show } from "./dom.js";
import { number } from "./format.js";

const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[-+.0-9eE]+|[a-z]+|[{}[\],:]|\s+/g;
const MAX_SHOWN = 200_000; // characters; a browser is slow with more of them
const MAX_COLOURED = 5_000; // tokens

const lastChosen = new Map(); // by the tabs' id; the next item opens with the same tab

/**
 * Indent a JSON text without changing its values, up to a number of characters.
 * Return the `shown` text and the number of characters that are `left`, or null for text that is not JSON.
 */
export function indented(text, most = Infinity) {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  const parts = [];
  let length = 0;
  let depth = 0;
  let opened = false;
  const line = () => {
    parts.push("\n", "  ".repeat(depth));
    length += 1 + 2 * depth;
  };
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    if (length > most) return { shown: parts.join(""), left: text.length - index };
    if (/^\s/.test(token)) continue;
    const closes = token === "}" || token === "]";
    if (closes) depth -= 1;
    if (closes ? !opened : opened) line();
    opened = token === "{" || token === "[";
    if (opened) depth += 1;
    parts.push(token === ":" ? ": " : token);
    length += token.length;
    if (token === ",") line();
  }
  return { shown: parts.join(""), left: 0 };
}

/**
 * Create tabs of texts, each with a button that copies it.
 * A tab has `name` and `text`, and optionally `language` ("json") and `note`.
 */
export function codeTabs(id, label, tabs) {
  const buttons = tabs.map((tab, index) => {
    const state = { role: "tab", id: `${id}-tab-${index}`, "aria-controls": `${id}-panel`, type: "button" };
    return h("button", { ...state, on: { click: () => choose(index) } }, tab.name);
  });
  const list = h("div", { role: "tablist", "aria-label": label, class: "tabs", on: { keydown: moveTab } }, buttons);
  const panel = h("div", { role: "tabpanel", id: `${id}-panel`, class: "tab-panel", tabindex: "0" });
  const copy = h("button", { type: "button", class: "small copy" }, "Copy");
  copy.addEventListener("click", () => copyText(copy, tabs[chosen].text));
  let chosen = 0;

  function choose(index) {
    chosen = index;
    lastChosen.set(id, tabs[index].name);
    buttons.forEach((button, position) => {
      button.setAttribute("aria-selected", String(position === index));
      button.tabIndex = position === index ? 0 : -1;
    });
    panel.setAttribute("aria-labelledby", buttons[index].id);
    copy.setAttribute("aria-label", `Copy: ${tabs[index].name}`);
    show(panel, tabs[index].note && h("p", { class: "muted note" }, tabs[index].note), codeBlock(tabs[index]));
  }

  function moveTab(event) {
    const to = { ArrowRight: chosen + 1, ArrowLeft: chosen - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined || !buttons[to]) return;
    event.preventDefault();
    choose(to);
    buttons[to].focus();
  }

  choose(Math.max(0, tabs.findIndex((tab) => tab.name === lastChosen.get(id))));
  return h("div", { class: "code" }, h("div", { class: "code-head" }, list, copy), panel);
}

/** Create one text with a button that copies it. */
export function copyable(text, label) {
  const copy = h("button", { type: "button", class: "small copy", "aria-label": `Copy: ${label}` }, "Copy");
  copy.addEventListener("click", () => copyText(copy, text));
  return h("div", { class: "code copyable" }, h("pre", { tabindex: "0", "aria-label": label }, h("code", {}, text)), copy);
}

function codeBlock({ text, language, name }) {
  if (!text) return h("p", { class: "muted empty" }, "Empty: no bytes.");
  const json = language === "json" ? indented(text, MAX_SHOWN) : null;
  const { shown, left } = json ?? { shown: text.slice(0, MAX_SHOWN), left: Math.max(0, text.length - MAX_SHOWN) };
  return [
    h("pre", { "aria-label": name }, h("code", {}, json ? coloured(shown) : shown)),
    left > 0 && h("p", { class: "muted note" }, `${number(left)} more characters are not shown; Copy copies all of them.`),
  ].filter(Boolean);
}

function coloured(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(TOKENS)) {
    const [token] = match;
    const kind = kindOf(token, text, match.index + token.length);
    if (!kind) continue;
    if (nodes.length >= MAX_COLOURED) break;
    nodes.push(text.slice(end, match.index), h("span", { class: kind }, token));
    end = match.index + token.length;
  }
  return [...nodes, text.slice(end)];
}

function kindOf(token, text, end) {
  if (token.startsWith('"')) return text[end] === ":" ? "json-name" : "json-text";
  if (/^[-0-9]/.test(token)) return "json-number";
  return /^[a-z]/.test(token) ? "json-word" : null;
}

async function copyText(button, text) {
  const result = (await writeClipboard(text)) ? "Copied" : "Select it and copy";
  button.textContent = result;
  setTimeout(() => (button.textContent = "Copy"), 1600);
}

async function writeClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return writeBySelection(text); // the page is neither on loopback nor on https
  }
}

function writeBySelection(text) {
  const area = h("textarea", { class: "visually-hidden", "aria-hidden": "true" });
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
