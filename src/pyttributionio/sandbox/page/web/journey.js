// The entries of a journey, read from the API's answer. Pure functions, without document and network.

export const KINDS = ["touchpoint", "pageview", "identity", "event"];
export const KIND_NAMES = { touchpoint: "Touchpoint", pageview: "Pageview", identity: "Identity", event: "Event" };
export const KIND_PLURALS = { touchpoint: "Touchpoints", pageview: "Pageviews", identity: "Identities", event: "Events" };

const READERS = { touchpoint: touchpoint, pageview: pageview, identity: identity, event: event };
const COLLECTIONS = { touchpoint: "touchpoints", pageview: "pageviews", identity: "identities", event: "events" };

/**
 * List the entries of a customer in the order of time: kind, lane, time (`at` in milliseconds, `iso` as in the answer),
 * title, and facts by name. An item without a readable time is left out; the sandbox has none.
 */
export function entriesOf(customer) {
  const entries = [];
  for (const kind of KINDS) {
    for (const item of customer[COLLECTIONS[kind]] ?? []) {
      const at = Date.parse(item.created_at);
      if (!Number.isNaN(at)) entries.push({ kind, at, iso: item.created_at, lane: kind, ...READERS[kind](item) });
    }
  }
  // The sort is stable: in one second, the touchpoint comes before its pageview.
  entries.sort((a, b) => a.at - b.at);
  entries.forEach((entry, index) => (entry.index = index));
  return entries;
}

/** List the lanes that have entries: the channels in the order of their first touchpoints, then the other kinds. */
export function lanesOf(entries) {
  const found = new Set(entries.map((entry) => entry.lane));
  const kinds = KINDS.filter((kind) => kind !== "touchpoint" && found.has(kind));
  const channels = [...found].filter((lane) => lane.startsWith("channel:"));
  return [...channels.map((lane) => ({ lane, kind: "touchpoint", channel: lane.slice(8) })), ...kinds.map((kind) => ({ lane: kind, kind }))];
}

/** The group of a channel, which gives the touchpoint its colour. */
export function toneOf(channel) {
  if (/^(paid_|display$|cross_network$|affiliates$|audio$)/.test(channel)) return "paid";
  if (/^(organic_|referral$)/.test(channel)) return "organic";
  if (/^(email|sms|mobile_push)$/.test(channel)) return "own";
  return "other";
}

function touchpoint(item) {
  const channel = text(item.channel) ?? "unassigned";
  const origin = [item.source, item.medium, item.campaign].map(text).filter(Boolean).join(" / ");
  return {
    lane: `channel:${channel}`,
    channel,
    title: origin || "unknown origin",
    facts: facts(item, ["channel", "source", "medium", "campaign", "term", "content", "keyword", "referrer", "landing_page"]),
    url: text(item.url),
  };
}

function pageview(item) {
  return {
    title: text(item.title) ?? text(item.url) ?? "page without an address",
    facts: facts({ ...item, agent: item.meta?.agent, visitor: item.aliases }, ["title", "url", "referrer", "visitor", "agent"]),
    url: text(item.url),
  };
}

function identity(item) {
  return {
    title: `${text(item.client_id) ?? "unknown customer"} is visitor ${list(item.aliases)}`,
    facts: facts({ ...item, agent: item.meta?.agent, visitor: item.aliases }, ["client_id", "visitor", "agent"]),
    url: null,
  };
}

function event(item) {
  return {
    title: text(item.event_public_key) ?? text(item.name) ?? "event without a key",
    informational: item.is_informational === true,
    facts: facts({ ...item, agent: item.meta?.agent, visitor: item.aliases }, [
      "event_public_key",
      "client_id",
      "url",
      "transaction_id",
      "is_informational",
      "revenue",
      "visitor",
      "agent",
    ]),
    url: text(item.url),
  };
}

function facts(item, names) {
  return names
    .map((name) => [name, Array.isArray(item[name]) ? list(item[name]) : text(item[name])])
    .filter(([, value]) => value !== null);
}

function list(values) {
  return Array.isArray(values) ? values.map((value) => text(value) ?? "?").join(", ") : (text(values) ?? "unknown");
}

function text(value) {
  if (value === null || value === undefined || value === "") return null;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
