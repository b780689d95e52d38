// A telephone: its screen is told by the carrier whenever it changes; what is pressed here is told to the carrier.

import { append, at, bubble, complain, element, offer, send } from "./show.js";

const phone = at("phone"), own = at("own"), to = at("to"), log = at("log"), texts = at("texts");
const kept = "switchroom phone";
const words = { carrier: "Announcement", other: "They", me: "You" };
let number = "";
let source = null;
let screen = null;
let lastLine = 0;
let lastText = "";
let unread = 0;

const path = (act) => `/control/handsets/${encodeURIComponent(number)}${act}`;
const inCall = () => screen !== null && ["dialing", "ringing", "in-call"].includes(screen.state);

// Take a number; whoever had this page's number before keeps their calls.
async function take(wanted) {
  const shown = await send(`/control/handsets/${encodeURIComponent(wanted)}`);
  own.setAttribute("aria-invalid", String(shown === null));
  if (shown === null || shown.number === number) return shown !== null;
  number = own.value = shown.number;
  try { sessionStorage.setItem(kept, number); } catch { /* storage is off: a reload takes another number */ }
  lastLine = 0;
  lastText = "";
  log.replaceChildren();
  texts.replaceChildren(element("p", "note", "Nothing yet."));
  listen();
  return true;
}

function listen() {
  source?.close();
  source = new EventSource(path("/events"));
  source.addEventListener("message", (event) => show(JSON.parse(event.data)));
  source.addEventListener("open", () => complain(""));
  source.addEventListener("error", () => complain("The connection to the carrier is lost. Trying again…"));
}

function show(told) {
  screen = told;
  phone.dataset.state = told.state;
  at("status").textContent = status(told);
  at("dial").hidden = inCall();
  at("answer").hidden = !(told.state === "ringing" && told.incoming);
  at("hang-up").hidden = !inCall();
  at("hang-up").textContent = told.state === "ringing" && told.incoming ? "Reject" : "Hang up";
  at("say-form").hidden = !told.speaking;
  own.readOnly = inCall();
  for (const line of told.lines.filter((line) => line.number > lastLine)) hear(line);
  showTexts(told.texts);
  tick();
}

function status({ state, with: other, speaking, ended_because: because }) {
  if (state === "dialing") return `Calling ${other}…`;
  if (state === "ringing") return `${other} is calling`;
  if (state === "in-call") return speaking ? `Speaking with ${other}` : `In a call with ${other}`;
  if (state === "ended") return `Ended: ${because}`;
  return "Ready";
}

function hear(line) {
  lastLine = line.number;
  if (line.by === "note") append(log, element("p", "note", line.text));
  else if (line.kind === "keys") append(log, bubble(line.by === "me" ? "mine keys" : "keys", `${words[line.by]} pressed`, line.at_ms, line.text));
  else if (line.kind === "audio") append(log, bubble("", "Recording", line.at_ms, line.text));
  else append(log, bubble(line.by === "me" ? "mine" : "", words[line.by], line.at_ms, line.text, line.language));
}

function showTexts(all) {
  const begin = all.findIndex((text) => text.sid === lastText) + 1;
  for (const text of all.slice(begin)) {
    if (!lastText) texts.replaceChildren();
    append(texts, bubble(text.mine ? "mine" : "", text.mine ? `To ${text.with}` : text.with, text.at_ms, text.body));
    if (!text.mine) arrived(text);
    lastText = text.sid;
  }
}

// The first who writes is who one answers.
function arrived(text) {
  at("text-to").value ||= text.with;
  if (getComputedStyle(at("texts-panel")).display === "none") unread += 1;
  at("unread").textContent = unread;
  at("unread").hidden = unread === 0;
}

function tick() {
  const s = screen?.since_ms ? Math.max(0, Math.floor((Date.now() - screen.since_ms) / 1000)) : 0;
  at("timer").textContent = inCall() ? `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}` : "";
}

function press(key) {
  if (inCall()) send(path("/keys"), { keys: key });
  else to.value += key;
}

function turn(panel) {
  phone.dataset.shows = panel;
  for (const name of ["call", "texts"]) at(`show-${name}`).setAttribute("aria-pressed", String(name === panel));
  if (panel === "texts") {
    unread = 0;
    at("unread").hidden = true;
    texts.scrollTop = texts.scrollHeight;
  }
}

at("own-form").addEventListener("submit", (event) => {
  event.preventDefault();
  take(own.value);
});
own.addEventListener("change", () => take(own.value));
at("dial-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!inCall() && (await take(own.value))) await send(path("/call"), { to: to.value });
});
at("answer").addEventListener("click", () => send(path("/answer"), {}));
at("hang-up").addEventListener("click", () => send(path(screen.state === "ringing" && screen.incoming ? "/reject" : "/hang-up"), {}));
at("say-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const language = document.documentElement.lang;
  if (await send(path("/say"), { text: at("words").value, language })) at("words").value = "";
});
at("text-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!(await take(own.value))) return;
  if (await send(path("/texts"), { to: at("text-to").value, body: at("text").value })) at("text").value = "";
});
at("text").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  at("text-form").requestSubmit();
});
for (const key of document.querySelectorAll("[data-key]")) key.addEventListener("click", () => press(key.dataset.key));
offer();
// During a call the keyboard's digits are the keypad's, except where text is written.
document.addEventListener("keydown", (event) => {
  const writes = event.target.matches("input:not([readonly]), textarea");
  const modified = event.ctrlKey || event.metaKey || event.altKey;
  if (!writes && !modified && inCall() && /^[0-9*#۰-۹०-९٠-٩]$/u.test(event.key)) press(event.key);
});
for (const panel of ["call", "texts"]) at(`show-${panel}`).addEventListener("click", () => turn(panel));
setInterval(tick, 1000);

function remembered() {
  if (new URLSearchParams(location.search).has("number")) return own.value;
  try { return sessionStorage.getItem(kept) || own.value; } catch { return own.value; }
}
take(remembered());
