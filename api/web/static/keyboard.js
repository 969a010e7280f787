// The keyboard: a palette that leads to pages and numbers, and keys for what the pages have
// anyway. Each is a single key, which a reader can turn off (WCAG 2.1.4), but for the palette.
"use strict";
(() => {
  const palette = document.getElementById("palette"), help = document.getElementById("keys");
  if (!palette) return;
  const field = palette.querySelector("input"), links = [...palette.querySelectorAll("li a")];
  const plain = words => words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
  const shown = () => links.filter(link => !link.parentElement.hidden);
  const look = () => {
    const words = plain(field.value);
    links.forEach(link => link.parentElement.hidden = !plain(link.textContent).includes(words));
  };
  const open = dialog => { // who opened it has the focus again once it is closed
    if (dialog.open) return;
    palette.close();
    help.close();
    field.value = "";
    look();
    dialog.showModal();
  };

  field.addEventListener("input", look);
  palette.querySelector("form").addEventListener("submit", e => {
    if (/\d/.test(field.value)) return; // it is a number, and the server looks for it
    e.preventDefault();
    if (field.value.trim() !== "") shown()[0]?.click();
  });
  palette.addEventListener("keydown", e => {
    const step = {ArrowDown: 1, ArrowUp: -1}[e.key];
    if (!step) return;
    e.preventDefault();
    const places = [field, ...shown()];
    places[places.indexOf(document.activeElement) + step]?.focus();
  });
  document.addEventListener("click", e => {
    const opens = e.target.closest("[data-opens]");
    if (opens) open(document.getElementById(opens.dataset.opens));
    if (e.target === palette || e.target === help) e.target.close(); // beside it
  });
  document.querySelectorAll("footer [data-opens]").forEach(button => button.hidden = false);

  // The rows of lists, and where each leads.
  const step = by => {
    const rows = [...document.querySelectorAll("main :is(.rows > li, .lines > li, .choice > li)")].map(row => row.querySelector("a")).filter(link => link && link.offsetParent);
    const here = rows.findIndex(link => link.closest("li").contains(document.activeElement));
    const next = rows[here < 0 && by < 0 ? -1 : here + by];
    if (!next) return;
    next.focus({preventScroll: true});
    next.closest("li").scrollIntoView({block: "nearest"});
  };
  const search = () => (document.querySelector("[data-find]") ?? document.querySelector(".find input"))?.focus();
  const does = {"/": search, "?": () => open(help), j: () => step(1), k: () => step(-1)};
  document.addEventListener("keydown", e => {
    if ((e.ctrlKey || e.metaKey) && !e.altKey && !e.shiftKey && e.key.toLowerCase() === "k") {
      e.preventDefault();
      palette.open ? palette.close() : open(palette);
      return;
    }
    if (document.documentElement.dataset.keys === "off" || e.ctrlKey || e.metaKey || e.altKey || !does[e.key]) return;
    if (e.target.closest("input, select, textarea, dialog")) return;
    e.preventDefault();
    does[e.key]();
  });
})();
