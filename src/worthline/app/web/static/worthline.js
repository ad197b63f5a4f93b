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
      const place = document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`);
      if (place) location.assign(place.href);
    }
  });
})();

// Sorting: a click on a heading orders the rows; the links below the table then download them in that order.
(() => {
  const value = (row, at) => {
    const cell = row.cells[at];
    if (!cell) return "";
    if (cell.dataset.v) return Number(cell.dataset.v);
    const text = cell.innerText.trim();
    return /^[+-]?\d[\d,]*(\.\d+)?%?$/.test(text) ? Number(text.replace(/[,%]/g, "")) : text.toLowerCase();
  };
  const compare = (a, b) => {
    if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
    return typeof a === "number" ? -1 : 1;
  };
  const order = (table, at, down) => {
    const body = table.tBodies[0];
    const known = [...body.rows].map((row) => [value(row, at), row]);
    const blank = known.filter(([seen]) => seen === "");
    const rows = known.filter(([seen]) => seen !== "").sort((a, b) => compare(a[0], b[0]) * (down ? -1 : 1));
    body.append(...[...rows, ...blank].map(([, row]) => row));
    for (const th of table.tHead.rows[0].cells) th.removeAttribute("aria-sort");
    table.tHead.rows[0].cells[at].setAttribute("aria-sort", down ? "descending" : "ascending");
    const links = table.parentElement.nextElementSibling;
    for (const link of links?.matches(".take") ? links.querySelectorAll("a") : []) {
      const to = new URL(link.href);
      to.searchParams.set("order", `${at + 1}${down ? "d" : "a"}`);
      link.href = to.href;
    }
  };
  for (const table of document.querySelectorAll(".scroll:not([data-whole]) > table:not(.steps, .quadrant, .chain)")) {
    if (!table.tHead || !table.tBodies[0] || table.tBodies[0].rows.length < 2) continue;
    [...table.tHead.rows[0].cells].forEach((th, at) => {
      if (th.querySelector(".away") || !th.textContent.trim()) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...th.childNodes);
      th.append(button);
      // Numbers largest first, words from a to z; a second click turns it round.
      button.addEventListener("click", () => {
        const now = th.getAttribute("aria-sort");
        order(table, at, now ? now === "ascending" : th.classList.contains("n"));
      });
    });
  }
})();

// A quote for a deck: copied with its source.
(() => {
  const told = document.getElementById("copied");
  document.addEventListener("click", async (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "Copied";
      if (told) told.textContent = "The quote was copied.";
    } catch {
      button.textContent = "Copying is not allowed here";
    }
  });
})();

// Charts: the value of a month under the pointer, or of the month that the arrow keys reach; from the table below it.
(() => {
  for (const figure of document.querySelectorAll("figure.course")) {
    const svg = figure.querySelector("svg.chart");
    const body = figure.querySelector("table tbody");
    if (!svg || !body) continue;
    const rows = [...body.rows].reverse().map((row) => [...row.cells].slice(0, 3).map((cell) => cell.textContent.trim()));
    const ranged = figure.querySelector("thead").textContent.includes("95% CI");
    const plot = svg.parentElement;
    const tip = document.createElement("div");
    tip.className = "tip";
    tip.hidden = true;
    tip.setAttribute("role", "status");
    plot.append(tip);
    svg.setAttribute("tabindex", "0");
    let at = rows.length - 1;
    const show = (to) => {
      at = Math.max(0, Math.min(rows.length - 1, to));
      const [month, value, interval] = rows[at];
      tip.textContent = `${month}: ${value}${ranged && interval ? ` (95% CI ${interval})` : ""}`;
      tip.hidden = false;
      const box = svg.getBoundingClientRect();
      const x = box.left - plot.getBoundingClientRect().left + (box.width * at) / Math.max(rows.length - 1, 1);
      tip.style.left = `${Math.max(0, Math.min(plot.clientWidth - tip.offsetWidth, x - tip.offsetWidth / 2))}px`;
    };
    svg.addEventListener("pointermove", (event) => {
      const box = svg.getBoundingClientRect();
      show(Math.round(((event.clientX - box.left) / box.width) * (rows.length - 1)));
    });
    svg.addEventListener("pointerleave", () => { if (document.activeElement !== svg) tip.hidden = true; });
    svg.addEventListener("focus", () => show(at));
    svg.addEventListener("blur", () => { tip.hidden = true; });
    svg.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, Home: -rows.length, End: rows.length }[event.key];
      if (!step) return;
      event.preventDefault();
      show(at + step);
    });
  }
})();
