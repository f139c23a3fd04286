/* Copying a text with a button. */
simworth.copy = (() => {
  /* The old way, which also works for files opened from a disk. */
  function select(source) {
    const range = document.createRange();
    range.selectNodeContents(source);
    const chosen = getSelection();
    chosen.removeAllRanges();
    chosen.addRange(range);
    return document.execCommand("copy");
  }

  async function copy(source) {
    try {
      await navigator.clipboard.writeText(source.textContent);
      return true;
    } catch {
      return select(source);
    }
  }

  function start() {
    for (const button of document.querySelectorAll("[data-copy]")) {
      const told = button.parentElement.querySelector("[role=status]");
      button.hidden = false;
      button.addEventListener("click", async () => {
        const done = await copy(document.getElementById(button.dataset.copy));
        simworth.language.fill(told, simworth.say.both((s) => s.text(done ? "copy.done" : "copy.failed")));
      });
    }
  }

  return { start };
})();
