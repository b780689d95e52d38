// The visitor's end of a web chat. The token and what is not acknowledged yet live in this tab's sessionStorage, so
// that a reload or a lost connection loses nothing. Everything that came from outside is shown by textContent.

import { tellFrame } from "./framed.js";

const chat = document.querySelector("#chat");
const at = (id) => document.querySelector(`#${id}`);
const log = at("log"), text = at("text"), about = at("about"), end = at("end"), trouble = at("trouble");
const key = `switchroom ${chat.dataset.socket}`;
const title = document.title;

const kept = recall();
const shown = new Map();
let socket = null;
let open = false;
let tries = 0;
let lastSeen = 0;
let unread = 0;
let state = "new";
let noticed = "";
let refused = false;

function random() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function recall() {
  try {
    const value = JSON.parse(sessionStorage.getItem(key));
    if (value && /^[0-9a-f]{32}$/.test(value.token) && Array.isArray(value.outbox)) return value;
  } catch { /* what is there is not ours, or storage is off: begin anew */ }
  return { token: random(), name: "", email: "", topic: "", outbox: [] };
}

function keep() {
  try { sessionStorage.setItem(key, JSON.stringify(kept)); } catch { /* storage is off: this tab must stay open */ }
}

function send(frame) {
  if (open) socket.send(JSON.stringify(frame));
}

function connect() {
  const mine = new WebSocket(new URL(chat.dataset.socket, location.href.replace(/^http/, "ws")));
  socket = mine;
  mine.addEventListener("open", hello);
  mine.addEventListener("message", (event) => mine === socket && take(JSON.parse(event.data)));
  mine.addEventListener("close", (event) => mine === socket && closed(event));
}

function hello() {
  const { token, name, email, topic } = kept;
  const language = chat.dataset.language;
  socket.send(JSON.stringify({ hello: { token, name, email, topic, language, last_seen: lastSeen } }));
}

function closed(event) {
  open = false;
  if (event.code === 4009) return say_status("This chat goes on in another tab.");
  if (event.code === 4008) return say_status("Closed, as nobody had written for a long time. Reload to come back.");
  if (event.code === 4000 || refused) return say_status("The connection was refused. Reload to try again.");
  say_status("Connection lost. Trying again…");
  tries += 1;
  const wait = Math.min(30_000, 500 * 2 ** Math.min(tries, 6)) * (0.5 + Math.random());
  setTimeout(connect, tries === 1 ? 500 + Math.random() * 1000 : wait);
}

function take(frame) {
  if (frame.welcome) welcomed(frame.welcome);
  else if (frame.message) received(frame.message);
  else if (frame.accepted) acknowledged(frame.accepted);
  else if (frame.state) become(frame.state);
  else if (frame.error) wrong(frame.error);
}

function welcomed(welcome) {
  open = true;
  tries = 0;
  refused = false;
  become(welcome, state === "new");
  if (welcome.contact_id) tellFrame(welcome.contact_id);
  for (const said of kept.outbox) send({ say: said });
}

function received(message) {
  const mine = message.from === "customer";
  lastSeen = Math.max(lastSeen, message.number);
  show(message.id, mine, message.text, mine ? "You" : name_of(message.agent), message.at_ms);
  if (mine) return settle(message.id);
  send({ got: { number: message.number } });
  if (document.hidden) {
    unread += 1;
    document.title = `(${unread}) ${title}`;
  }
}

function acknowledged({ id, number, contact_id: contactId }) {
  tellFrame(contactId);
  lastSeen = Math.max(lastSeen, number);
  trouble.hidden = true;
  settle(id);
}

function settle(id) {
  kept.outbox = kept.outbox.filter((said) => said.id !== id);
  keep();
  shown.get(id)?.classList.remove("unsent");
}

// What the server can't take yet is sent again; what it will not take goes back to the visitor.
function wrong(error) {
  trouble.textContent = `${error.what} ${error.why} ${error.again ? "It is sent again by itself." : error.what_to_do}`;
  trouble.hidden = false;
  const said = kept.outbox.find((one) => one.id === error.id);
  if (said && error.again) return setTimeout(() => kept.outbox.includes(said) && send({ say: said }), 3000);
  if (said) {
    settle(said.id);
    shown.get(said.id).remove();
    text.value ||= said.text;
  } else if (!open) strangely();
}

