// What is on the floor: a fold of reporting's events. No DOM in here; a test compares it with a fresh snapshot.

export const STAGES_WITH_AGENT = new Set(["offered", "active", "wrap_up"]);
const WAITING = new Set(["queued", "offered"]);

// Where a contact stands in the picture: at its channel, in its queue, or with (or before) its agent.
export function placeOf(contact) {
  if (STAGES_WITH_AGENT.has(contact.stage)) return { kind: "agent", id: contact.agent };
  if (contact.stage === "queued") return { kind: "queue", id: contact.queue };
  return { kind: "channel", id: contact.channel };
}

export class Model {
  constructor() {
    this.contacts = new Map();
    this.agents = new Map();
    this.queues = new Map();
    this.companies = [];
    this.channelUnits = {};
    this.levels = {};
  }

  snapshot(floor) {
    this.contacts = new Map(floor.contacts.map((one) => [one.contact_id, one]));
    this.agents = new Map(floor.agents.map((one) => [one.agent, one]));
    this.queues = new Map(floor.queues.map((one) => [one.id, one]));
    this.companies = floor.companies;
    this.channelUnits = floor.channel_units;
  }

  contact({ what: _what, at_ms: _atMs, ...contact }) {
    if (contact.stage === "ended") this.contacts.delete(contact.contact_id);
    else this.contacts.set(contact.contact_id, contact);
    return contact;
  }

  agent({ at_ms: _atMs, ...agent }) {
    this.agents.set(agent.agent, agent);
    return agent;
  }

  of(company) {
    const contacts = [...this.contacts.values()];
    return company ? contacts.filter((one) => one.company === company) : contacts;
  }

  queuesOf(company) {
    const queues = [...this.queues.values()].filter((one) => !company || one.company === company);
    const gone = this.of(company).filter((one) => one.queue && !this.queues.has(one.queue));
    return [...queues, ...new Map(gone.map((one) => [one.queue, { id: one.queue, company: one.company, name: "" }])).values()];
  }

  agentsOf(company) {
    const agents = [...this.agents.values()].filter((one) => !company || one.companies.includes(company));
    const known = new Set(agents.map((one) => one.agent));
    const gone = this.of(company).filter((one) => one.agent && !known.has(one.agent)).map((one) => one.agent);
    const unknown = (agent) => this.agents.get(agent) ?? { agent, companies: [], presence: "offline", reason: "", attached: false, since_ms: 0, units: 0 };
    return [...agents, ...[...new Set(gone)].map(unknown)];
  }

  // How many units of an agent their contacts take.
  load(contacts) {
    return contacts.reduce((sum, one) => sum + (this.channelUnits[one.channel] ?? 0), 0);
  }
}

// The contacts of each place and, by queue, of all that came through it.
export function byPlace(contacts) {
  const groups = new Map();
  const add = (key, contact) => groups.has(key) ? groups.get(key).push(contact) : groups.set(key, [contact]);
  for (const contact of contacts) {
    add(`channel ${contact.channel}`, contact);
    if (contact.queue) add(`queue ${contact.queue}`, contact);
    if (STAGES_WITH_AGENT.has(contact.stage)) add(`agent ${contact.agent}`, contact);
  }
  return groups;
}

// Of some contacts: how many wait, since when the first of them, and how many are with agents.
export function count(contacts) {
  const waiting = contacts.filter((one) => WAITING.has(one.stage));
  return {
    waiting: waiting.length,
    oldestMs: waiting.length ? Math.min(...waiting.map((one) => one.waiting_since_ms)) : 0,
    withAgents: contacts.filter((one) => one.stage === "active" || one.stage === "wrap_up").length,
  };
}
