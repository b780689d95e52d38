// The ways to make contact, as tabs. A frame is loaded when it is first looked at, and stays: a call goes on meanwhile.

import { byId, node } from "../dom.js";
import { sign } from "../signs.js";

const tabs = [...document.querySelectorAll('.ways [role="tab"]')];
const panelOf = (tab) => byId(tab.getAttribute("aria-controls"));

function load(panel) {
  if (panel.firstElementChild) return;
  panel.append(node("iframe", { src: panel.dataset.url, title: panel.dataset.name, allow: "microphone 'none'; camera 'none'" }));
}

const channelsIn = (tab) => tab.dataset.channels.split(" ").filter(Boolean);

// The channels of the frame that a message came from; none when it is no frame of ours.
export function channelsOf(source) {
  const tab = tabs.find((one) => panelOf(one).firstElementChild?.contentWindow === source);
  return tab && channelsIn(tab);
}

// Calls `looked` with the channels of the way that is looked at.
export function startWays(looked) {
  function choose(tab, focus = true) {
    for (const one of tabs) {
      const chosen = one === tab;
      one.setAttribute("aria-selected", String(chosen));
      one.tabIndex = chosen ? 0 : -1;
      panelOf(one).hidden = !chosen;
    }
    load(panelOf(tab));
    if (focus) tab.focus();
    history.replaceState(null, "", `#${tab.dataset.id}`);
    looked(channelsIn(tab));
  }

  for (const [at, tab] of tabs.entries()) {
    const [first] = channelsIn(tab);
    tab.querySelector(".way-signs").replaceChildren(sign(first));
    tab.dataset.channel = first;
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const to = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      choose(tabs[(to + tabs.length) % tabs.length]);
    });
  }
  choose(tabs.find((tab) => `#${tab.dataset.id}` === location.hash) ?? tabs[0], false);
}
