// The list of contacts on the desk, with what state each is in, for how long, and what is unread.

import { byId, node, theirs } from "./dom.js";
import { sign } from "./signs.js";
import { tick } from "./time.js";
import * as words from "./words.js";

const STATES = { active: "in conversation", wrap_up: "wrap-up" };
const unread = new Map();

export function countUnread(contactId) { unread.set(contactId, (unread.get(contactId) ?? 0) + 1); }
export function read(contactId) { unread.delete(contactId); }

function inside(item) {
  const times = item.state === "wrap_up" && item.deadline_ms
    ? node("span", { class: "number", "data-until": String(item.deadline_ms) })
    : node("span", { class: "number", "data-since": String(item.offered_at_ms || item.arrived_at_ms) });
  const news = unread.get(item.contact_id);
  return [
    sign(item.channel),
    node("span", { class: "what" },
      theirs("span", words.company(item.company), "title"),
      node("span", { class: "quiet" }, `${words.channel(item.channel)}, ${STATES[item.state] ?? item.state}`, item.customer_left ? ", customer left" : "")),
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
  byId("work-empty").hidden = wanted.length > 0;
  byId("work-count").textContent = wanted.length ? String(wanted.length) : "";
  tick(list);
}
