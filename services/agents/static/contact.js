// One contact: its facts, its conversation, and what can be done with it in its state.

import { Failure, get, newId, work } from "./api.js";
import { CALLS, askedNote, consultationOf } from "./consultation.js";
import { announce, byId, node, theirs, toast } from "./dom.js";
import { keepAtEnd, showMessages } from "./messages.js";
import { isDocument } from "./pages.js";
import { clockTime, tick } from "./time.js";
import * as words from "./words.js";

const ANSWERING = new Set(["email", "sms", "web_chat"]);
const pane = byId("contact");
const drafts = new Map();
let open = null;

async function attempt(button, act) {
  button.disabled = true;
  try {
    await act();
    return true;
  } catch (error) {
    toast(error instanceof Failure ? `${error.message} ${error.whatToDo}` : "The connection was lost. Try again.", "error");
    return false;
  } finally {
    button.disabled = false;
  }
}

function draft(contactId, kind) {
  const key = `${contactId} ${kind}`;
  if (!drafts.has(key)) drafts.set(key, { text: "", id: newId() });
  return drafts.get(key);
}

function composer(item) {
  const canAnswer = ANSWERING.has(item.channel) && item.state === "active" && !item.about;
  let kind = canAnswer ? "reply" : "note";
  const box = node("textarea", { id: "reply", rows: item.state === "wrap_up" || isDocument(item.channel) ? 2 : 4, dir: "auto", maxLength: 100000 });
  const label = node("label", { for: "reply", class: "unseen" });
  const send = node("button", { class: "primary" });
  const tab = (name, text) => node("button", { class: "tab", type: "button", textContent: text, onclick: () => use(name) });
  const tabs = { reply: canAnswer ? tab("reply", "Reply") : null, note: tab("note", "Note") };

  function use(name) {
    kind = name;
    for (const [id, button] of Object.entries(tabs)) button?.setAttribute("aria-pressed", String(id === name));
    label.textContent = name === "reply" ? "Reply to the customer" : "Note for colleagues";
    box.placeholder = name === "reply" ? "Write to the customer…" : "Only colleagues see this…";
    box.classList.toggle("note", name === "note");
    box.value = draft(item.contact_id, name).text;
    send.replaceChildren(name === "reply" ? "Send " : "Keep note ", node("kbd", { "aria-hidden": "true", textContent: "Ctrl Enter" }));
  }

  async function submit() {
    const written = draft(item.contact_id, kind);
    if (!written.text.trim() || send.disabled) return;
    const sent = await attempt(send, () => work(item.contact_id, kind, { text: written.text }, written.id));
    if (!sent) return;
    drafts.delete(`${item.contact_id} ${kind}`);
    box.value = "";
    announce(kind === "reply" ? "Reply sent." : "Note kept.");
    refreshConversation(item.contact_id);
    // The button was switched off meanwhile and lost the focus; whoever has gone on stays where they are.
    if ([send, document.body].includes(document.activeElement)) box.focus();
  }

  box.addEventListener("input", () => drafts.set(`${item.contact_id} ${kind}`, { text: box.value, id: newId() }));
  box.addEventListener("keydown", (event) => {
    if (event.ctrlKey && event.key === "Enter") { event.preventDefault(); submit(); }
  });
  send.addEventListener("click", submit);
  use(kind);
  return node("section", { class: "composer", "aria-label": "Write" },
    node("div", { class: "tabs" }, tabs.reply, tabs.note), label, box, node("div", { class: "actions" }, send));
}

