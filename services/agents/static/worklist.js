// The list of contacts on the desk, with what state each is in, for how long, and what is unread.

import { get } from "./api.js";
import { byId, node, theirs } from "./dom.js";
import { sign } from "./signs.js";
import { tick } from "./time.js";
import * as words from "./words.js";

const STATES = { active: "open", wrap_up: "wrap-up" };
const unread = new Map();
const names = new Map();

export function countUnread(contactId) { unread.set(contactId, (unread.get(contactId) ?? 0) + 1); }
export function read(contactId) { unread.delete(contactId); }

// Who it is stands in no work item; it is asked for once the contact is this agent's.
async function askName(item) {
  if (names.has(item.contact_id)) return;
  names.set(item.contact_id, "");
  const shown = await get(`/v1/work/${encodeURIComponent(item.contact_id)}`).catch(() => null);
  if (shown === null) { names.delete(item.contact_id); return; }
  names.set(item.contact_id, shown.contact.caller_name || shown.contact.caller);
  const button = byId("work").querySelector(`[data-contact="${CSS.escape(item.contact_id)}"] button`);
  button?.replaceChildren(...inside(item));
  tick(byId("work"));
}

function forgetOthers(items) {
  for (const contactId of names.keys()) if (!items.some((item) => item.contact_id === contactId)) names.delete(contactId);
}

function inside(item) {
  const times = item.state === "wrap_up" && item.deadline_ms
    ? node("span", { class: "number", "data-until": String(item.deadline_ms) })
    : node("span", { class: "number", "data-since": String(item.offered_at_ms || item.arrived_at_ms) });
  const news = unread.get(item.contact_id);
  const name = names.get(item.contact_id);
  const channel = words.channel(item.channel);
  return [
    sign(item.channel),
    node("span", { class: "what" },
      theirs("span", name || channel, "title"),
      node("span", { class: "quiet" }, theirs("span", words.company(item.company)), item.about ? `, ${words.readable(item.asked_by)} asks you` : `, ${STATES[item.state] ?? item.state}`,
        item.consultation ? ", colleague asked" : "",
        item.customer_left ? ", customer left" : ""),
      name ? node("span", { class: "unseen", textContent: channel }) : null),
    times,
    news ? node("span", { class: "badge", "aria-label": `${news} new`, textContent: String(news) }) : null,
  ].filter(Boolean);
}

export function showWork(items, selected, select) {
  const list = byId("work");
  const rows = new Map(Array.from(list.children, (row) => [row.dataset.contact, row]));
  const wanted = items.map((item) => {
    const row = rows.get(item.contact_id) ?? node("li", { "data-contact": item.contact_id },
      node("button", { type: "button", onclick: () => select(item.contact_id) }));
    const button = row.firstElementChild;
    button.className = `item ${item.state}`;
    if (item.contact_id === selected) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    button.replaceChildren(...inside(item));
    return row;
  });
  if (wanted.length !== list.children.length || wanted.some((row, at) => list.children[at] !== row)) list.replaceChildren(...wanted);
  forgetOthers(items);
  items.forEach(askName);
  byId("work-empty").hidden = wanted.length > 0;
  byId("work-count").textContent = wanted.length ? String(wanted.length) : "";
  tick(list);
}
