// Our HTTP API, as anybody calls it. Knows nothing about what is drawn.
export class Trouble extends Error {
  constructor(status, body, after = 3) {
    const { message, type: kind, fix = "", relaxations = [] } = body?.error ?? {};
    super(message);
    Object.assign(this, { status, kind, fix, after, relaxations });
  }
}

/** What was asked broke off: because we wanted it to, or because nobody is there. */
function broken(error) {
  throw error.name === "AbortError" ? error : new Trouble(0);
}

const KEY = "bundlesmith.key"; // for this tab only
export const setKey = (key) => sessionStorage.setItem(KEY, key);
if (location.hash.startsWith("#token=")) { // the shop's own page sends its customer here
  setKey(location.hash.slice(7));
  history.replaceState(null, "", location.pathname);
}

async function call(path, body, signal, method = body ? "POST" : "GET") {
  const headers = body ? { "Content-Type": "application/json" } : {};
  const key = sessionStorage.getItem(KEY);
  if (key) headers.Authorization = `Bearer ${key}`;
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body), signal }).catch(broken);
  if (answer.ok) return answer;
  throw new Trouble(answer.status, await answer.json().catch(() => null), Number(answer.headers.get("Retry-After")));
}

export const get = async (path) => (await call(path)).json();
export const post = async (path, body, signal) => (await call(path, body, signal)).json();
export const put = async (path, body) => (await call(path, body, undefined, "PUT")).json();

/** Server-sent events of an answer, each given to `tell(name, values)` as it comes; at last the whole answer. */
export async function stream(path, body, signal, tell) {
  const reader = (await call(path, body, signal)).body.pipeThrough(new TextDecoderStream()).getReader();
  let left = "", done = null;
  for (;;) {
    const { value, done: end } = await reader.read().catch(broken);
    if (end) break;
    const events = (left + value).split("\n\n");
    left = events.pop();
    for (const event of events) {
      const at = event.indexOf("\ndata: ");
      const name = event.slice(7, at), values = JSON.parse(event.slice(at + 7));
      if (name === "error") throw new Trouble(values.status, values);
      if (name === "done") done = values;
      else tell(name, values);
    }
  }
  if (!done) throw new Trouble(0);
  return done;
}
