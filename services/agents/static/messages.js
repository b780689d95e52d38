// The conversation: what was said, in order. Formatted mail only ever shows inside a frame that can do nothing.

import { node, theirs } from "./dom.js";
import { isDocument, isPage, pages } from "./pages.js";
import { clockTime } from "./time.js";

const STATES = { writing: "not confirmed yet", sending: "on its way", delivered: "delivered", failed: "not delivered" };

function frameText(html) {
  const styles = new URL("/static/mail.css", location.href).href;
  const policy = `default-src 'none'; style-src ${location.origin}`;
  return `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">` +
    `<base target="_blank"><link rel="stylesheet" href="${styles}"><body>${html}`;
}

function formatted(message) {
  const frame = node("iframe", { title: "The mail as it was formatted", loading: "lazy" });
  frame.setAttribute("sandbox", "");
  frame.setAttribute("referrerpolicy", "no-referrer");
  const details = node("details", {}, node("summary", { textContent: "As it was formatted" }), frame);
  details.addEventListener("toggle", () => { if (details.open && !frame.srcdoc) frame.srcdoc = frameText(message.html); });
  return details;
}

const kilobytes = (bytes) => `${Math.max(1, Math.round(bytes / 1024))} KB`;

function file(contactId, blob, name, note) {
  const href = `/v1/work/${encodeURIComponent(contactId)}/attachments/${blob}`;
  return node("li", {}, node("a", { href, download: "" , dir: "auto", textContent: name }), node("span", { class: "quiet", textContent: ` ${note}` }));
}

function files(contactId, channel, message) {
  const attached = message.attachments.filter((one) => !isPage(channel, one)).map((one) => file(contactId, one.blob, one.name || "attachment", kilobytes(one.size_bytes)));
  const isThere = message.attachments.some((one) => one.blob === message.raw_blob);
  if (message.unreadable_because && message.raw_blob && !isThere) attached.push(file(contactId, message.raw_blob, "The original", ""));
  return attached.length ? node("ul", { class: "files", "aria-label": "Attachments" }, ...attached) : null;
}

function head(message) {
  const kind = { in: "", out: "", note: "Note, ", event: "" }[message.direction];
  const sender = message.sender || { in: "Customer", out: "Automatic reply", note: "", event: "" }[message.direction];
  const state = STATES[message.state];
  return node("header", {},
    node("span", { class: "from" }, kind, theirs("span", sender)),
    node("time", { dateTime: new Date(message.at_ms).toISOString(), textContent: clockTime(message.at_ms) }),
    state ? node("span", { class: `state ${message.state}`, textContent: message.why ? `${state}: ${message.why}` : state }) : null);
}

function unreadable(shown, message) {
  if (!message.unreadable_because) return null;
  const how = shown ? "Not all of it can be shown" : "It could not be read";
  return node("p", { class: "quiet", textContent: `${how}: ${message.unreadable_because}.` });
}

function bubble(contactId, channel, message, subjectBefore) {
  const shown = pages(contactId, channel, message);
  const subject = message.subject && message.subject !== subjectBefore ? theirs("h3", message.subject) : null;
  return node("article", { class: `message ${message.direction}` },
    head(message), subject,
    unreadable(shown, message),
    message.text ? theirs("p", message.text, "text") : null,
    message.html ? formatted(message) : null,
    files(contactId, channel, message),
    shown);
}

const isAtEnd = (list) => list.scrollHeight - list.scrollTop - list.clientHeight < 80;

// Whoever reads the newest goes on seeing it when the room for the messages changes.
export function keepAtEnd(list) {
  let atEnd = true;
  list.addEventListener("scroll", () => { atEnd = isAtEnd(list); });
  new ResizeObserver(() => { if (atEnd) list.scrollTop = list.scrollHeight; }).observe(list);
}

export function showMessages(list, contactId, channel, messages) {
  const atEnd = isAtEnd(list);
  const known = new Map(Array.from(list.children, (one) => [one.dataset.key, one]));
  let subject = "";
  const bubbles = messages.map((message) => {
    const key = `${message.id} ${message.state} ${message.text.length} ${message.html.length} ${message.attachments.length} ${message.unreadable_because}`;
    const made = known.get(key) ?? bubble(contactId, channel, message, subject);
    made.dataset.key = key;
    subject = message.subject || subject;
    return made;
  });
  list.replaceChildren(...bubbles);
  // A document is read from its beginning.
  if (atEnd && !isDocument(channel)) list.scrollTop = list.scrollHeight;
}
