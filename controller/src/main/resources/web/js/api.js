// The controller's REST interface; every failure is an Error with a sentence for people.

async function call(path, options, timeoutMs) {
  let response;
  try {
    response = await fetch(path, {...options, signal: AbortSignal.timeout(timeoutMs), cache: 'no-store'});
  } catch (e) {
    throw new Error(e.name === 'TimeoutError'
      ? `the controller did not answer within ${timeoutMs / 1000} s` : 'the controller does not answer');
  }
  let body = null;
  try {
    body = await response.json();
  } catch {
    // Judged below: an answer without JSON is a failure of its own.
  }
  if (!response.ok || body === null) {
    const error = body?.error;
    const failure = new Error(error ? `${error.field}: ${error.reason}` : `the controller answered HTTP ${response.status}`);
    failure.field = error?.field ?? '';
    throw failure;
  }
  return body;
}

const post = (path, body, timeoutMs) => call(path, {
  method: 'POST',
  headers: {'Content-Type': 'application/json'},
  body: JSON.stringify(body),
}, timeoutMs);

export const fetchState = () => call('/api/v1/state', {}, 5000);

export const fetchFigures = () => call('/api/v1/sla/services', {}, 5000);
/** What guests cost in the last minute; hosts tell of it every ten seconds. */
export const fetchCosts = () => call('/api/v1/sla/costs?since=60s', {}, 5000);
export const fetchObjectives = () => call('/api/v1/objectives', {}, 5000);
export const fetchEvents = after => call(`/api/v1/events?after=${after}`, {}, 5000);

export const fetchFlows = (node, text, offset, limit) => call(
  `/api/v1/nodes/${encodeURIComponent(node)}/flows?${new URLSearchParams({text, offset, limit})}`, {}, 15000);

export const traceFlow = (node, packet) => post(`/api/v1/nodes/${encodeURIComponent(node)}/trace`, {packet}, 15000);

export const walkPath = service => post('/api/v1/path', {service}, 30000);
