// The contacts as tokens. Each walks its way step by step, so that one can see it even where all was decided at once;
// it really is in the list of the place where it stands, and only looks as if it flew there.

import { node } from "../dom.js";
import { sign } from "../signs.js";
import * as words from "../words.js";
import { placeOf } from "./model.js";
import { fly, homeOf, leave, seenAt } from "./motion.js";
import { agentName } from "./names.js";
import { cardAt, tokensAt } from "./places.js";

const SHOWN_MAX = { channel: 2, queue: 7, agent: 5 };
const STEP_MS = 750;
const HURRIED_MS = 250;
const STEPS_BEHIND_MAX = 5;
const TICK_MS = 120;
// What it takes to show a step is at most this part of the time.
const REST_FACTOR = 5;
// With more than these, only what goes from place to place moves.
const CROWD = 100;
const STANDS = { arrived: "arriving", queued: "waiting", offered: "offered", active: "with an agent", wrap_up: "in wrap-up" };

const keyOf = (place) => `${place.kind} ${place.id}`;

export class Tokens {
  constructor(stage, opened, moved) {
    this.stage = stage;
    this.opened = opened;
    this.moved = moved;
    this.walkers = new Map();
    this.standing = new Map();
    this.touched = new Set();
    this.restUntilMs = 0;
    setInterval(() => this.tick(), TICK_MS);
    stage.addEventListener("keydown", (event) => this.onKey(event));
  }

  // The contacts as far as they have come in the picture.
  shown() {
    return [...this.walkers.values()].map((walker) => walker.contact);
  }

  // All at once, as a snapshot or another filter has it: what was there walks on, what is new simply stands there.
  reset(contacts) {
    const wanted = new Map(contacts.map((one) => [one.contact_id, one]));
    for (const id of [...this.walkers.keys()]) if (!wanted.has(id)) this.remove(id);
    for (const contact of contacts) {
      if (this.walkers.has(contact.contact_id)) this.walk(contact);
      else this.put(contact, placeOf(contact));
    }
    this.show(new Set([...this.standing.keys()]));
  }

  walk(contact) {
    const walker = this.walkers.get(contact.contact_id);
    if (!walker) return this.enter(contact);
    const last = walker.steps.at(-1) ?? { contact: walker.contact };
    const look = (one) => `${keyOf(placeOf(one))} ${one.stage}`;
    if (contact.stage === "ended" || look(contact) !== look(last.contact)) walker.steps.push({ contact });
    else last.contact = contact;
    if (walker.steps.length > STEPS_BEHIND_MAX) walker.steps.splice(0, walker.steps.length - 2);
  }

  enter(contact) {
    if (contact.stage === "ended") return;
    this.put({ ...contact, stage: "arrived" }, { kind: "channel", id: contact.channel });
    if (contact.stage !== "arrived") this.walkers.get(contact.contact_id).steps.push({ contact });
    this.touched.add(`channel ${contact.channel}`);
  }

  put(contact, place) {
    this.walkers.set(contact.contact_id, { contact, place, steps: [], sinceMs: performance.now(), token: null });
    this.stand(contact.contact_id, place);
  }

  stand(id, place) {
    const key = keyOf(place);
    if (!this.standing.has(key)) this.standing.set(key, { place, ids: new Set() });
    this.standing.get(key).ids.add(id);
  }

  remove(id) {
    const walker = this.walkers.get(id);
    this.standing.get(keyOf(walker.place))?.ids.delete(id);
    walker.token?.remove();
    this.walkers.delete(id);
  }

  tick() {
    if (document.hidden) return this.catchUp();
    const now = performance.now();
    if (now < this.restUntilMs) return;
    const touched = this.touched;
    this.touched = new Set();
    for (const [id, walker] of this.walkers) {
      const patience = walker.steps.length > 2 ? HURRIED_MS : STEP_MS;
      if (walker.steps.length && now - walker.sinceMs >= patience) this.step(id, walker, now, touched);
    }
    if (touched.size) this.show(touched);
    this.restUntilMs = performance.now() + REST_FACTOR * (performance.now() - now);
  }

  // Nobody looks: no steps pile up.
  catchUp() {
    for (const walker of this.walkers.values()) if (walker.steps.length > 1) walker.steps.splice(0, walker.steps.length - 1);
  }

