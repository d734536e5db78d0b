// @ts-check
// A shoot's plan and price, reckoned by the server at every change; the colour picker; choosing all or none.
import { place } from "./parts.js";
import "./draft.js";

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-plan]"));
if (form) {
  const aside = form.querySelector("[data-plan-aside]");
  /** @type {AbortController | null} */
  let asking = null;
  let timer = 0;
  const reckon = async () => {
    asking?.abort();
    asking = new AbortController();
    aside?.setAttribute("aria-busy", "true");
    try {
      const body = new URLSearchParams(/** @type {any} */ (new FormData(form)));
      const answer = await fetch("/shoots/plan", { method: "POST", body, headers: { "x-parts": "1" }, signal: asking.signal });
      if (answer.ok) place(await answer.text());
      aside?.removeAttribute("aria-busy");
    } catch (error) {
      if (/** @type {Error} */ (error).name !== "AbortError") aside?.removeAttribute("aria-busy");
    }
    const count = (/** @type {string} */ what, /** @type {string} */ name) => {
      const place = form.querySelector(`[data-count-${what}]`);
      if (place) place.textContent = (place.textContent ?? "").replace(/[\d.,]+/, `${form.querySelectorAll(`input[name=${name}]:checked`).length}`);
    };
    count("products", "product");
    count("poses", "pose");
  };
  form.addEventListener("change", () => {
    clearTimeout(timer);
    timer = setTimeout(reckon, 60);
  });
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (form.querySelectorAll("[data-pick]"))) {
    button.hidden = false;
    button.addEventListener("click", () => {
      for (const tick of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("input[name=product]"))) tick.checked = button.dataset.pick === "all";
      form.dispatchEvent(new Event("change"));
    });
  }
  const hex = /** @type {HTMLInputElement} */ (form.elements.namedItem("hex"));
  const picker = /** @type {HTMLInputElement} */ (form.querySelector("[data-picker]"));
  const custom = /** @type {HTMLInputElement} */ (form.querySelector("input[name=background][value=custom]"));
  picker.hidden = false;
  const swatch = form.querySelector("[data-swatch]");
  const set = (/** @type {string} */ colour) => {
    custom.checked = true;
    if (/^#[0-9a-f]{6}$/i.test(colour)) {
      swatch?.setAttribute("fill", colour);
      picker.value = colour;
    }
  };
  picker.addEventListener("input", () => { hex.value = picker.value.toUpperCase(); set(picker.value); });
  hex.addEventListener("input", () => set(hex.value));
}
