// One contact's story: what happened to it, when, and why.

import { get } from "../api.js";
import { byId, node, theirs } from "../dom.js";
import { sign } from "../signs.js";
import * as words from "../words.js";
import { sentence, standing } from "./sentences.js";

const dialog = byId("story");
const ask = byId("story-ask");
const because = byId("story-why");
const AGAIN_MS = 400;
let open = null;
let due = false;

const clock = (ms) => new Date(ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

function line(entry) {
  const { title, more } = sentence(entry);
  return node("li", { "data-what": entry.what },
    node("time", { class: "number quiet", dateTime: new Date(entry.at_ms).toISOString(), textContent: clock(entry.at_ms) }),
    node("div", {}, theirs("strong", title), more ? theirs("p", more, entry.what === "offered" ? "why" : "quiet") : null));
}

function show({ contact, entries, entries_left_out: leftOut }) {
  byId("story-title").textContent = `${words.channel(contact.channel)} to ${words.company(contact.company)}`;
  byId("story-sign").replaceChildren(sign(contact.channel));
  byId("story-sign").dataset.channel = contact.channel;
  byId("story-standing").textContent = standing(contact);
  byId("story-lines").replaceChildren(...entries.map(line));
  byId("story-left-out").textContent = leftOut ? `${leftOut} entries in between are left out.` : "";
}

async function refresh() {
  const asked = open;
  const found = await get(`/v1/floor/contacts/${encodeURIComponent(asked)}`).catch((error) => error);
  if (asked !== open) return;
  if (found instanceof Error) byId("story-standing").textContent = found.message;
  else show(found);
}

// Who only looks on in a demonstration may not ask: the answer is read out of the whole log.
const mayAsk = () => dialog.dataset.explains === "yes";

async function explain() {
  const asked = open;
  ask.disabled = true;
  const found = await get(`/v1/floor/contacts/${encodeURIComponent(asked)}/why`).catch((error) => error);
  ask.disabled = false;
  if (asked !== open) return;
  const lines = found instanceof Error ? [`${found.message} ${found.whatToDo ?? ""}`] : found.words;
  because.replaceChildren(...lines.map((words) => theirs("li", words)));
  because.hidden = false;
}

export async function openStory(contactId) {
  open = contactId;
  byId("story-title").textContent = "Contact";
  byId("story-standing").textContent = "Reading its story…";
  byId("story-lines").replaceChildren();
  because.replaceChildren();
  because.hidden = true;
  ask.hidden = !mayAsk();
  dialog.showModal();
  await refresh();
}

// Something happened to a contact: if its story is open, it has grown.
export function storyGrows(contactId) {
  if (contactId !== open || due) return;
  due = true;
  setTimeout(() => { due = false; if (open) refresh(); }, AGAIN_MS);
}

dialog.addEventListener("close", () => { open = null; });
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
ask.addEventListener("click", explain);
byId("story-close").addEventListener("click", () => dialog.close());
