// Times: the server's clock, durations in words, and the elements that count.

let aheadMs = 0;

export const setServerTime = (nowMs) => { aheadMs = nowMs - Date.now(); };
export const serverNow = () => Date.now() + aheadMs;

export function span(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

export const clockTime = (ms) => new Date(ms).toLocaleString([], { dateStyle: "short", timeStyle: "short" });

// Elements with data-since or data-until (ms) show how long ago or how long still.
export function tick(root = document) {
  for (const element of root.querySelectorAll("[data-since]"))
    element.textContent = span(serverNow() - Number(element.dataset.since));
  for (const element of root.querySelectorAll("[data-until]")) {
    const leftMs = Number(element.dataset.until) - serverNow();
    if (element.tagName === "PROGRESS") element.value = Math.max(0, leftMs);
    else element.textContent = span(leftMs);
    element.classList.toggle("urgent", leftMs < 5000);
  }
}
