// @ts-check
// Files dropped or chosen: photos go at once; an import sends each file on its own, so that one bad file loses nothing else.

for (const drop of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".drop"))) {
  const input = /** @type {HTMLInputElement} */ (drop.querySelector("input[type=file]"));
  for (const kind of ["dragenter", "dragover"]) drop.addEventListener(kind, (event) => { event.preventDefault(); drop.setAttribute("data-over", ""); });
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.removeAttribute("data-over"));
  drop.addEventListener("drop", async (event) => {
    event.preventDefault();
    const items = [.../** @type {DragEvent} */ (event).dataTransfer?.items ?? []];
    const entries = items.map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const files = (await Promise.all(entries.map((entry) => walk(/** @type {any} */ (entry))))).flat();
    const kept = new DataTransfer();
    for (const file of files.length ? files : [.../** @type {DragEvent} */ (event).dataTransfer?.files ?? []]) kept.items.add(file);
    input.files = kept.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

// Another tab may have changed the workspace since: what is sent names its own.
const drawnFor = document.documentElement.dataset.workspace ?? "";

/** Every file of a folder, folders in it too. @param {any} entry @returns {Promise<File[]>} */
async function walk(entry) {
  if (entry.isFile) return [await new Promise((found, failed) => entry.file(found, failed))];
  const reader = entry.createReader();
  const all = [];
  for (;;) {
    /** @type {any[]} */
    const part = await new Promise((found, failed) => reader.readEntries(found, failed));
    if (!part.length) return (await Promise.all(all.map(walk))).flat();
    all.push(...part);
  }
}

for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-send]"))) {
  form.querySelector("[data-send-button]")?.setAttribute("hidden", "");
  form.addEventListener("change", () => form.requestSubmit());
}

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-import]"));
if (form) {
  const input = /** @type {HTMLInputElement} */ (form.querySelector(".drop input"));
  const words = form.querySelector(".drop-words strong");
  const folder = form.querySelector("[data-folder]");
  const project = /** @type {HTMLSelectElement} */ (form.querySelector("[data-project]"));
  const area = form.querySelector("[data-progress]");
  const bar = /** @type {HTMLProgressElement} */ (form.querySelector("progress"));
  const said = form.querySelector("[data-said]");
  /** @type {File[]} */
  let files = [];
  folder?.removeAttribute("hidden");
  project.addEventListener("change", () => {
    const address = new URL(form.action);
    address.searchParams.set("project", project.value);
    form.action = address.href;
  });
  let sending = false;
  form.addEventListener("change", (event) => {
    const from = /** @type {HTMLInputElement} */ (event.target);
    if (from.type !== "file") return;
    files = [.../** @type {FileList} */ (from.files)].filter((file) => !file.name.startsWith("."));
    input.required = false;
    if (words) words.textContent = files.length === 1 ? files[0].name : `${files[0]?.name ?? ""} + ${files.length - 1}`;
  });
  form.addEventListener("submit", async (event) => {
    if (!files.length) return;
    event.preventDefault();
    if (sending) return;
    sending = true;
    area?.removeAttribute("hidden");
    const ids = /** @type {string[]} */ ([]);
    const refused = /** @type {string[]} */ ([]);
    let done = 0;
    const queue = [...files];
    const say = () => {
      bar.value = (done / files.length) * 100;
      if (said) said.textContent = [(form.dataset.saySending ?? "").replace("%d", `${done}`).replace("%n", `${files.length}`), ...refused].join(" · ");
    };
    say();
    const worker = async () => {
      for (let file = queue.shift(); file; file = queue.shift()) {
        const sent = await send(file);
        if (sent.id) ids.push(sent.id);
        else refused.push((form.dataset.sayRefused ?? "").replace(/%[fw]/g, (mark) => (mark === "%f" ? file.name : (sent.detail ?? ""))));
        done += 1;
        say();
      }
    };
    await Promise.all([worker(), worker(), worker()]);
    sending = ids.length > 0;
    if (!sending) return;
    if (said) said.textContent = [form.dataset.sayWait ?? "", ...refused].join(" · ");
    const begun = await begin(ids, project.value);
    if (begun.importId) location.href = `/imports/${begun.importId}`;
    else {
      sending = false;
      if (said) said.textContent = begun.detail ?? "";
    }
  });
}

/** Sends one file. @param {File} file @returns {Promise<{ id?: string, detail?: string }>} */
function send(file) {
  return post(`/api/uploads?name=${encodeURIComponent(file.name)}&workspace=${drawnFor}`, "application/octet-stream", file);
}

/** Begins the import of what was sent. @param {string[]} uploads @param {string} project @returns {Promise<{ importId?: string, detail?: string }>} */
function begin(uploads, project) {
  return post(`/api/products/import?dry_run=true&project_id=${encodeURIComponent(project)}&workspace=${drawnFor}`, "application/json", JSON.stringify({ uploads }));
}

/** Waits where too much was sent in a minute; what does not arrive is refused in the words of the page. @param {string} address @param {string} kind @param {File | string} body @returns {Promise<any>} */
async function post(address, kind, body) {
  try {
    for (;;) {
      const answer = await fetch(address, { method: "POST", body, headers: { "content-type": kind, "x-told": "1" } });
      if (answer.status !== 429) return await told(answer);
      await new Promise((on) => setTimeout(on, 1000 * Number(answer.headers.get("retry-after") ?? 2)));
    }
  } catch {
    return { detail: form?.dataset.sayLost };
  }
}

/** What an answer says; one that is not JSON is not ours. @param {Response} answer @returns {Promise<any>} */
async function told(answer) {
  if (answer.headers.get("content-type")?.includes("json")) return await answer.json();
  return { detail: (form?.dataset.sayBarred ?? "").replace("%s", `${answer.status}`) };
}
