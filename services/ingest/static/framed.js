// Where this page stands in a frame, the page around it learns which contact is the visitor's ("": none yet). Only pages
// that may frame ours (frame-ancestors) ever hear it, and the id opens nothing.

export function tellFrame(contactId) {
  if (window.parent !== window) window.parent.postMessage({ switchroom: { contact_id: contactId } }, "*");
}

tellFrame(document.querySelector("[data-contact]")?.dataset.contact ?? "");
