// The threads behind the tokens: from each channel to the queues that its contacts came to, from each queue to the
// agents who have them. Decoration: what they say stands in the lists too.

import { placeOf } from "./model.js";
import { cardAt } from "./places.js";

const SVG = "http://www.w3.org/2000/svg";
const THREADS_MAX = 60;
const EVERY_MS = 200;

export class Threads {
  constructor(stage, drawing) {
    this.stage = stage;
    this.drawing = drawing;
    this.paths = new Map();
    this.due = false;
    this.contacts = () => [];
    new ResizeObserver(() => this.draw()).observe(stage);
  }

  draw() {
    if (this.due) return;
    this.due = true;
    setTimeout(() => requestAnimationFrame(() => { this.due = false; this.drawNow(); }), EVERY_MS);
  }

  drawNow() {
    const wanted = getComputedStyle(this.drawing).display === "none" ? new Map() : bundle(this.contacts());
    for (const [key, path] of this.paths) if (!wanted.has(key)) { path.remove(); this.paths.delete(key); }
    // First all is measured, then all is drawn: in turns the browser would lay out the page for each of them.
    const origin = this.stage.getBoundingClientRect();
    const measured = [...wanted].map(([key, thread]) => [key, thread, rectOf(thread.from), rectOf(thread.to)]);
    for (const [key, thread, start, end] of measured) if (start?.width && end?.width) this.drawOne(key, thread, start, end, origin);
  }

  drawOne(key, { count, channel, offered, past }, start, end, origin) {
    if (!this.paths.has(key)) {
      this.paths.set(key, document.createElementNS(SVG, "path"));
      this.drawing.append(this.paths.get(key));
    }
    const path = this.paths.get(key);
    const [x1, y1] = [start.right - origin.left, start.top + start.height / 2 - origin.top];
    const [x2, y2] = [end.left - origin.left, end.top + end.height / 2 - origin.top];
    const bend = Math.max(24, (x2 - x1) / 2);
    path.setAttribute("d", `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`);
    path.dataset.channel = channel;
    path.classList.toggle("offered", offered);
    path.classList.toggle("past", past);
    path.style.strokeWidth = String(Math.min(7, 1.5 + count * .75));
  }
}

const rectOf = ([kind, id]) => cardAt(kind, id)?.getBoundingClientRect();

function bundle(contacts) {
  const threads = new Map();
  for (const contact of contacts) {
    const place = placeOf(contact);
    if (place.kind === "channel" || threads.size >= THREADS_MAX) continue;
    const queue = ["queue", contact.queue];
    spin(threads, contact, ["channel", contact.channel], queue, place.kind === "agent");
    if (place.kind === "agent") spin(threads, contact, queue, ["agent", contact.agent], false);
  }
  return threads;
}

function spin(threads, contact, from, to, past) {
  const key = [...from, ...to].join(" ");
  const thread = threads.get(key) ?? { from, to, count: 0, channel: contact.channel, offered: true, past: true };
  thread.count += 1;
  thread.offered &&= contact.stage === "offered" && !past;
  thread.past &&= past;
  threads.set(key, thread);
}
