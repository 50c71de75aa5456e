// The requests that the page sends to the sandbox.

const ROOT = "/_sandbox/api/";

/** The sandbox answered with an error or did not answer; the message is for the user. */
export class ApiError extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

export const getState = () => readJSON("state");
export const getCustomers = (parameters, signal) => readJSON("customers", parameters, signal);
export const getRequest = (id, signal) => readJSON(`requests/${id}`, {}, signal);

/** Read the latest requests and the id of the last one. No other sandbox on this port has the same ids. */
export async function getRequests() {
  const { run, requests } = await readJSON("requests");
  return { requests: requests.map((request) => ({ ...request, id: `${run}-${request.number}` })), last: `${run}-${requests.at(-1)?.number ?? 0}` };
}

/** Read one customer: the exact text of the answer, and code that reads it. */
export async function getCustomer(account, clientId, signal) {
  const text = await textOf(await fetchAnswer(`${ROOT}customer?${query({ account, client_id: clientId })}`, { signal }));
  // Cut out of the text, because parsing it and writing it again would change large numbers. The code samples before it
  // are JSON strings, in which quotation marks have a backslash.
  const start = text.indexOf(',"answer":');
  const { curl, python } = JSON.parse(`${text.slice(0, start)}}`);
  return { answer: text.slice(start + 10, -1), curl, python };
}

export const getFaults = () => callFaults("GET");
export const addFault = (fault) => callFaults("POST", JSON.stringify(fault));
export const clearFaults = () => callFaults("DELETE");

/** Listen to the requests after the one with an id, or to all with "0"; return a function that stops it. */
export function listen(after, { onRequest, onRestart, onState }) {
  const source = new EventSource(`${ROOT}stream?${query({ after })}`);
  source.addEventListener("open", () => onState(true));
  source.addEventListener("error", () => onState(false));
  source.addEventListener("request", (event) => onRequest({ ...JSON.parse(event.data), id: event.lastEventId }));
  source.addEventListener("restart", (event) => onRestart(event.lastEventId));
  return () => source.close();
}

const query = (parameters) => new URLSearchParams(parameters).toString();

async function readJSON(path, parameters = {}, signal = undefined) {
  return JSON.parse(await textOf(await fetchAnswer(`${ROOT}${path}?${query(parameters)}`, { signal })));
}

async function callFaults(method, body = undefined) {
  return JSON.parse(await textOf(await fetchAnswer("/_sandbox/faults", { method, body })));
}

async function fetchAnswer(url, options) {
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
    // An answer of another server: only its status is known.
  }
  throw new ApiError(message, answer.status);
}
