// What happened to a contact, in sentences.

import * as words from "../words.js";
import { agentName } from "./names.js";

const OUTCOMES = {
  completed: "Completed", abandoned: "The customer gave up waiting", left_in_ivr: "The customer left in the menu",
  joined: "Joined to an open contact", cancelled: "Cancelled", diverted: "Sent elsewhere",
  callback: "The customer chose to be called back",
};

const DIVERSIONS = { voicemail: "voicemail", third_party: "a third party", message: "a message" };
const minutes = (ms) => (ms > 60000 ? `about ${Math.ceil(ms / 60000)} minutes` : "less than a minute");
const outlook = (one) => [one.position ? `Number ${one.position}` : "", one.expected_wait_ms ? `expected wait ${minutes(one.expected_wait_ms)}` : ""]
  .filter(Boolean).join(", ");

const capital = (text) => text.replace(/^./u, (letter) => letter.toUpperCase());

const SAID = {
  arrived: (one) => [`Arrived: ${words.channel(one.channel).toLowerCase()} to ${one.dialed}`, one.language ? `Language: ${one.language}` : ""],
  refined: (one) => ["More became known", [one.ivr_path?.length ? `Chose ${one.ivr_path.join(" › ")}` : "", one.language ? `language ${one.language}` : ""].filter(Boolean).join(", ")],
  queued: (one) => [`Waits in ${words.queue(one.queue)}`, [one.priority ? `Priority ${one.priority}` : "", outlook(one)].filter(Boolean).join(", ")],
  step_opened: (one) => [`The time of step ${one.step + 1} has come`, "Taken as soon as its conditions hold"],
  step_taken: (one) => [`Step ${one.step + 1} of its route was taken`, one.because ? capital(one.because) : ""],
  customer_told: (one) => ["The customer is to be told", [outlook(one), one.callback_offered ? "a call-back is offered" : ""].filter(Boolean).join(", ")],
  diverted: (one) => [`Sent to ${DIVERSIONS[one.to] ?? words.readable(one.to)}`, one.address],
  place_kept: (one) => ["Keeps the place of the call that came before", "The customer chose to be called back"],
  offered: (one) => [`Offered to ${agentName(one.agent)}`, capital(one.reason)],
  accepted: (one) => [`${agentName(one.agent)} accepted`],
  call_connected: (one) => [`${one.agent ? agentName(one.agent) : "The agent"} and the customer are speaking`],
  connected: (one) => [`${one.agent ? agentName(one.agent) : "The agent"} and the customer are speaking`],
  offer_declined: (one) => [`${agentName(one.agent)} declined`],
  offer_timed_out: (one) => [`${agentName(one.agent)} did not respond in time`],
  offer_withdrawn: (one) => [`Withdrawn from ${agentName(one.agent)}, who left`],
  offer_lapsed: () => ["The offer lapsed while the router was away"],
  offer_carried: () => ["The offer was carried over to another router"],
  customer_wrote: () => ["The customer wrote"],
  customer_left: () => ["The customer left"],
  reply_delivered: () => ["The answer reached the customer"],
  reply_failed: () => ["The answer did not reach the customer"],
  wrap_up_started: (one) => [`${agentName(one.agent)} wraps up`],
  transferred: (one) => [`${agentName(one.agent)} handed it to ${one.to_agent ? agentName(one.to_agent) : words.queue(one.queue)}`],
  consultation_opened: (one) => [`${agentName(one.agent)} asks ${one.to_agent ? agentName(one.to_agent) : "a colleague"}`, "And keeps it meanwhile"],
  handed_over: (one) => [`${agentName(one.agent)} handed it over to ${agentName(one.to_agent)}`],
  taken_back: (one) => [`Taken back from ${agentName(one.agent)}`],
  ended: (one) => [OUTCOMES[one.outcome] ?? words.readable(one.outcome), one.disposition ? `Marked as ${words.readable(one.disposition).toLowerCase()}` : ""],
};

// The headline and what is to say beside it.
export function sentence(entry) {
  const [title, more] = (SAID[entry.what] ?? ((one) => [words.readable(one.what)]))(entry);
  return { title, more: more ?? "" };
}

const WITH = { offered: "is being offered to", active: "is with", wrap_up: "is wrapped up by" };

export function standing(contact) {
  if (contact.stage === "ended") return OUTCOMES[contact.outcome] ?? "Over";
  if (contact.stage in WITH) return `It ${WITH[contact.stage]} ${agentName(contact.agent)}`;
  return contact.stage === "queued" ? `It waits in ${words.queue(contact.queue)}` : "It has just arrived";
}
