// @ts-check
// A shoot as it happens: events come in, parts of the page go in their reserved places, four times a second at the most.
import { place } from "./parts.js";

const live = /** @type {HTMLElement | null} */ (document.querySelector("[data-live]"));
if (live) {
  /** @type {Set<string>} */
  const ended = new Set();
  let due = false;
  let busy = false;
  const state = () => document.getElementById("live-state")?.dataset.shootState;
  const refresh = async () => {
    due = false;
    if (busy) return later();
    busy = true;
    const ids = [...ended];
    const running = [...live.querySelectorAll(".cell[data-state=running]")].map((cell) => cell.id.slice(5));
    const asked = [...new Set([...ids, ...running])].slice(0, 100);
    try {
      const answer = await fetch(`${live.dataset.parts}?ids=${asked.join(",")}`);
      if (answer.ok) {
        for (const id of asked) ended.delete(id);
        for (const part of place(await answer.text())) {
          if (!part.matches(".cell[data-state=picture]")) continue;
          part.setAttribute("data-new", "");
          setTimeout(() => part.removeAttribute("data-new"), 2500);
        }
      }
    } finally {
      busy = false;
    }
    if (ended.size) later();
  };
  const later = () => {
    if (due) return;
    due = true;
    setTimeout(refresh, 250);
  };
  let source = /** @type {EventSource | null} */ (null);
  const open = () => {
    if (source) return;
    source = new EventSource(/** @type {string} */ (live.dataset.live));
    for (const kind of ["generation.ended", "generation.reviewed", "generation.redone"]) {
      source.addEventListener(kind, (event) => {
        ended.add(JSON.parse(event.data).data.generation);
        later();
      });
    }
    for (const kind of ["shoot.submitted", "shoot.paused", "shoot.resumed", "shoot.cancelled", "shoot.done"]) source.addEventListener(kind, later);
  };
  open();
  addEventListener("pagehide", () => { source?.close(); source = null; });
  addEventListener("pageshow", open);
  // What runs is not told by events: look while something runs, and count its seconds.
  setInterval(() => { if (state() === "running") later(); }, 3000);
  setInterval(() => {
    for (const cell of /** @type {NodeListOf<HTMLElement>} */ (live.querySelectorAll(".cell[data-since]"))) {
      const since = Number(cell.dataset.since) + 1000;
      cell.dataset.since = `${since}`;
      const place = cell.querySelector("[data-seconds]");
      if (place) place.textContent = `${Math.round(since / 1000)} ${live.dataset.secondsWord}`;
    }
  }, 1000);
}
