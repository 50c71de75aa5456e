// The views of the page by the fragment of the address, so that a view can be bookmarked and shared.

/** Read a fragment, such as "#customer=ada%40example.com&account=KEY", "#request=5f3a9c01d2e4-12" or "#live". */
export function readRoute(fragment) {
  const found = new Map();
  for (const pair of fragment.replace(/^#/, "").split("&")) {
    const at = pair.indexOf("=");
    found.set(decoded(at < 0 ? pair : pair.slice(0, at)), at < 0 ? "" : decoded(pair.slice(at + 1)));
  }
  const account = found.get("account") ?? null;
  if (found.has("customer")) return { view: "customers", customer: found.get("customer"), account };
  if (/^([0-9a-f]+-)?[0-9]{1,15}$/.test(found.get("request") ?? "")) return { view: "live", request: found.get("request"), account };
  for (const view of ["live", "setup"]) if (found.has(view)) return { view, account };
  return { view: "customers", account };
}

export const customerLink = (account, customer) =>
  `#customer=${encodeURIComponent(customer)}&account=${encodeURIComponent(account)}`;

export const requestLink = (id) => `#request=${id}`;

function decoded(text) {
  try {
    // Not URLSearchParams, which reads the + of ada+shop@example.com as a blank.
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
