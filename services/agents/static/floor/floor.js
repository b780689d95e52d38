// The live floor: hears what happens, keeps the picture, and tells a contact's story to whoever asks.

import { get } from "../api.js";
import { announce, byId, node } from "../dom.js";
import { setServerTime, span, serverNow, tick } from "../time.js";
import * as words from "../words.js";
import { count, Model } from "./model.js";
import { learnNames } from "./names.js";
import { openStory, storyGrows } from "./panel.js";
import { markLate, showPlaces } from "./places.js";
import { listen } from "./stream.js";
import { Threads } from "./threads.js";
import { Tokens } from "./tokens.js";

const EVERY_MS = 150;
const SAID_EVERY_MS = 15_000;
const STATES = {
  connecting: ["Connecting", ""],
  live: ["Live", ""],
  lost: ["Not connected", "The connection is lost. Trying to reach the service again; what you see is how it was."],
  away: ["Not live", "The figures can't be read at the moment. What you see is how it was; it goes on by itself."],
  ended: ["Ended", "You may not watch this floor any more. Open a new login link to go on."],
};

const model = new Model();
const stage = byId("stage");
const threads = new Threads(stage, byId("threads"));
const tokens = new Tokens(stage, openStory, () => { threads.draw(); render(); });
let company = new URLSearchParams(location.hash.slice(1)).get("company") ?? "";
let due = false;
let said = "";

threads.contacts = () => tokens.shown();

function render() {
  if (due) return;
  due = true;
  setTimeout(() => requestAnimationFrame(() => { due = false; renderNow(); }), EVERY_MS);
}

function renderNow() {
  if (showPlaces(model, company, tokens.shown())) tokens.reset(model.of(company));
  showFigures();
  tick();
  threads.draw();
}

function showFigures() {
  const now = count(model.of(company));
  const onDuty = model.agentsOf(company).filter((one) => one.attached && one.presence === "available");
  byId("figure-waiting").textContent = String(now.waiting);
  byId("figure-with").textContent = String(now.withAgents);
  byId("figure-duty").textContent = `${onDuty.length}`;
  const oldest = byId("figure-oldest");
  if (now.oldestMs) oldest.dataset.since = String(now.oldestMs);
  else { delete oldest.dataset.since; oldest.textContent = "–"; }
}

function summary() {
  const now = count(model.of(company));
  const wait = now.oldestMs ? `, the longest for ${span(serverNow() - now.oldestMs)}` : "";
  return { key: `${now.waiting} ${now.withAgents}`, words: `${now.waiting} waiting${wait}. ${now.withAgents} with agents.` };
}

function say() {
  const now = summary();
  if (now.key === said || stage.dataset.state !== "live") return;
  said = now.key;
  announce(now.words);
}

function showCompanies() {
  const choices = [["", "All"], ...model.companies.map((id) => [id, words.company(id)])];
  byId("companies").replaceChildren(...(choices.length > 2 ? choices : []).map(([id, name]) =>
    node("button", { type: "button", class: "tab", dir: "auto", "aria-pressed": String(id === company), textContent: name, onclick: () => choose(id) })));
}

function choose(id) {
  company = id;
  history.replaceState(null, "", id ? `#company=${encodeURIComponent(id)}` : location.pathname);
  for (const [at, button] of [...byId("companies").children].entries())
    button.setAttribute("aria-pressed", String(["", ...model.companies][at] === id));
  showPlaces(model, company, model.of(company));
  tokens.reset(model.of(company));
  render();
}

function takeSnapshot(floor) {
  model.snapshot(floor);
  if (company && !model.companies.includes(company)) company = "";
  showCompanies();
  showPlaces(model, company, model.of(company));
  tokens.reset(model.of(company));
  render();
  readWords();
}

function takeContact(change) {
  const contact = model.contact(change);
  storyGrows(contact.contact_id);
  if (!company || contact.company === company) tokens.walk(contact);
  render();
}

function stand(state) {
  const [short, long] = STATES[state];
  stage.dataset.state = state;
  byId("live").dataset.state = state;
  byId("live-words").textContent = short;
  byId("banner").textContent = long;
  byId("banner").hidden = !long;
}

async function readWords() {
  const found = await get("/v1/floor/words").catch(() => null);
  if (!found) return;
  words.learn(found.plan);
  learnNames(found.agents);
  showCompanies();
  render();
}

await readWords();
listen({
  snapshot: takeSnapshot, contact: takeContact,
  agent: (change) => { model.agent(change); render(); },
  levels: (levels) => { model.levels = levels; render(); },
  time: setServerTime, state: stand,
});
setInterval(() => { tick(); markLate(serverNow()); }, 1000);
setInterval(say, SAID_EVERY_MS);
