// The keyboard: ? for help, / for the search, g and a letter for a page. Every page works without it.
"use strict";
(() => {
  const help = document.getElementById("keys");
  const find = document.getElementById("find");
  let going = 0;
  const writing = (at) => at.closest("input, textarea, select, [contenteditable]") !== null;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof Element)) return;
    if (writing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === "?" && help) {
      event.preventDefault();
      if (!help.open) help.showModal();
    } else if (event.key === "/" && find) {
      event.preventDefault();
      find.focus();
    } else if (event.key === "g") {
      going = Date.now();
    } else if (going && Date.now() - going < 1500) {
      going = 0;
      const place = document.querySelector(`nav a[data-key="${CSS.escape(event.key)}"]`);
      if (place) location.assign(place.href);
    }
  });
})();
