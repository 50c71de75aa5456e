// The first steps: the snippet for a site, the variables for a back end, and the example shop if it is there.

import { copyable } from "./code.js";
import { h, show } from "./dom.js";

/** Show the steps in an element; `first` if the account has no customers. */
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
  const title = first ? `No customers yet: follow three steps${state.shop ? ", or open the shop" : ""}` : "Set up";
  show(
    element,
    h(
      "article",
      { class: "page setup" },
      h("header", { class: "page-head" }, h("p", { class: "overline" }, "A local Attribution.io"), h("h1", {}, title), h("p", { class: "lead" }, "This page shows each visit, identity and event at once. Nothing is sent to Attribution.io.")),
      state.shop && shopCard(),
      step(1, "Your site", "Add the snippet to the pages of the site that you develop. Like the vendor's snippet, it records pageviews and sets the visitor's cookie.", copyable(tag, "the snippet's tag")),
      step(2, "Your back end", "Set these variables for the SDK.", copyable(exports.join("\n"), "the environment variables"), h("p", { class: "muted" }, "To read customers, set PYTTRIBUTIONIO_API_SECRET too. It is the secret that the sandbox was started with; this page never shows it.")),
      step(3, "Identify the customer", "An event from the back end has the visitor id and the customer's id. From then on, everything that the visitor did belongs to the customer's journey.", copyable(python.join("\n"), "the Python example"), h("p", { class: "muted" }, "In the browser, AttributionSandbox.identify does the same.")),
    ),
  );
}

function shopCard() {
  return h(
    "section",
    { class: "card shop-card" },
    h("div", {}, h("h2", {}, "See an example first"), h("p", {}, "The example shop has the snippet in its pages and the SDK in its back end. Follow an ad, sign up, buy socks, and see your journey here.")),
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