function transfer(item) {
  const queues = words.queuesOf(item.company).filter((one) => one.id !== item.queue).map((one) => [{ queue: one.id }, one.name || one.id]);
  const skills = words.skillsOf(item.company).map((one) => [{ skills: [{ skill: one, level: 1 }] }, words.readable(one)]);
  // Oneself is among them: the router says so.
  const agents = words.agentsOf(item.company).map((one) => [{ to_agent: one }, words.readable(one)]);
  const choices = [["Queue", queues], ["Agent", agents], ["Skill", skills]].filter(([, some]) => some.length);
  if (!choices.length) return null;
  const select = node("select", { id: "transfer" }, ...choices.map(([label, some]) => node("optgroup", { label },
    ...some.map(([to, name]) => node("option", { value: JSON.stringify(to), textContent: name })))));
  const button = node("button", { textContent: "Transfer", title: "Hands it on at once" });
  button.addEventListener("click", () => attempt(button, () => onward(item, "transfer", JSON.parse(select.value))));
  const title = CALLS.has(item.channel)
    ? "Asks a colleague: when one accepts, the customer is put on hold and you two speak; the call stays yours until you hand it over"
    : "Asks a colleague; the contact stays with you until you hand it over";
  const ask = node("button", { id: "ask-first", textContent: "Ask first", title });
  ask.addEventListener("click", () => { ask.dataset.pressed = "yes"; });
  ask.addEventListener("click", () => attempt(ask, () => onward(item, "consult", JSON.parse(select.value))));
  return node("div", { class: "pair" }, node("label", { for: "transfer", class: "unseen", textContent: "Transfer to" }), select, button, ask);
}

// A note that was begun goes along, so that whoever comes next reads it.
async function onward(item, act, to) {
  const note = draft(item.contact_id, "note");
  if (note.text.trim()) {
    await work(item.contact_id, "note", { text: note.text }, note.id);
    drafts.delete(`${item.contact_id} note`);
    const box = byId("reply");
    if (open?.id === item.contact_id && box?.classList.contains("note")) box.value = "";
    refreshConversation(item.contact_id);
  }
  await work(item.contact_id, act, to);
}

function escalate(item) {
  const queue = words.escalation(item.queue);
  if (!queue) return null;
  const button = node("button", { textContent: "Escalate", title: `To ${words.queue(queue)}` });
  button.addEventListener("click", () => attempt(button, () => onward(item, "transfer", { queue })));
  return button;
}

function activeActions(item) {
  const finish = node("button", { textContent: item.about ? "Done" : "Finish" });
  finish.addEventListener("click", () => attempt(finish, () => work(item.contact_id, "finish")));
  if (item.about) return node("div", { class: "acts" }, finish);
  return node("div", { class: "acts" }, transfer(item), escalate(item), finish);
}

function wrapUp(item) {
  const choices = words.dispositions(item.company);
  const select = node("select", { id: "disposition", required: true },
    node("option", { value: "", textContent: "Choose…" }),
    ...choices.map((one) => node("option", { value: one.id, textContent: one.name || one.id })));
  const complete = node("button", { class: "primary" }, "Complete ", node("kbd", { "aria-hidden": "true", textContent: "Ctrl Enter" }));
  const submit = async () => {
    if (!select.value) { select.focus(); toast("Choose what became of it first."); return; }
    if (await attempt(complete, () => work(item.contact_id, "complete", { disposition: select.value }))) announce("Completed.");
  };
  complete.addEventListener("click", submit);
  select.addEventListener("keydown", (event) => { if (event.ctrlKey && event.key === "Enter") submit(); });
  const left = item.deadline_ms
    ? node("p", { class: "quiet" }, "Time left: ", node("span", { class: "number", "data-until": String(item.deadline_ms) })) : null;
  return node("section", { class: "wrap-up", "aria-labelledby": "wrap-up-title" },
    node("h2", { id: "wrap-up-title", textContent: "Wrap-up" }), left,
    node("div", { class: "pair" }, node("label", { for: "disposition", textContent: "What became of it?" }), select, complete));
}

function facts(item) {
  const line = (name, value) => value ? [node("dt", { textContent: name }), node("dd", {}, theirs("span", value))] : [];
  return node("dl", { class: "facts" },
    ...line("Company", words.company(item.company)), ...line("Queue", words.queue(item.queue)),
    ...line("Came to", item.dialed), ...line("Language", item.language), ...line("Chose", item.ivr_path.join(" › ")),
    ...item.attributes.flatMap((one) => line(words.readable(one.name), one.value)),
    ...line("Arrived", item.arrived_at_ms ? clockTime(item.arrived_at_ms) : ""), ...line("Why you", item.reason));
}

