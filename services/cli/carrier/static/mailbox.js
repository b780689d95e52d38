// A mailbox: what is written here goes out by SMTP, and what arrives for the address is told by the carrier.

import { at, append, complain, element, offer, send, time } from "./show.js";

const log = at("log"), own = at("own"), text = at("text"), subject = at("subject");
const kept = "switchroom mailbox";
const shown = new Set();
let address = "";
let source = null;
let answers = "";

const path = (rest) => `/mail/${encodeURIComponent(address)}${rest}`;

function open(wanted) {
  if (!own.reportValidity() || wanted === address) return;
  address = wanted;
  try { sessionStorage.setItem(kept, address); } catch { /* storage is off: a reload takes another address */ }
  shown.clear();
  log.replaceChildren(element("p", "note", "Nothing yet."));
  source?.close();
  source = new EventSource(path("/events"));
  source.addEventListener("message", (event) => show(JSON.parse(event.data)));
  source.addEventListener("open", () => complain(""));
  source.addEventListener("error", () => complain("The connection to the mailbox is lost. Trying again…"));
  at("status").textContent = "Open";
}

function show({ mails }) {
  for (const mail of mails.filter((mail) => !shown.has(`${mail.mine}${mail.id}`))) {
    if (!shown.size) log.replaceChildren();
    shown.add(`${mail.mine}${mail.id}`);
    append(log, letter(mail));
  }
  const arrived = mails.filter((mail) => !mail.mine).length;
  at("status").textContent = arrived ? `${arrived} ${arrived === 1 ? "answer" : "answers"}` : "Open, no answers yet";
}

function letter(mail) {
  const head = element("p", "from", element("bdi", "", mail.mine ? `To ${mail.with}` : mail.with), time(mail.at_ms));
  const title = element("h3", "", mail.subject || "No subject");
  const body = element("p", "text", mail.text);
  title.dir = body.dir = "auto";
  const answer = element("button", "plain", "Answer");
  answer.type = "button";
  answer.addEventListener("click", () => answerTo(mail));
  return element("article", mail.mine ? "message mine" : "message", head, title, body, answer);
}

function answerTo(mail) {
  answers = mail.id;
  at("to").value = /<([^>]+)>/.exec(mail.with)?.[1] ?? mail.with;
  subject.value = /^re:/i.test(mail.subject) ? mail.subject : `Re: ${mail.subject}`;
  at("forget").hidden = false;
  text.focus();
}

function forget() {
  answers = "";
  subject.value = "";
  at("forget").hidden = true;
}

at("own-form").addEventListener("submit", (event) => {
  event.preventDefault();
  open(own.value.trim());
});
own.addEventListener("change", () => open(own.value.trim()));
at("mail-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  open(own.value.trim());
  const mail = { to: at("to").value.trim(), subject: subject.value, text: text.value, answers };
  at("send").disabled = true;
  const told = await send(path(""), mail);
  at("send").disabled = false;
  if (told === null) return;
  show(told);
  text.value = "";
  forget();
});
at("forget").addEventListener("click", forget);
offer();

function remembered() {
  if (new URLSearchParams(location.search).has("address")) return own.value;
  try { return sessionStorage.getItem(kept) || own.value; } catch { return own.value; }
}
own.value = remembered();
open(own.value);
