// @ts-check
// Keeps what is typed into a form over a sign-out, and forgets it when the form is sent and taken.

const SECRET = new Set(["password", "hidden", "file", "submit"]);
for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-draft]"))) {
  const key = `draft ${location.pathname}`;
  /** @returns {HTMLInputElement[]} */
  const fields = () => /** @type {any} */ ([...form.elements].filter((one) => /** @type {any} */ (one).name && !SECRET.has(/** @type {any} */ (one).type)));
  const draft = JSON.parse(sessionStorage.getItem(key) ?? "null");
  // Who comes by an address that says how to begin begins so.
  const kept = draft && (location.search === "" || location.search === draft.search) ? draft.state : null;
  if (kept && performance.getEntriesByType("navigation")[0]?.toJSON().type !== "reload") {
    for (const field of fields()) {
      const value = kept[`${field.name} ${field.type === "checkbox" || field.type === "radio" ? field.value : ""}`];
      if (value === undefined) continue;
      if (field.type === "checkbox" || field.type === "radio") field.checked = value;
      else field.value = value;
    }
    form.dispatchEvent(new Event("change", { bubbles: true }));
  }
  form.addEventListener("input", () => {
    const state = fields().map((field) =>
      field.type === "checkbox" || field.type === "radio" ? [`${field.name} ${field.value}`, field.checked] : [`${field.name} `, field.value]);
    sessionStorage.setItem(key, JSON.stringify({ search: location.search, state: Object.fromEntries(state) }));
  });
  // Where the session has ended the browser lands on the sign-in page, so a draft is only forgotten by a page that is ours again.
  form.addEventListener("submit", () => sessionStorage.setItem("sent", key));
}
const sent = sessionStorage.getItem("sent");
if (sent && !location.pathname.startsWith("/login") && `draft ${location.pathname}` !== sent) sessionStorage.removeItem(sent);
if (!location.pathname.startsWith("/login")) sessionStorage.removeItem("sent");
