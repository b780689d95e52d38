// Talking to the service. A command has an id of its own, so a retry after a lost answer does nothing twice.

export class Failure extends Error {
  constructor(status, error) {
    super(error.what);
    this.status = status;
    this.whatToDo = error.what_to_do;
  }
}

export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function request(method, path, body) {
  const headers = { "X-Switchroom-Desk": "1" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => ({}));
  if (!response.ok)
    throw new Failure(response.status, answer.error ?? { what: `The service answered ${response.status}.`, what_to_do: "Try again." });
  return answer;
}

export const get = (path) => request("GET", path);

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// Tries again under the same id while the outcome is unknown.
export async function command(path, body = {}, id = newId()) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await request("POST", path, { ...body, command_id: id });
    } catch (error) {
      const unknown = !(error instanceof Failure) || error.status === 503;
      if (!unknown || attempt === 3) throw error;
      await pause(500 * attempt);
    }
  }
}

export const work = (contactId, act, body, id) => command(`/v1/work/${encodeURIComponent(contactId)}/${act}`, body, id);

export const logOut = () => request("POST", "/logout");
