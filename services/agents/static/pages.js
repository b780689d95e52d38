// The pages of a fax or a letter, as pictures. Our own worker made them; whatever else is attached is only saved.

import { node } from "./dom.js";

const DOCUMENTS = new Set(["fax", "letter"]);

export const isDocument = (channel) => DOCUMENTS.has(channel);
export const isPage = (channel, attachment) => isDocument(channel) && attachment.media_type === "image/png";

// "page-7.png" is page 7 of the document, also if page 6 could not be read.
const numberOf = (attachment, place) => Number(/^page-(\d+)\.png$/.exec(attachment.name)?.[1] ?? place + 1);

function page(contactId, attachment, number, last) {
  const source = `/v1/work/${encodeURIComponent(contactId)}/pages/${attachment.blob}`;
  const named = `Page ${number} of ${last}`;
  const picture = node("img", { src: source, alt: `${named}, as a picture`, loading: "lazy", decoding: "async" });
  picture.addEventListener("error", () => picture.replaceWith(node("span", { class: "missing", textContent: `${named} can't be loaded now.` })));
  return node("figure", {},
    node("a", { href: source, target: "_blank", rel: "noopener", title: "Open in a new tab" }, picture),
    node("figcaption", { class: "quiet", textContent: named }));
}

export function pages(contactId, channel, message) {
  const shown = message.attachments.filter((one) => isPage(channel, one));
  if (!shown.length) return null;
  const numbers = shown.map(numberOf);
  const last = Math.max(...numbers);
  return node("section", { class: "pages", "aria-label": "Pages" },
    ...shown.map((one, place) => page(contactId, one, numbers[place], last)));
}