  step(id, walker, now, touched) {
    const { contact } = walker.steps.shift();
    walker.sinceMs = now;
    walker.contact = contact.stage === "ended" ? { ...contact, agent: walker.contact.agent } : contact;
    const from = walker.place;
    touched.add(keyOf(from));
    if (contact.stage === "ended") { leave(this.stage, walker.token, contact.outcome); this.giveFocusOn(walker); this.remove(id); return; }
    const to = placeOf(contact);
    if (keyOf(to) === keyOf(from)) return;
    this.standing.get(keyOf(from))?.ids.delete(id);
    walker.place = to;
    walker.from = from;
    this.stand(id, to);
    touched.add(keyOf(to));
  }

  show(touched) {
    const places = [...touched].map((key) => this.standing.get(key)).filter(Boolean);
    const before = this.measured(seenAt);
    const focused = document.activeElement;
    for (const { place, ids } of places) this.fill(place, ids);
    if (focused?.isConnected && this.stage.contains(focused) && focused !== document.activeElement) focused.focus({ preventScroll: true });
    this.stage.classList.toggle("crowded", this.walkers.size > CROWD);
    this.fly(before, this.measured(homeOf));
    this.moved();
  }

  // All is measured at once, and nothing is changed meanwhile: in turns the browser would lay out the page each time.
  measured(where) {
    const found = new Map();
    for (const walker of this.walkers.values()) if (walker.token?.isConnected) found.set(walker, where(walker.token));
    return found;
  }

  // One that is on its way to where it still belongs goes on undisturbed.
  fly(before, homes) {
    const flights = [...homes].filter(([walker, home]) => home && !(before.has(walker) && isAt(walker.home, home)))
      .map(([walker, home]) => [walker, before.get(walker) ?? whereFrom(walker), home]);
    for (const [walker, was, home] of flights) {
      fly(walker.token, was, home);
      walker.home = home;
      walker.from = null;
    }
  }

  fill(place, ids) {
    const list = tokensAt(place.kind, place.id);
    if (!list) return;
    const most = SHOWN_MAX[place.kind];
    const some = [...ids];
    const shown = some.slice(0, some.length > most ? most - 1 : most);
    const rows = shown.map((id) => this.tokenOf(this.walkers.get(id)));
    const hidden = some.length - shown.length;
    if (hidden) rows.push(more(list, hidden));
    rows.forEach((row, at) => { if (list.children[at] !== row) list.insertBefore(row, list.children[at] ?? null); });
    while (list.children.length > rows.length) list.lastElementChild.remove();
    const buttons = [...list.querySelectorAll("button")];
    const stop = buttons.find((one) => one === document.activeElement) ?? buttons[0];
    for (const one of buttons) one.tabIndex = one === stop ? 0 : -1;
  }

  tokenOf(walker) {
    walker.token ??= node("li", { class: "token" },
      node("button", { type: "button", onclick: () => this.opened(walker.contact.contact_id) }, sign(walker.contact.channel)));
    const { channel, stage, company, contact_id: id } = walker.contact;
    Object.assign(walker.token.dataset, { channel, stage, contact: id });
    const agent = walker.place.kind === "agent" ? `, ${agentName(walker.place.id)}` : "";
    walker.token.firstElementChild.setAttribute("aria-label",
      `${words.channel(channel)} to ${words.company(company)}, ${STANDS[stage] ?? words.readable(stage)}${agent}`);
    return walker.token;
  }

  // Whoever had the focus on a contact that leaves stays near.
  giveFocusOn(walker) {
    if (!walker.token?.contains(document.activeElement)) return;
    const near = walker.token.nextElementSibling ?? walker.token.previousElementSibling;
    (near?.querySelector("button") ?? this.stage).focus({ preventScroll: true });
  }

  onKey(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 0, ArrowUp: 0 }[event.key];
    const token = event.target.closest?.(".token button");
    if (by === undefined || !token) return;
    event.preventDefault();
    const all = by ? [...token.closest(".tokens").querySelectorAll("button")] : [...this.stage.querySelectorAll('.token button[tabindex="0"]')];
    const step = by || (event.key === "ArrowDown" ? 1 : -1);
    const next = all[all.indexOf(token) + step];
    if (!next) return;
    if (by) { token.tabIndex = -1; next.tabIndex = 0; }
    next.focus();
  }
}

const isAt = (one, other) => Boolean(one) && Math.abs(one.x - other.x) < 1 && Math.abs(one.y - other.y) < 1;

// Where one that was not shown, being one of many, comes from.
function whereFrom(walker) {
  const card = walker.from && cardAt(walker.from.kind, walker.from.id);
  const chip = walker.from && tokensAt(walker.from.kind, walker.from.id)?.querySelector(".more");
  return chip || card ? seenAt(chip ?? card) : null;
}

function more(list, hidden) {
  const chip = list.querySelector(".more") ?? node("li", { class: "more" });
  chip.textContent = `+${hidden}`;
  return chip;
}
