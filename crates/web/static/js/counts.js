// @ts-check
// The numbers beside the menu, as work goes on: asked for every few seconds while the page is looked at.

const page = document.documentElement;
const timer = setInterval(async () => {
  if (document.hidden || !navigator.onLine) return;
  const answer = await fetch("/counts").catch(() => null);
  if (answer?.status === 401) clearInterval(timer);
  if (!answer?.ok) return;
  const counts = await answer.json();
  // Another tab may have changed the workspace since.
  if (counts.workspace !== page.dataset.workspace) return;
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-count]"))) place.textContent = counts[place.dataset.count ?? ""] ?? "";
}, 5000);
