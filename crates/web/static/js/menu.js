// @ts-check
// Menus that close, toasts that go, times in the viewer's zone, dialogs that open themselves, the state of the network.

const zone = document.documentElement.lang;
/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const KINDS = {
  full: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false },
  clock: { hour: "2-digit", minute: "2-digit", hour12: false },
  day: { day: "numeric", month: "short", year: "numeric" },
};

/** Shows every time below an element in the viewer's zone. @param {ParentNode} root */
export function showTimes(root = document) {
  for (const time of root.querySelectorAll("time[data-time]")) {
    const kind = time.getAttribute("data-time") ?? "full";
    time.textContent = new Intl.DateTimeFormat(zone, KINDS[kind]).format(new Date(time.getAttribute("datetime") ?? ""));
    time.removeAttribute("data-time");
  }
}
showTimes();

document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.menu[open]")) {
    if (!open.contains(/** @type {Node} */ (event.target))) open.removeAttribute("open");
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details.menu[open]")) {
    open.removeAttribute("open");
    /** @type {HTMLElement | null} */ (open.querySelector("summary"))?.focus();
  }
});

for (const dialog of document.querySelectorAll(".dialog[data-open]")) /** @type {HTMLElement} */ (dialog).showPopover();

// Where tabs or chips scroll aside, the chosen one is seen.
for (const chosen of document.querySelectorAll(".tabs [aria-current=page], .chips [aria-current=true]")) chosen.scrollIntoView({ block: "nearest", inline: "nearest" });

const toast = document.querySelector("[data-toast]");
if (toast) {
  let left = 8;
  const timer = setInterval(() => {
    if (!toast.matches(":hover, :focus-within") && --left <= 0) {
      toast.remove();
      clearInterval(timer);
    }
  }, 1000);
  const address = new URL(location.href);
  address.searchParams.delete("done");
  history.replaceState(null, "", address);
}

const offline = document.querySelector("[data-offline]");
const tell = () => offline?.toggleAttribute("hidden", navigator.onLine);
addEventListener("online", tell);
addEventListener("offline", tell);
tell();

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  const button = /** @type {SubmitEvent} */ (event).submitter;
  if (button?.getAttribute("aria-busy") === "true") event.preventDefault();
  else setTimeout(() => button?.setAttribute("aria-busy", "true"));
});
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("[aria-busy=true]")) button.removeAttribute("aria-busy");
});

const keysOff = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-keys-off]"));
if (keysOff) {
  keysOff.checked = localStorage.getItem("keys") === "off";
  keysOff.addEventListener("change", () => localStorage.setItem("keys", keysOff.checked ? "off" : "on"));
}
