// @ts-check
// Parts of a page from the server, put in the place of those with the same id. Styles and numbers are attributes: no script runs in them.
import { showTimes } from "./menu.js";

/** @param {string} text @returns {Element[]} what was put in */
export function place(text) {
  const parts = new DOMParser().parseFromString(text, "text/html").body;
  const placed = [];
  for (const part of [...parts.querySelectorAll("[id]")]) {
    if (part.parentElement?.closest("[id]")) continue;
    const old = document.getElementById(part.id);
    if (!old || old.outerHTML === part.outerHTML) continue;
    const focused = old.contains(document.activeElement) && document.activeElement?.getAttribute("name");
    old.replaceWith(part);
    if (focused) /** @type {HTMLElement | null} */ (part.querySelector(`[name="${focused}"]`))?.focus();
    showTimes(part);
    placed.push(part);
  }
  return placed;
}
