// The presence selector: what you say of yourself, with the plan's reasons for being away.

import { command } from "./api.js";
import { byId, node, toast } from "./dom.js";
import * as words from "./words.js";

const select = byId("presence");
let asking = false;

function choices() {
  const reasons = words.awayReasons();
  const away = reasons.length ? reasons.map((id) => [`away:${id}`, `Away: ${words.readable(id)}`]) : [["away:", "Away"]];
  return [["available:", "Available"], ...away, ["offline:", "Offline"]];
}

export function showPresence(desk) {
  if (asking) return;
  const value = `${desk.presence ?? ""}:${desk.presence === "away" ? desk.presence_reason : ""}`;
  const known = choices();
  if (!known.some(([id]) => id === value))
    known.unshift([value, words.PRESENCES[desk.presence] ?? "Connecting…"]);
  select.replaceChildren(...known.map(([id, name]) => node("option", { value: id, textContent: name, selected: id === value })));
  select.disabled = desk.presence === null || !desk.connected;
  byId("presence-dot").className = `dot ${desk.connected ? desk.presence ?? "offline" : "offline"}`;
}

export async function setPresence(presence, reason = "") {
  asking = true;
  try {
    await command("/v1/presence", { presence, reason });
  } catch (error) {
    toast(`${error.message} ${error.whatToDo ?? ""}`, "error");
  } finally {
    asking = false;
  }
}

export function startPresence(refresh) {
  select.addEventListener("change", async () => {
    const [presence, reason] = select.value.split(/:(.*)/s);
    await setPresence(presence, reason);
    refresh();
  });
}
