// @ts-check
// A page that changes while work goes on: its part is asked for again until it no longer says so.

const timer = setInterval(async () => {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [now, next] = [document.querySelector("[data-refresh]"), page.querySelector("[data-refresh]")];
  if (now && next) now.replaceWith(next);
  if (!page.querySelector("script[src*='refresh.js']")) {
    clearInterval(timer);
    location.reload();
  }
}, 1500);
