// The offer: who asks, why you, how long you have. Accept or decline by button or keyboard.

import { newId, work } from "./api.js";
import { announce, byId, node, theirs, toast } from "./dom.js";
import { sign } from "./signs.js";
import { serverNow, span, tick } from "./time.js";
import * as words from "./words.js";

const box = byId("offer");
const plainTitle = document.title;
let shown = null;
let answering = false;

function fact(name, ...value) {
  return [node("dt", { textContent: name }), node("dd", {}, ...value)];
}

function facts(item) {
  const waited = node("span", { "data-since": String(item.queued_at_ms || item.arrived_at_ms) });
  const extra = item.attributes.map((one) => fact(words.readable(one.name), theirs("span", one.value)));
  return node("dl", { id: "offer-facts", class: "facts" },
    ...(item.about ? fact("Asked by", theirs("span", words.readable(item.asked_by))) : []),
    ...fact("Company", theirs("span", words.company(item.company))),
    ...fact("Queue", theirs("span", words.queue(item.queue))),
    ...fact("Waited", waited),
    ...(item.language ? fact("Language", item.language) : []),
    ...(item.ivr_path.length ? fact("Chose", theirs("span", item.ivr_path.join(" › "))) : []),
    ...extra.flat(),
    ...fact("Why you", theirs("span", item.reason)));
}

function countdown(item) {
  const longMs = Math.max(1, item.deadline_ms - item.offered_at_ms);
  return node("div", { class: "countdown" },
    node("progress", { max: longMs, value: longMs, "data-until": String(item.deadline_ms), "aria-label": "Time left to answer" }),
    node("span", { "data-until": String(item.deadline_ms), "aria-hidden": "true" }));
}

async function answer(act, item, done) {
  if (answering) return;
  answering = true;
  for (const button of box.querySelectorAll("button")) button.disabled = true;
  try {
    await work(item.contact_id, act, { offer_id: item.offer_id }, newId());
    hide();
    done(act, item);
  } catch (error) {
    toast(`${error.message} ${error.whatToDo ?? ""}`, "error");
    for (const button of box.querySelectorAll("button")) button.disabled = false;
  } finally {
    answering = false;
  }
}

function hide() {
  const hadFocus = box.contains(document.activeElement);
  box.hidden = true;
  shown = null;
  document.title = plainTitle;
  if (hadFocus) byId("pane").focus();
}

const typing = () => ["TEXTAREA", "INPUT", "SELECT"].includes(document.activeElement?.tagName);

function show(item, done) {
  shown = item;
  const kind = words.channel(item.channel);
  const title = `${item.about ? `Question about: ${kind.toLowerCase()}` : kind} for ${words.company(item.company)}`;
  const accept = node("button", { class: "primary", onclick: () => answer("accept", item, done) },
    "Accept ", node("kbd", { "aria-hidden": "true", textContent: "Ctrl Shift A" }));
  const decline = node("button", { onclick: () => answer("decline", item, done) },
    "Decline ", node("kbd", { "aria-hidden": "true", textContent: "Ctrl Shift R" }));
  box.replaceChildren(
    node("h2", { id: "offer-title" }, sign(item.channel), theirs("span", title)),
    facts(item),
    ...(item.deadline_ms ? [countdown(item)] : []),
    node("div", { class: "actions" }, accept, decline));
  box.hidden = false;
  tick(box);
  document.title = `● Offer: ${title}`;
  announce(`Offer: ${title}. ${span(item.deadline_ms - serverNow())} left. Control Shift A accepts.`, true);
  // Whoever is typing goes on typing: a stray Enter must not accept anything.
  if (!typing()) accept.focus();
}

export function showOffer(items, done) {
  const item = items.find((one) => one.state === "offered") ?? null;
  if (item === null) {
    if (shown !== null && !answering) hide();
    return;
  }
  if (shown?.offer_id === item.offer_id && shown.deadline_ms === item.deadline_ms) return;
  show(item, done);
}

export function answerShown(act, done) {
  if (shown !== null) answer(act, shown, done);
}
