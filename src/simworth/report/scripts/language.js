/* English or Japanese: one attribute of the page, and what scripts write themselves. */
simworth.language = (() => {
  const root = document.documentElement;
  const listeners = [];
  const now = () => root.dataset.language;

  /* Texts that scripts put into an element: both languages stand in it, and style hides one. */
  function fill(element, both) {
    element.replaceChildren(
      ...["en", "ja"].map((language) => {
        const part = document.createElement("span");
        part.lang = language;
        part.textContent = both[language] ?? both.en;
        return part;
      }),
    );
  }

  /* Names of elements that a reader hears: swapped with those kept in data-ja-*. */
  function swap(language) {
    for (const name of ["aria-label", "title"]) {
      for (const element of document.querySelectorAll(`[data-ja-${name}]`)) {
        const kept = `data-en-${name}`;
        if (!element.hasAttribute(kept)) element.setAttribute(kept, element.getAttribute(name));
        element.setAttribute(name, element.getAttribute(`data-${language}-${name}`));
      }
    }
  }

  function choose(language) {
    root.dataset.language = language;
    root.lang = language;
    document.title = document.head.querySelector("title").dataset[language];
    swap(language);
    for (const button of document.querySelectorAll("[data-set-language]")) {
      button.setAttribute("aria-pressed", String(button.dataset.setLanguage === language));
    }
    for (const listener of listeners) listener();
  }

  function start() {
    for (const group of document.querySelectorAll(".switch")) group.hidden = false;
    for (const button of document.querySelectorAll("[data-set-language]")) {
      button.addEventListener("click", () => choose(button.dataset.setLanguage));
    }
    if (navigator.language.toLowerCase().startsWith("ja")) choose("ja");
  }

  return {
    now,
    fill,
    choose,
    start,
    onChange: (listener) => listeners.push(listener),
    text: (key, values) => simworth.say[now()].text(key, values),
    pick: (both) => both[now()] ?? both.en,
  };
})();
