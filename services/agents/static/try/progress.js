// What becomes of the visitor's contacts. A frame says which is theirs; of a frame that says nothing the newest contacts
// of its channels are shown.

import { announce, byId, node, theirs } from "../dom.js";
import { agentName } from "../floor/names.js";
import { openStory } from "../floor/panel.js";
import { standing } from "../floor/sentences.js";
import { sign } from "../signs.js";
import * as words from "../words.js";

const SHOWN_MAX = 2;
const KEPT_MAX = 200;
const STEPS = [["arrived", "Arrived"], ["queued", "Waits"], ["offered", "Offered"], ["active", "With an agent"], ["ended", "Done"]];
const AT = { arrived: 0, queued: 1, offered: 2, active: 3, wrap_up: 3, ended: 4 };

export class Progress {
  constructor() {
    this.seen = new Map();
    this.before = null;
    this.mine = new Set();
    this.telling = new Set();
    this.channels = [];
    this.said = "";
  }

  // What was there before this page was opened is somebody else's.
  snapshot(floor) {
    if (this.before === null) this.before = new Set(floor.contacts.map((one) => one.contact_id));
    for (const contact of floor.contacts) this.keep(contact);
    this.show();
  }

  take(contact) {
    this.keep(contact);
    this.show();
  }

  own(contactId, channels) {
    for (const channel of channels) this.telling.add(channel);
    if (contactId) this.mine.add(contactId);
    this.show();
  }

  look(channels) {
    this.channels = channels;
    this.show();
  }

  keep(contact) {
    if (this.before?.has(contact.contact_id) && !this.mine.has(contact.contact_id)) return;
    const agent = contact.agent || this.seen.get(contact.contact_id)?.agent || "";
    this.seen.set(contact.contact_id, { ...contact, agent });
    if (this.seen.size > KEPT_MAX) this.seen.delete(this.seen.keys().next().value);
  }

  shown() {
    const ofChannel = [...this.seen.values()].filter((one) => this.channels.includes(one.channel)).reverse();
    return ofChannel.filter((one) => !this.telling.has(one.channel) || this.mine.has(one.contact_id)).slice(0, SHOWN_MAX);
  }

  show() {
    const contacts = this.shown();
    byId("progress-none").hidden = contacts.length > 0;
    byId("progress-all").hidden = contacts.every((one) => this.mine.has(one.contact_id));
    const list = byId("progress-list");
    const had = new Map([...list.children].map((row) => [row.dataset.contact, row]));
    const rows = contacts.map((one) => row(one, had.get(one.contact_id), this.mine.has(one.contact_id)));
    if (rows.length !== list.children.length || rows.some((one, at) => list.children[at] !== one)) list.replaceChildren(...rows);
    this.say(contacts.find((one) => this.mine.has(one.contact_id)));
  }

  say(contact) {
    const now = contact ? standing(contact) : "";
    if (now && now !== this.said) announce(now);
    this.said = now;
  }
}

function row(contact, had, mine) {
  const made = had ?? node("li", { class: "went", "data-contact": contact.contact_id, "data-channel": contact.channel },
    node("header", {}, node("span", { class: "story-sign", "aria-hidden": "true" }, sign(contact.channel)),
      node("div", {}, node("strong", {}), theirs("span", "", "quiet"))),
    node("ol", { class: "steps", "aria-label": "How far it has come" }, ...STEPS.map(([, name]) => node("li", { textContent: name }))),
    node("button", { type: "button", textContent: "Its story, and why", onclick: () => openStory(contact.contact_id) }));
  const [title, where] = made.querySelectorAll("header strong, header .quiet");
  title.textContent = `${mine ? "Your" : "A"} ${words.channel(contact.channel).toLowerCase()}`;
  where.textContent = standing(contact);
  const reached = AT[contact.stage] ?? 0;
  for (const [at, step] of [...made.querySelector(".steps").children].entries()) {
    step.className = at < reached || contact.stage === "ended" ? "done" : at === reached ? "now" : "";
    step.setAttribute("aria-current", at === reached ? "step" : "false");
  }
  made.querySelector(".steps").children[3].textContent = contact.agent && reached >= 3 ? `With ${agentName(contact.agent)}` : "With an agent";
  return made;
}
