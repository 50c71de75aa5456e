// Text to be read and copied: JSON with its parts coloured, and tabs of such texts.

import { h, show } from "./dom.js";
import { number } from "./format.js";

const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[-+.0-9eE]+|[a-z]+|[{}[\],:]|\s+/g;
const MOST_SHOWN = 200_000; // characters; a browser lays out more of them, but slowly
const MOST_COLOURED = 5_000; // tokens

const lastChosen = new Map(); // by the tabs' id: who reads Python wants it for the next one too

/**
 * Indent a JSON text without changing any of its values, up to about so many characters.
 * Returns the `shown` text and how many characters of the given one are `left`, or null for what is no JSON.
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
 * Make tabs of texts, each with a button that copies it.
 * A tab: `name`, `text`, and if wanted `language` ("json"), `note`, `copied` (what the button copies instead).
 */
export function codeTabs(id, label, tabs) {
  const buttons = tabs.map((tab, index) => {
    const state = { role: "tab", id: `${id}-tab-${index}`, "aria-controls": `${id}-panel`, type: "button" };
    return h("button", { ...state, on: { click: () => choose(index) } }, tab.name);
  });
  const list = h("div", { role: "tablist", "aria-label": label, class: "tabs", on: { keydown: moved } }, buttons);
  const panel = h("div", { role: "tabpanel", id: `${id}-panel`, class: "tab-panel", tabindex: "0" });
  const copy = h("button", { type: "button", class: "small copy" }, "Copy");
  copy.addEventListener("click", () => copyText(copy, tabs[chosen].copied ?? tabs[chosen].text));
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

  function moved(event) {
    const to = { ArrowRight: chosen + 1, ArrowLeft: chosen - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined || !buttons[to]) return;
    event.preventDefault();
    choose(to);
    buttons[to].focus();
  }

  choose(Math.max(0, tabs.findIndex((tab) => tab.name === lastChosen.get(id))));
  return h("div", { class: "code" }, h("div", { class: "code-head" }, list, copy), panel);
}

/** Make one text with a button that copies it. */
export function copyable(text, label) {
  const copy = h("button", { type: "button", class: "small copy", "aria-label": `Copy: ${label}` }, "Copy");
  copy.addEventListener("click", () => copyText(copy, text));
  return h("div", { class: "code copyable" }, h("pre", { tabindex: "0", "aria-label": label }, h("code", {}, text)), copy);
}

function codeBlock({ text, language, name }) {
  if (!text) return h("p", { class: "muted empty" }, "Nothing: no bytes.");
  const json = language === "json" ? indented(text, MOST_SHOWN) : null;
  const { shown, left } = json ?? { shown: text.slice(0, MOST_SHOWN), left: Math.max(0, text.length - MOST_SHOWN) };
  return [
    h("pre", { "aria-label": name }, h("code", {}, json ? coloured(shown) : shown)),
    left > 0 && h("p", { class: "muted note" }, `${number(left)} more characters are not shown; Copy takes them all.`),
  ].filter(Boolean);
}

function coloured(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(TOKENS)) {
    const [token] = match;
    const kind = kindOf(token, text, match.index + token.length);
    if (!kind) continue;
    if (nodes.length >= MOST_COLOURED) break;
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
  const said = (await written(text)) ? "Copied" : "Select it and copy";
  button.textContent = said;
  setTimeout(() => (button.textContent = "Copy"), 1600);
}

async function written(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return writtenBySelection(text); // the page is neither on loopback nor on https
  }
}

function writtenBySelection(text) {
  const area = h("textarea", { class: "unseen", "aria-hidden": "true" });
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
