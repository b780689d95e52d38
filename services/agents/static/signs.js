// The signs of the channels: small drawings, made here so that no font has to have them and no policy has to let them in.

const SHAPES = {
  voice: ["M5 3.5h3.6l1.9 4.7-2.4 1.6a12 12 0 0 0 6.1 6.1l1.6-2.4 4.7 1.9V19a1.5 1.5 0 0 1-1.5 1.5A15.5 15.5 0 0 1 3.5 5 1.5 1.5 0 0 1 5 3.5z"],
  callback: ["M4 4.5v5.5h5.5", "M4.6 10a8 8 0 1 1-.4 4.5"],
  voicemail: ["M7 8.5a3.5 3.5 0 1 0 .01 0z", "M17 8.5a3.5 3.5 0 1 0 .01 0z", "M7 15.5h10"],
  email: ["M5 5.5h14a1.5 1.5 0 0 1 1.5 1.5v10a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 17V7A1.5 1.5 0 0 1 5 5.5z", "M4 7l8 6 8-6"],
  letter: ["M6.5 3.5h7l4 4v13h-11z", "M13.5 3.5v4h4"],
  fax: ["M7.5 8V3.5h9V8", "M7.5 16.5h-4V10A2 2 0 0 1 5.5 8h13a2 2 0 0 1 2 2v6.5h-4", "M7.5 13.5h9v7h-9z"],
  sms: ["M8.5 3.5h7A1.5 1.5 0 0 1 17 5v14a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 7 19V5a1.5 1.5 0 0 1 1.5-1.5z", "M11 17.5h2"],
  web_chat: ["M5 4.5h14A1.5 1.5 0 0 1 20.5 6v8.5A1.5 1.5 0 0 1 19 16h-7.5L7 20v-4H5a1.5 1.5 0 0 1-1.5-1.5V6A1.5 1.5 0 0 1 5 4.5z",
    "M8 10.3h.01M12 10.3h.01M16 10.3h.01"],
  web_form: ["M6 3.5h12A1.5 1.5 0 0 1 19.5 5v14a1.5 1.5 0 0 1-1.5 1.5H6A1.5 1.5 0 0 1 4.5 19V5A1.5 1.5 0 0 1 6 3.5z", "M8.5 8.5h7M8.5 12.5h7M8.5 16.5h3.5"],
};
const OTHER = ["M12 7.5a4.5 4.5 0 1 0 .01 0z"];
const SVG = "http://www.w3.org/2000/svg";

function shape(outline) {
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", outline);
  return path;
}

// Decoration only: the channel's name stands beside it.
export function sign(channel) {
  const drawing = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({ viewBox: "0 0 24 24", class: "sign", "aria-hidden": "true", focusable: "false" }))
    drawing.setAttribute(name, value);
  drawing.append(...(SHAPES[channel] ?? OTHER).map(shape));
  return drawing;
}
