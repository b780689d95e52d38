// The desk: hears what is on it, shows it, and does what the agent says.

import { Failure, get, logOut } from "./api.js";
import { focusContact, refreshConversation, showContact } from "./contact.js";
import { announce, byId } from "./dom.js";
import { answerShown, showOffer } from "./offer.js";
import { setPresence, showPresence, startPresence } from "./presence.js";
import { setServerTime, tick } from "./time.js";
import * as words from "./words.js";
import { countUnread, read, showWork } from "./worklist.js";

const SILENCE_MS = 12_000;
const RETRY_MS = 2_000;
const PLAN_MS = 60_000;

let desk = null;
let selected = null;
let stream = null;
let heardMs = Date.now();
let lost = false;
let ended = false;
let planReadMs = 0;
let questions = new Map();
let dutyAsked = location.hash === "#on-duty";

const opened = () => desk.items.filter((item) => item.state !== "offered");

function banner(text) {
  const box = byId("banner");
  if (box.textContent !== text) box.textContent = text;
  box.hidden = !text;
}

function showState() {
  if (ended) banner("You are logged out. Open a new login link to go on.");
  else if (lost) banner("The connection is lost. Trying to reach the service again; what you write stays here.");
  else if (desk && desk.refused) banner(`The router does not let this agent in: ${desk.refused}`);
  else if (desk && !desk.connected) banner("The router can't be reached at the moment. Your work stays yours; acts will wait.");
  else if (desk && desk.presence === "not_responding") banner(missed());
  else banner("");
}

function missed() {
  const telephone = words.telephone() ? "" : " No telephone is entered for you: calls can't be put through to you.";
  return `You missed an offer, or did not answer your telephone. Set yourself available to go on.${telephone}`;
}

function idleText() {
  if (desk.presence === "available") return "You are available. The next offer appears here by itself.";
  return "Set yourself available, and offers appear here.";
}

function render() {
  showState();
  if (desk === null) return;
  const items = opened();
  if (!items.some((item) => item.contact_id === selected)) selected = (handedOver(items) ?? items[0])?.contact_id ?? null;
  questions = new Map(items.filter((item) => item.about).map((item) => [item.contact_id, item]));
  if (selected) read(selected);
  byId("idle-text").textContent = idleText();
  byId("load").textContent = desk.units ? `${desk.load} of ${desk.units} units` : "";
  showPresence(desk);
  showWork(items, selected, select);
  showContact(items.find((item) => item.contact_id === selected) ?? null);
  showOffer(desk.items, answered);
}

// The contact that the question on the screen was about, if it is ours now.
function handedOver(items) {
  const question = questions.get(selected);
  const contact = question && items.find((item) => item.contact_id === question.about);
  if (contact) announce(`${words.readable(question.asked_by)} has handed the contact over to you.`);
  return contact;
}

function select(contactId) {
  selected = contactId;
  render();
  refreshConversation(contactId);
}

async function answered(act, item) {
  announce(act === "accept" ? "Accepted." : "Declined.");
  if (act === "accept") selected = item.contact_id;
  await refresh();
  if (act === "accept") focusContact(item.contact_id);
}

// The login link said that its person goes on duty as the desk opens: once, so that a reload does not say it again.
async function goOnDuty() {
  if (!dutyAsked || !desk.connected || desk.presence === null) return;
  dutyAsked = false;
  history.replaceState(null, "", location.pathname);
  if (desk.presence === "available") return;
  await setPresence("available");
  refresh();
}

async function refresh() {
  const newest = await get("/v1/desk").catch(() => null);
  if (newest) hear(newest);
}

function hear(newest) {
  desk = newest;
  setServerTime(newest.now_ms);
  render();
  goOnDuty();
}

async function readPlan() {
  planReadMs = Date.now();
  const me = await get("/v1/me").catch((error) => {
    if (error instanceof Failure && error.status === 401) { ended = true; stream?.close(); }
    return null;
  });
  if (me) words.learn(me.plan, me.phone);
  render();
}

function alive() {
  heardMs = Date.now();
  if (lost) { lost = false; readPlan(); if (selected) refreshConversation(selected); }
}

function listen() {
  if (ended) return;
  stream?.close();
  stream = new EventSource("/desk/events");
  stream.addEventListener("desk", (event) => { alive(); hear(JSON.parse(event.data)); });
  stream.addEventListener("beat", (event) => { alive(); setServerTime(JSON.parse(event.data).now_ms); });
  stream.addEventListener("ended", () => { ended = true; stream.close(); showState(); });
  stream.addEventListener("conversation", (event) => {
    const { contact_id: contactId } = JSON.parse(event.data);
    alive();
    if (contactId === selected) refreshConversation(contactId);
    else { countUnread(contactId); render(); }
  });
  stream.onerror = () => { lost = true; showState(); };
}

function watch() {
  tick();
  if (ended) return;
  const silent = Date.now() - heardMs > SILENCE_MS;
  if (silent && !lost) { lost = true; showState(); }
  const closed = stream?.readyState === EventSource.CLOSED;
  if ((closed && Date.now() - heardMs > RETRY_MS) || silent) { heardMs = Date.now(); readPlan(); listen(); }
  if (Date.now() - planReadMs > PLAN_MS) readPlan();
}

function step(by) {
  const items = opened();
  if (!items.length) return;
  const at = items.findIndex((item) => item.contact_id === selected);
  select(items[(at + by + items.length) % items.length].contact_id);
}

function onKey(event) {
  const key = event.key.toLowerCase();
  const typing = event.target.closest?.("textarea, input, select, [contenteditable]");
  if (event.ctrlKey && event.shiftKey && (key === "a" || key === "r")) {
    event.preventDefault();
    answerShown(key === "a" ? "accept" : "decline", answered);
  } else if (event.altKey && (key === "arrowdown" || key === "arrowup")) {
    event.preventDefault();
    step(key === "arrowdown" ? 1 : -1);
  } else if (event.key === "?" && !typing && !byId("help").open) {
    byId("help").showModal();
  }
}

async function leave() {
  if (desk?.items.length && !confirm("There is still work on your desk. Log out all the same?")) return;
  if (desk?.connected && desk.presence !== "offline") await setPresence("offline");
  ended = true;
  stream?.close();
  await logOut().catch(() => null);
  showState();
  showContact(null);
}

document.addEventListener("keydown", onKey);
byId("help-open").addEventListener("click", () => byId("help").showModal());
byId("logout").addEventListener("click", leave);
startPresence(refresh);
await readPlan();
listen();
setInterval(watch, 1000);
