// Runs before the page is painted, so that it does not appear in the wrong theme first.
"use strict";

(function () {
  const KEY = "pyttributionio.theme";
  const NEXT = { system: "light", light: "dark", dark: "system" };
  const root = document.documentElement;

  function stored() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage is forbidden: the choice lasts as long as the page
    }
  }

  function show(theme) {
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    const button = document.getElementById("theme");
    if (!button) return;
    button.dataset.theme = theme;
    button.setAttribute("aria-label", `Theme: ${theme}. Change to ${NEXT[theme]}.`);
    button.title = `Theme: ${theme}`;
  }

  let theme = stored() in NEXT ? stored() : "system";
  show(theme);

  document.addEventListener("DOMContentLoaded", () => {
    show(theme);
    document.getElementById("theme").addEventListener("click", () => {
      theme = NEXT[theme];
      show(theme);
      try {
        localStorage.setItem(KEY, theme);
      } catch {
        // Storage is forbidden.
      }
    });
  });
})();
