// Making nodes. Text is always a text node: nothing that a customer wrote is ever parsed as HTML.

export const byId = (id) => document.getElementById(id);

export function node(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") made.className = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name.startsWith("aria-") || name.startsWith("data-") || name === "role" || name === "for")
      made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

export const theirs = (tag, text, className = "") => node(tag, { dir: "auto", class: className, textContent: text });

export function toast(text, kind = "info") {
  const shown = node("div", { class: `toast ${kind}`, role: kind === "error" ? "alert" : "status", textContent: text });
  byId("toasts").append(shown);
  setTimeout(() => shown.remove(), kind === "error" ? 9000 : 4000);
}

export function announce(text, now = false) {
  byId(now ? "said-now" : "said").textContent = text;
}
