// @ts-check
// The numbers beside the menu, as work goes on: asked for every few seconds while the page is looked at.

const page = document.documentElement;

/** Whether the session goes on. */
const told = async () => {
  if (document.hidden || !navigator.onLine) return true;
  const answer = await fetch("/counts");
  if (!answer.ok) return answer.status !== 401;
  const counts = await answer.json();
  // Another tab may have changed the workspace since.
  if (counts.workspace !== page.dataset.workspace) return true;
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-count]"))) place.textContent = counts[place.dataset.count ?? ""] ?? "";
  return true;
};
// After the last answer, not by the clock: where answers are slow, more questions would make them slower.
const later = () => setTimeout(async () => {
  if (await told().catch(() => true)) later();
}, 5000);
later();
