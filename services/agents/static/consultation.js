// A warm transfer: a colleague is asked about a contact, and has it when it is handed over.

import { work } from "./api.js";
import { announce, node, theirs } from "./dom.js";
import * as words from "./words.js";

// On these the customer speaks with one person at a time.
export const CALLS = new Set(["voice", "callback"]);

const asked = (one) => (one.to_agent ? words.readable(one.to_agent) : words.queue(one.queue));

// How far it has come, in one sentence; "" where nobody is asked.
function standing(item) {
  const one = item.consultation;
  if (!one) return "";
  if (one.agent && CALLS.has(item.channel)) return `${words.readable(one.agent)} has accepted and is called. The customer is on hold until you hand over or take them back.`;
  if (one.agent) return `${words.readable(one.agent)} is with you on this. Notes that you write are read by both.`;
  return one.state === "offered" ? `Asking ${asked(one)}: offered.` : `Asking ${asked(one)}: waiting for somebody to be free.`;
}

function buttons(item, attempt) {
  const one = item.consultation;
  const name = one.agent ? words.readable(one.agent) : "";
  const give = node("button", { class: "primary", textContent: "Hand over", disabled: !name });
  give.addEventListener("click", async () => {
    if (await attempt(give, () => work(item.contact_id, "hand_over"))) announce(`Handed over to ${name}.`);
  });
  const back = node("button", { textContent: "Back to me" });
  back.addEventListener("click", () => attempt(back, () => work(item.contact_id, "end_consultation")));
  return node("div", { class: "actions" }, give, back);
}

// A place that shows the consultation about a contact, and is brought up to date by itself.
export function consultationOf(attempt) {
  const box = node("section", { class: "consultation", "aria-label": "Colleague asked", hidden: true });
  let said = "";
  // A button that was pressed is switched off meanwhile and loses the focus.
  let pressed = false;
  box.addEventListener("click", () => { pressed = true; });
  const show = (item) => {
    const text = standing(item);
    if (text === said) return;
    // One is asked at a time.
    const ask = document.getElementById("ask-first");
    const now = document.activeElement;
    const hadFocus = box.contains(now) || ((pressed || ask?.dataset.pressed === "yes") && (now === document.body || now === ask));
    pressed = false;
    if (ask) { ask.hidden = Boolean(text); ask.dataset.pressed = ""; }
    if (item.state === "active") announce(text || "Nobody is asked any more. The contact is still yours.");
    said = text;
    box.hidden = !text;
    box.replaceChildren(...(text ? [theirs("p", text), buttons(item, attempt)] : []));
    if (hadFocus) (box.querySelector("button:enabled") ?? document.getElementById("reply"))?.focus();
  };
  return { box, show };
}

// What stands above a contact that somebody else has and asks about.
export function askedNote(item) {
  const who = words.readable(item.asked_by);
  const call = `${who} asks you about this call and has it until it is handed over: your telephone rings, and you two speak alone while the customer is on hold. Notes that you write are read by both.`;
  return theirs("p", CALLS.has(item.channel) ? call : `${who} asks you about this contact, and has it until it is handed over. Notes that you write are read by both.`, "left-note");
}