function earlier(item) {
  const list = node("ul", { class: "earlier" });
  const details = node("details", { class: "about" }, node("summary", { textContent: "Earlier contacts" }), list);
  details.addEventListener("toggle", async () => {
    if (!details.open || !item.customer) return;
    const found = await get(`/v1/customers/${encodeURIComponent(item.customer)}/contacts`).catch(() => ({ contacts: [] }));
    const others = found.contacts.filter((one) => one.contact_id !== item.contact_id);
    list.replaceChildren(...(others.length ? others.map((one) => theirs("li",
      `${clockTime(one.arrived_at_ms)}: ${words.channel(one.channel)}, ${words.company(one.company)}, ${one.disposition || one.outcome || "open"}`))
      : [node("li", { class: "quiet", textContent: "None." })]));
  });
  return details;
}

const CALL_STATES = { connecting: "Connecting your telephone …", connected: "Connected." };

// How far a call was put through; what was said of it stands in the conversation.
function callState(item) {
  if (!CALLS.has(item.channel) || item.state !== "active") return null;
  return node("p", { class: "call-state", role: "status", textContent: CALL_STATES.connecting });
}

function build(item) {
  const list = node("div", { class: "messages", role: "log", tabIndex: 0, "aria-label": "Messages", "aria-live": "polite" });
  if (!isDocument(item.channel)) keepAtEnd(list);
  const name = theirs("h1", words.channel(item.channel), "customer");
  const address = theirs("span", "", "quiet");
  const title = node("header", { class: "contact-head" },
    node("div", {}, name, address),
    item.state === "active" ? activeActions(item) : null);
  const gone = item.customer_left ? node("p", { class: "left-note", textContent: "The customer has left." }) : null;
  const call = callState(item);
  const consultation = consultationOf(attempt);
  pane.replaceChildren(title, ...(call ? [call] : []), node("details", { class: "about" }, node("summary", { textContent: "About this contact" }), facts(item)),
    ...(item.customer ? [earlier(item)] : []), ...(gone ? [gone] : []), ...(item.about ? [askedNote(item)] : []), consultation.box, list,
    ...(item.state === "wrap_up" ? [wrapUp(item)] : []), composer(item));
  pane.dataset.contact = item.contact_id;
  return { list, name, address, call, consultation };
}

export function showContact(item) {
  byId("idle").hidden = item !== null;
  pane.hidden = item === null;
  if (item === null) { open = null; pane.replaceChildren(); return; }
  const look = [item.contact_id, item.state, item.customer_left, item.deadline_ms, item.queue].join(" ");
  if (open?.look === look) { open.parts.consultation.show(item); return; }
  const before = open;
  open = { id: item.contact_id, state: item.state, look, parts: build(item), messages: before?.id === item.contact_id ? before.messages : null };
  open.parts.consultation.show(item);
  tick(pane);
  if (open.messages) render(open.messages);
  refreshConversation(item.contact_id);
  if (before?.id !== item.contact_id || item.state === "wrap_up") focusFirst();
}

function focusFirst() {
  if (!byId("offer").hidden) return;
  (open.state === "wrap_up" ? byId("disposition") : byId("reply"))?.focus();
}

// To where one goes on working on this contact, if it is the one that is shown.
export function focusContact(contactId) {
  if (open?.id === contactId) focusFirst();
}

function render(shown) {
  const { list, name, address, call } = open.parts;
  if (call) call.textContent = CALL_STATES[shown.contact.call] ?? CALL_STATES.connecting;
  name.textContent = shown.contact.caller_name || shown.contact.caller || words.channel(shown.contact.channel);
  address.textContent = shown.contact.caller_name ? shown.contact.caller : "";
  showMessages(list, open.id, shown.contact.channel, shown.messages);
}

export async function refreshConversation(contactId) {
  if (open?.id !== contactId) return;
  const shown = await get(`/v1/work/${encodeURIComponent(contactId)}`).catch(() => null);
  if (shown === null || open?.id !== contactId) return;
  open.messages = shown;
  render(shown);
}
