// What the page asks the sandbox.

const ROOT = "/_sandbox/api/";

/** The sandbox refused, or could not be reached; the message is for people. */
export class ApiError extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

export const getState = () => asked("state");
export const getCustomers = (parameters, signal) => asked("customers", parameters, signal);
export const getRequest = (id, signal) => asked(`requests/${id}`, {}, signal);

/** Read the latest requests, each with an id that no other sandbox on this port gives, and the last one's. */
export async function getRequests() {
  const { run, requests } = await asked("requests");
  return { requests: requests.map((request) => ({ ...request, id: `${run}-${request.number}` })), last: `${run}-${requests.at(-1)?.number ?? 0}` };
}

/** Read one customer: the answer's exact text, and the calls that ask for it. */
export async function getCustomer(account, clientId, signal) {
  const text = await textOf(await answered(`${ROOT}customer?${query({ account, client_id: clientId })}`, { signal }));
  // Found in the text, for parsing and writing it anew would change large numbers. In the calls before it,
  // which are JSON strings, quotation marks have a backslash.
  const start = text.indexOf(',"answer":');
  const { curl, python } = JSON.parse(`${text.slice(0, start)}}`);
  return { answer: text.slice(start + 10, -1), curl, python };
}

export const getFaults = () => sent("GET");
export const addFault = (fault) => sent("POST", JSON.stringify(fault));
export const clearFaults = () => sent("DELETE");

/** Listen to what arrives after the request of an id, or to all after "0"; returns what ends it. */
export function listen(after, { onRequest, onRestart, onState }) {
  const source = new EventSource(`${ROOT}stream?${query({ after })}`);
  source.addEventListener("open", () => onState(true));
  source.addEventListener("error", () => onState(false));
  source.addEventListener("request", (event) => onRequest({ ...JSON.parse(event.data), id: event.lastEventId }));
  source.addEventListener("restart", (event) => onRestart(event.lastEventId));
  return () => source.close();
}

const query = (parameters) => new URLSearchParams(parameters).toString();

async function asked(path, parameters = {}, signal = undefined) {
  return JSON.parse(await textOf(await answered(`${ROOT}${path}?${query(parameters)}`, { signal })));
}

async function sent(method, body = undefined) {
  return JSON.parse(await textOf(await answered("/_sandbox/faults", { method, body })));
}

async function answered(url, options) {
  try {
    return await fetch(url, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError("The sandbox does not answer. Is it still running?");
  }
}

async function textOf(answer) {
  const text = await answer.text();
  if (answer.ok) return text;
  let message = `The sandbox answered ${answer.status}.`;
  try {
    message = JSON.parse(text).error.message;
  } catch {
    // Not one of its own answers: the status has to do.
  }
  throw new ApiError(message, answer.status);
}