// Hello was refused: what the visitor says of themselves is asked for again.
function strangely() {
  if (refused) return;
  refused = true;
  Object.assign(kept, { name: "", email: "", topic: "" });
  keep();
  hello();
}

// What the contact centre said of the wait; it is said anew when it changes.
function waiting(position, waitMs) {
  if (!position) return "Waiting for someone to join…";
  const place = position === 1 ? "You are next." : `You are number ${position} in the queue.`;
  const minutes = Math.ceil(waitMs / 60000);
  if (!minutes) return place;
  const wait = minutes > 60 ? "more than an hour" : minutes > 1 ? `about ${minutes} minutes` : "less than a minute";
  return `${place} Expected wait: ${wait}.`;
}

function become({ state: stage, agent, position = 0, wait_ms: waitMs = 0, notice = "" }, silently = false) {
  if (notice && notice !== noticed) note(notice);
  noticed = notice;
  if (!silently && (stage !== state || agent !== chat.dataset.agent)) {
    if (stage === "joined") note(`${name_of(agent)} has joined.`);
    if (stage === "ended" && state !== "new") note("The chat has ended. Write again to begin another one.");
  }
  state = stage;
  chat.dataset.state = stage;
  chat.dataset.agent = agent;
  about.hidden = stage !== "new";
  end.hidden = stage !== "waiting" && stage !== "joined";
  say_status({
    new: "We are here. Write to begin.",
    waiting: waiting(position, waitMs),
    joined: `${name_of(agent)} is with you`,
    ended: "The chat has ended",
  }[stage]);
}

function say_status(words) {
  at("status-text").textContent = words;
}

function name_of(agent) {
  return agent ? agent.charAt(0).toUpperCase() + agent.slice(1) : "Someone";
}

function element(tag, kind, words) {
  const made = document.createElement(tag);
  made.className = kind;
  made.textContent = words;
  return made;
}

function note(words) {
  log.append(element("p", "note", words));
  log.scrollTop = log.scrollHeight;
}

function show(id, mine, words, from, at_ms) {
  if (shown.has(id)) return;
  const box = element("div", mine ? "message mine" : "message", "");
  const head = element("p", "from", "");
  const time = element("time", "", new Date(at_ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  time.dateTime = new Date(at_ms).toISOString();
  head.append(element("span", "", from), time);
  const body = element("p", "text", words);
  body.dir = "auto";
  box.append(head, body);
  shown.set(id, box);
  log.append(box);
  log.scrollTop = log.scrollHeight;
}

function say() {
  const words = text.value.trim();
  if (!words) return;
  if (state === "new" && !kept.outbox.length) introduce();
  const said = { id: random(), text: words };
  kept.outbox.push(said);
  keep();
  show(said.id, true, words, "You", Date.now());
  shown.get(said.id).classList.add("unsent");
  text.value = "";
  send({ say: said });
}

// Who the visitor is goes into hello, which was said when the page opened: say it anew on another socket.
function introduce() {
  const before = JSON.stringify([kept.name, kept.email, kept.topic]);
  kept.name = at("name").value.trim();
  kept.email = at("email").value.trim();
  kept.topic = at("topic")?.value ?? "";
  if (JSON.stringify([kept.name, kept.email, kept.topic]) === before || !open) return;
  open = false;
  const before_this = socket;
  connect();
  before_this.close();
}

at("say").addEventListener("submit", (event) => {
  event.preventDefault();
  say();
  text.focus();
});
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    if (at("say").reportValidity()) say();
  }
});
end.addEventListener("click", () => send({ end: {} }));
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) {
    unread = 0;
    document.title = title;
  }
});

for (const name of ["name", "email", "topic"]) {
  if (at(name)) at(name).value = kept[name] ?? "";
}
for (const said of kept.outbox) {
  show(said.id, true, said.text, "You", Date.now());
  shown.get(said.id).classList.add("unsent");
}
keep();
connect();
