// How tokens move. Whoever asked their system for less motion sees them change places, and no flying.

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const EASE = "cubic-bezier(.35, .05, .2, 1)";
const FAR_PX = 60;

const running = new WeakMap();

// Where the middle of something is to be seen, on its way or not.
export function seenAt(element) {
  const rect = element.getBoundingClientRect();
  return { x: rect.left + rect.width / 2, y: rect.top + rect.height / 2 };
}

// Where the middle of a token belongs, though it may still be on its way there.
export function homeOf(token) {
  const frame = token.offsetParent?.getBoundingClientRect();
  if (!frame) return null;
  return { x: frame.left + token.offsetLeft + token.offsetWidth / 2, y: frame.top + token.offsetTop + token.offsetHeight / 2 };
}

// From where it was seen to where it belongs; without a place of before it appears.
export function fly(token, was, home) {
  if (calm.matches) return;
  if (!was) return appear(token);
  const [dx, dy] = [was.x - home.x, was.y - home.y];
  const distance = Math.hypot(dx, dy);
  if (distance < 1) return;
  running.get(token)?.cancel();
  const lift = distance > FAR_PX ? -Math.min(26, distance / 12) : 0;
  running.set(token, token.animate([
    { transform: `translate(${dx}px, ${dy}px)`, zIndex: 6 },
    { transform: `translate(${dx * .45}px, ${dy * .5 + lift}px) scale(${lift ? 1.12 : 1})`, zIndex: 6 },
    { transform: "none", zIndex: 6 },
  ], { duration: distance > FAR_PX ? 850 : 350, easing: EASE }));
}

function appear(token) {
  if (token.dataset.met) return;
  token.dataset.met = "1";
  token.animate([{ transform: "scale(.2)", opacity: 0 }, { transform: "scale(1.15)", opacity: 1, offset: .7 }, { transform: "none" }],
    { duration: 450, easing: EASE });
}

// A copy that nobody can touch drifts off where the token stood.
export function leave(stage, token, outcome) {
  if (!token?.isConnected || calm.matches) return;
  const [at, of] = [token.getBoundingClientRect(), stage.getBoundingClientRect()];
  const ghost = document.createElement("span");
  ghost.className = `token ghost ${outcome ?? ""}`;
  ghost.setAttribute("aria-hidden", "true");
  ghost.dataset.channel = token.dataset.channel;
  ghost.append(outcome === "completed" ? tick() : token.querySelector("svg").cloneNode(true));
  Object.assign(ghost.style, { left: `${at.left - of.left}px`, top: `${at.top - of.top}px` });
  stage.append(ghost);
  ghost.animate([{ transform: "none", opacity: 1 }, { transform: "scale(1.2)", opacity: 1, offset: .35 }, { transform: "translateY(-22px) scale(.7)", opacity: 0 }],
    { duration: 1100, easing: "ease-in" }).finished.catch(() => {}).finally(() => ghost.remove());
}

const SVG = "http://www.w3.org/2000/svg";

function tick() {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("class", "sign");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", "M5 12.5l4.5 4.5L19 7.5");
  drawing.append(path);
  return drawing;
}
