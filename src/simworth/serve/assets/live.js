// Keeps the parts of a page that change as they are on the server. Pages work without it: load them again to see more.
"use strict";

const EVERY = 2000;

/** Ask for a part again and again; replace it only where it changed, and leave keyboard focus and open details alone. */
function follow(box) {
  let shown = null;
  const lost = document.getElementById("lost");
  async function look() {
    if (!document.hidden) {
      try {
        const answer = await fetch(box.dataset.live, { credentials: "same-origin", redirect: "error" });
        if (answer.status === 404) return location.reload();
        if (!answer.ok) throw new Error(String(answer.status));
        const text = await answer.text();
        if (text !== shown) replace(box, text);
        shown = text;
        lost.hidden = true;
      } catch {
        lost.hidden = false;
      }
    }
    setTimeout(look, EVERY);
  }
  look();
}

function replace(box, text) {
  const focused = box.contains(document.activeElement) ? document.activeElement.id : "";
  const open = [...box.querySelectorAll("details[open]")].map((d) => d.id);
  // The server escapes every name in it, and the policy of this page runs nothing inline.
  box.innerHTML = text;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused) document.getElementById(focused)?.focus();
}

/** Say at once that files are too large, and that sending has begun. */
function guardForm(form) {
  form.addEventListener("submit", (event) => {
    const files = [...form.querySelectorAll("input[type=file]")].flatMap((input) => [...input.files]);
    const large = form.dataset.most && files.reduce((sum, f) => sum + f.size, 0) > Number(form.dataset.most);
    const note = form.querySelector("[data-too-large]");
    if (note) note.hidden = !large;
    if (large) return event.preventDefault();
    const button = event.submitter;
    if (button?.dataset.busy) {
      button.textContent = button.dataset.busy;
      // After the form has been read: a disabled button would not be part of it.
      setTimeout(() => { button.disabled = true; });
    }
  });
}

document.querySelectorAll("[data-live]").forEach(follow);
document.querySelectorAll("form").forEach(guardForm);
// A page that the browser kept from before must not have a dead button.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
