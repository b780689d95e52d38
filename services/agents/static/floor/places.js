// The places of the floor: a row for each channel and queue, a desk for each agent, and what is counted at each.

import { byId, node, theirs } from "../dom.js";
import { sign } from "../signs.js";
import * as words from "../words.js";
import { byPlace, count } from "./model.js";
import { agentName } from "./names.js";

export const CHANNELS = ["voice", "callback", "voicemail", "sms", "web_chat", "web_form", "email", "fax", "letter"];
const DENSE = 9;
const MANY = 16;
const cards = new Map();
const columns = { channel: byId("channels"), queue: byId("queues"), agent: byId("agents") };
const keyOf = (kind, id) => `${kind} ${id}`;

const tokenList = (label) => node("ul", { class: "tokens", role: "list", "aria-label": label });

function channelCard(id) {
  const open = node("span", { class: "number quiet" });
  const tokens = tokenList(`Arriving: ${words.channel(id)}`);
  const card = node("li", { class: "place channel", "data-channel": id },
    node("span", { class: "channel-sign", "aria-hidden": "true" }, sign(id)),
    node("span", { class: "name" }, node("strong", { textContent: words.channel(id) }), open), tokens);
  const update = ({ mine }) => {
    say(open, mine.length ? `${mine.length} open` : "none open");
    card.classList.toggle("still", !mine.length);
  };
  return { card, tokens, update };
}

function queueCard(id) {
  const name = theirs("strong", ""), company = theirs("span", "");
  const level = node("span", { class: "level", title: "Answered in time, of those of this quarter of an hour" });
  const waiting = node("span", { class: "number big" });
  const oldest = node("span", { class: "number quiet oldest" });
  const tokens = tokenList("");
  const card = node("li", { class: "place queue" },
    node("span", { class: "name" }, name, node("span", { class: "quiet" }, company, level)), tokens,
    node("span", { class: "figures" }, waiting, node("span", { class: "unseen", textContent: " waiting, longest " }), oldest));
  const update = ({ mine, queue, level: share }) => {
    const now = count(mine);
    say(name, queue.name || id);
    say(company, words.company(queue.company));
    say(level, share === undefined ? "" : ` · ${Math.round(share * 100)} % in time`);
    tokens.setAttribute("aria-label", `Waiting in ${queue.name || id}`);
    say(waiting, String(now.waiting));
    showSince(oldest, now.oldestMs, "no wait");
    oldest.dataset.late = String(queue.service_level_ms ?? Infinity);
    card.classList.toggle("still", !now.waiting);
  };
  return { card, tokens, update };
}

// What stands there already is not written again: the browser would lay everything out anew.
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function showSince(element, sinceMs, otherwise) {
  if (sinceMs) { if (element.dataset.since !== String(sinceMs)) element.dataset.since = String(sinceMs); return; }
  delete element.dataset.since;
  say(element, otherwise);
}

function agentCard(id) {
  const name = theirs("strong", ""), face = theirs("span", "", "face");
  const presence = node("span", { class: "quiet presence-words" });
  const load = node("span", { class: "load-bar", "aria-hidden": "true" }, node("i"));
  const units = node("span", { class: "unseen" });
  const tokens = tokenList("");
  const card = node("li", { class: "place agent" },
    node("span", { class: "who-is-it" }, face, node("span", { class: "name" }, name, presence), units), tokens, load);
  const update = ({ agent, loadUnits, mine }) => {
    const called = agentName(id);
    const said = agent.attached || agent.presence === "offline" ? agent.presence : "offline";
    say(name, called);
    say(face, [...called][0]?.toUpperCase() ?? "");
    face.setAttribute("aria-hidden", "true");
    tokens.setAttribute("aria-label", `With ${called}`);
    say(presence, stateOf(said, agent, mine));
    card.dataset.presence = said;
    say(units, agent.units ? `${loadUnits} of ${agent.units} units of work` : "");
    load.firstElementChild.style.width = agent.units ? `${Math.min(100, (100 * loadUnits) / agent.units)}%` : "0";
  };
  return { card, tokens, update };
}

function stateOf(presence, agent, mine) {
  const said = presence === "away" && agent.reason ? `Away: ${words.readable(agent.reason)}` : words.PRESENCES[presence];
  if (!mine.length) return presence === "available" ? "Free" : said;
  const stages = ["active", "wrap_up", "offered"].filter((stage) => mine.some((one) => one.stage === stage));
  const doing = { active: "Working", wrap_up: "Wrap-up", offered: "Offered" }[stages[0]];
  return presence === "available" ? doing : `${doing}, ${said.toLowerCase()}`;
}

const MAKERS = { channel: channelCard, queue: queueCard, agent: agentCard };

function place(kind, id, facts) {
  const key = keyOf(kind, id);
  if (!cards.has(key)) cards.set(key, MAKERS[kind](id));
  cards.get(key).update(facts);
  return key;
}

// Whose first contact waits for longer than it should is marked.
export function markLate(nowMs) {
  for (const oldest of columns.queue.querySelectorAll(".oldest"))
    oldest.classList.toggle("late", Boolean(oldest.dataset.since) && nowMs - Number(oldest.dataset.since) > Number(oldest.dataset.late));
}

// Brings the places into line with the model, and what they say with the contacts as they are shown; returns whether any
// place came or went.
export function showPlaces(model, company, contacts) {
  const groups = byPlace(contacts);
  const of = (kind, id) => groups.get(keyOf(kind, id)) ?? [];
  const agentPlace = (agent, mine) => place("agent", agent.agent, { mine, agent, loadUnits: model.load(mine) });
  const wanted = {
    channel: CHANNELS.map((id) => place("channel", id, { mine: of("channel", id) })),
    queue: model.queuesOf(company).map((queue) => place("queue", queue.id, { mine: of("queue", queue.id), queue, level: model.levels[queue.id] })),
    agent: model.agentsOf(company).map((agent) => agentPlace(agent, of("agent", agent.agent))),
  };
  return Object.entries(wanted).map(([kind, keys]) => arrange(columns[kind], keys)).some(Boolean);
}

function arrange(column, keys) {
  const rows = keys.map((key) => cards.get(key).card);
  column.classList.toggle("dense", rows.length > DENSE);
  column.classList.toggle("many", rows.length > MANY);
  const same = rows.length === column.children.length && rows.every((row, at) => column.children[at] === row);
  if (!same) column.replaceChildren(...rows);
  return !same;
}

export const cardAt = (kind, id) => cards.get(keyOf(kind, id))?.card;
export const tokensAt = (kind, id) => cards.get(keyOf(kind, id))?.tokens;
