// @ts-check
// Choosing many: how many are ticked, all of them, a range with Shift.

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-select]"));
const bulk = form?.querySelector("[data-bulk]");
if (form && bulk) {
  const said = bulk.querySelector("[data-selected]");
  const help = said?.textContent ?? "";
  const ticks = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input.tick")]);
  const actions = /** @type {HTMLButtonElement[]} */ ([...bulk.querySelectorAll("button[name=action]")]);
  /** @type {HTMLInputElement | null} */
  let last = null;
  const tell = () => {
    const chosen = ticks.filter((tick) => tick.checked).length;
    if (said) said.textContent = chosen ? `${chosen} / ${ticks.length}` : help;
    for (const action of actions) action.disabled = chosen === 0;
  };
  form.addEventListener("click", (event) => {
    const tick = /** @type {HTMLInputElement} */ (event.target);
    if (!ticks.includes(tick)) return;
    if (/** @type {MouseEvent} */ (event).shiftKey && last) {
      const [from, to] = [ticks.indexOf(last), ticks.indexOf(tick)].sort((a, b) => a - b);
      for (const one of ticks.slice(from, to + 1)) one.checked = tick.checked;
    }
    last = tick;
    tell();
  });
  bulk.querySelector("[data-all]")?.addEventListener("click", () => {
    const on = ticks.some((tick) => !tick.checked);
    for (const tick of ticks) tick.checked = on;
    tell();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/** @type {HTMLElement} */ (event.target).matches("input, textarea, select")) {
      event.preventDefault();
      /** @type {HTMLElement | null} */ (document.querySelector("#q"))?.focus();
    }
  });
  tell();
}
