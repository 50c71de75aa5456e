// What to do next: the snippet for the site, the variables for the back end, and the shop to try it in.

import { copyable } from "./code.js";
import { h, show } from "./dom.js";

/** Show the steps in an element; `first` where nothing has arrived yet. */
export function showSetup(element, { account, state, first }) {
  const { base_url: baseUrl, tracking_url: trackingUrl } = state;
  const tag = `<script src="${trackingUrl}/snippet.js" data-key="${inAttribute(account)}" async></script>`;
  const exports = [
    ["API_KEY", account],
    ["BASE_URL", baseUrl],
    ["TRACKING_URL", trackingUrl],
  ].map(([name, value]) => `export PYTTRIBUTIONIO_${name}=${inShell(value)}`);
  const python = [
    "from pyttributionio import Client, visitor_id_from_cookies",
    "",
    "client = Client()  # reads the variables of step 2",
    "",
    "# In the handler of a sign-up:",
    "visitor_id = visitor_id_from_cookies(request.cookies)",
    "if visitor_id:",
    '    client.tracking.event("ev_signup", visitor_id=visitor_id, client_id="ada@example.com")',
  ];
  const title = first ? "Nothing here yet: three steps, or the shop" : "Set up";
  show(
    element,
    h(
      "article",
      { class: "page setup" },
      h("header", { class: "page-head" }, h("p", { class: "overline" }, "A local Attribution.io"), h("h1", {}, title), h("p", { class: "lead" }, "Each visit, identity and event that reaches this sandbox shows up here at once, and goes no further.")),
      shopCard(),
      step(1, "Your site", "Put the snippet into the pages of the site you develop. It records pageviews and sets the visitor's cookie, as the vendor's does.", copyable(tag, "the snippet's tag")),
      step(2, "Your back end", "Point the SDK at the sandbox.", copyable(exports.join("\n"), "the environment variables"), h("p", { class: "muted" }, "To read customers, set PYTTRIBUTIONIO_API_SECRET too: it is the secret that the sandbox was started with, and is shown nowhere on this page.")),
      step(3, "Tell who it was", "An event from the back end names the visitor and the person. From then on, all the visitor did is that customer's journey.", copyable(python.join("\n"), "the Python example"), h("p", { class: "muted" }, "In the browser alone, Attribution.identify(\"ada@example.com\") does it too.")),
    ),
  );
}

function shopCard() {
  return h(
    "section",
    { class: "card shop-card" },
    h("div", {}, h("h2", {}, "See it work first"), h("p", {}, "The example shop has the snippet in its pages and the SDK in its back end. Come by an ad, sign up, buy socks, and find the journey here.")),
    h("a", { class: "button primary", href: "/_sandbox/shop/" }, "Open the example shop"),
  );
}

function step(number, title, text, ...content) {
  return h("section", { class: "card step" }, h("h2", {}, h("span", { class: "step-number", "aria-hidden": "true" }, String(number)), title), h("p", {}, text), content);
}

function inShell(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
}

function inAttribute(text) {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}
