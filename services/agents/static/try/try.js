// Be the customer: the customer's end of each channel in a frame, and beside it what becomes of the contact.

import { get } from "../api.js";
import { byId } from "../dom.js";
import { Model } from "../floor/model.js";
import { learnNames } from "../floor/names.js";
import { storyGrows } from "../floor/panel.js";
import { listen } from "../floor/stream.js";
import { setServerTime } from "../time.js";
import * as words from "../words.js";
import { Progress } from "./progress.js";
import { channelsOf, startWays } from "./ways.js";

const STATES = { connecting: "Connecting", live: "Live", lost: "Not connected", away: "Not live", ended: "Ended" };

const model = new Model();
const progress = new Progress();

function take(contact) {
  model.contact(contact);
  progress.take(contact);
  storyGrows(contact.contact_id);
}

function stand(state) {
  byId("live").dataset.state = state;
  byId("live-words").textContent = STATES[state];
  const long = state === "lost" || state === "away" ? "What becomes of a contact can't be shown at the moment; it goes on by itself." : "";
  byId("banner").textContent = long;
  byId("banner").hidden = !long;
}

async function readWords() {
  const found = await get("/v1/floor/words").catch(() => null);
  if (!found) return;
  words.learn(found.plan);
  learnNames(found.agents);
}

startWays((channels) => progress.look(channels));

// A frame may say which contact is its visitor's ("": none yet); what comes from anywhere else is passed over.
addEventListener("message", (event) => {
  const channels = channelsOf(event.source);
  const told = event.data?.switchroom?.contact_id;
  if (channels && typeof told === "string" && /^[\w-]{0,64}$/.test(told)) progress.own(told, channels);
});

await readWords();
listen({
  snapshot: (floor) => { model.snapshot(floor); progress.snapshot(floor); readWords(); },
  contact: take, agent: () => {}, levels: () => {}, time: setServerTime, state: stand,
});
