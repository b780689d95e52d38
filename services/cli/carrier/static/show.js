// Making nodes for what came from outside: text is always a text node.

export const at = (id) => document.querySelector(`#${id}`);

export function element(tag, kind, ...children) {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  made.append(...children.filter((child) => child !== null && child !== ""));
  return made;
}

export function time(at_ms) {
  const made = element("time", "", new Date(at_ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  made.dateTime = new Date(at_ms).toISOString();
  return made;
}

// A line of a conversation; its text has the direction and the language that it has.
export function bubble(kind, from, at_ms, words, language = "") {
  const text = element("p", "text", words);
  text.dir = "auto";
  if (language) text.lang = language;
  const head = element("p", "from", element("bdi", "", from), at_ms ? time(at_ms) : "");
  return element("div", `message ${kind}`, head, text);
}

// Stays at the end while the reader is there.
export function append(log, made) {
  const follows = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  log.append(made);
  if (follows) log.scrollTop = log.scrollHeight;
}

export function complain(words) {
  const trouble = at("trouble");
  trouble.textContent = words;
  trouble.hidden = !words;
}

// A suggestion goes into its field.
export function offer() {
  for (const one of document.querySelectorAll("[data-field]")) {
    one.addEventListener("click", () => { at(one.dataset.field).value = one.dataset.value; });
  }
}

// What the server says when it can't be done goes to the reader; null then.
export async function send(path, body) {
  try {
    const request = body === undefined ? {} : { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    const response = await fetch(path, request);
    const told = await response.json();
    complain(response.ok ? "" : sentence(told.error ?? told.detail));
    return response.ok ? told : null;
  } catch {
    complain("The carrier can’t be reached. Is it still running?");
    return null;
  }
}

function sentence(words) {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
