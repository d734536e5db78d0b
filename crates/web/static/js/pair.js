// @ts-check
// The picture beside the photo it was made from: fit or 1:1 with locked pans, slider, flicker, the worst place and its patch, the
// heat-map over it.

/** @typedef {{ id: string, sku: string, name: string, pose: string, kind: string, badge: string, sentence: string, suggested: number | null, needsNote: boolean, url: string | null, width: number, height: number, sourceUrl: string | null, sourceView: string, review: string | null, tries: any[], decisions: any[], notes: string[] }} Detail */

export class Pair {
  /** @param {HTMLElement} root @param {Record<string, string>} words @param {(text: string) => void} speak */
  constructor(root, words, speak) {
    this.root = root;
    this.speak = speak;
    this.words = words;
    const find = (/** @type {string} */ name) => /** @type {any} */ (root.querySelector(`[data-${name}]`));
    this.find = find;
    this.stage = find("stage");
    this.photo = find("photo");
    this.result = find("result");
    /** @type {Detail | null} */
    this.detail = null;
    this.attempt = 0;
    this.centre = [0.5, 0.5];
    this.boxes = localStorage.getItem("pair-box") !== "off";
    this.stage.toggleAttribute("data-boxes", this.boxes);
    find("box").setAttribute("aria-pressed", `${this.boxes}`);
    find("box").addEventListener("click", () => this.toggleBox());
    this.heated = false;
    find("heat").addEventListener("click", () => this.toggleHeat());
    for (const button of root.querySelectorAll("[data-mode]")) {
      if (button instanceof HTMLButtonElement) button.addEventListener("click", () => this.mode(button.dataset.mode ?? "side"));
    }
    find("slider").addEventListener("input", () => this.stage.style.setProperty("--cut", `${find("slider").value}%`));
    this.drag();
  }

  /** @param {string} name */
  mode(name) {
    const again = this.stage.dataset.mode === name;
    this.stage.dataset.mode = name;
    for (const button of this.root.querySelectorAll("button[data-mode]")) button.setAttribute("aria-pressed", `${button.getAttribute("data-mode") === name}`);
    this.find("slider").hidden = name !== "slider";
    this.stage.dataset.flicker = name === "flicker" && again && this.stage.dataset.flicker !== "photo" ? "photo" : "result";
    this.pan();
  }

  toggleBox() {
    this.boxes = !this.boxes;
    localStorage.setItem("pair-box", this.boxes ? "on" : "off");
    this.stage.toggleAttribute("data-boxes", this.boxes);
    this.find("box").setAttribute("aria-pressed", `${this.boxes}`);
  }

  toggleHeat() {
    const button = this.find("heat");
    if (button.getAttribute("aria-disabled") === "true") {
      this.speak(button.dataset.none);
      return;
    }
    this.heated = !this.heated;
    this.heat();
  }

  /** Lays the heat-map of the try over it, where it is asked for and there is one; never another's while it loads. */
  heat() {
    const shown = () => this.detail?.tries[this.attempt]?.heatmap ?? null;
    const address = shown();
    const [button, map] = [this.find("heat"), this.find("heatmap")];
    // Not `disabled`: that would take the focus from who has just pressed it, and the keys with it.
    button.setAttribute("aria-disabled", `${!address}`);
    button.setAttribute("aria-pressed", `${this.heated}`);
    button.title = address ? button.dataset.text : button.dataset.none;
    map.hidden = true;
    if (!address || !this.heated) return;
    map.src = address;
    map.decode().then(() => { map.hidden = !this.heated || shown() !== address; }, () => {});
  }

  /** @param {Detail} detail */
  show(detail) {
    this.detail = detail;
    this.attempt = detail.tries.length - 1;
    const find = this.find;
    find("sku").textContent = detail.sku;
    find("name").textContent = detail.name;
    find("pose").textContent = detail.pose;
    find("badge").textContent = detail.badge;
    find("badge").dataset.kind = detail.kind;
    find("sentence").textContent = detail.sentence;
    const approve = find("approve-word");
    approve.textContent = detail.needsNote ? approve.dataset.anyway : approve.dataset.plain;
    for (const reason of this.root.querySelectorAll("[data-reason]")) reason.toggleAttribute("data-suggested", Number(reason.getAttribute("data-reason")) === detail.suggested);
    find("tries").replaceChildren(...(detail.tries.length > 1 ? detail.tries : []).map((one, at) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = `${one.number}`;
      button.title = `${one.engine}: ${one.reason || one.outcome}`;
      button.setAttribute("aria-label", this.words.attempt.replace("{ $number }", `${one.number}`));
      button.addEventListener("click", () => this.attend(at));
      return button;
    }));
    const log = (/** @type {string} */ text) => Object.assign(document.createElement("li"), { textContent: text });
    find("history").replaceChildren(
      ...detail.tries.map((one) => log(`${one.number}: ${one.engine}, ${one.outcome} ${one.reason}`)),
      ...detail.decisions.map((one) => log(`${new Date(one.atMs).toLocaleTimeString(document.documentElement.lang, { hour12: false })} ${one.who}: ${one.words} ${one.note}`)),
    );
    this.photo.src = detail.sourceUrl ?? "";
    this.photo.alt = `${find("photo-caption").dataset.word ?? ""} ${detail.sku}, ${detail.sourceView}`;
    find("photo-caption").textContent = `${find("photo-caption").dataset.word}, ${detail.sourceView}`;
    this.attend(this.attempt, true);
  }

  /** Shows a try. @param {number} at */
  attend(at, fresh = false) {
    const detail = this.detail;
    if (!detail) return;
    this.attempt = Math.max(0, Math.min(at, detail.tries.length - 1));
    const attempt = detail.tries[this.attempt];
    const address = fresh || this.attempt === detail.tries.length - 1 ? detail.url : attempt?.url;
    if (address) this.result.src = address;
    else this.result.removeAttribute("src");
    this.result.alt = `${detail.sku} ${detail.name}, ${detail.pose}. ${detail.sentence}`;
    this.find("result-caption").textContent = attempt ? `${this.find("result-caption").dataset.word}, ${attempt.number}: ${attempt.engine}` : "";
    for (const [index, button] of [...this.find("tries").children].entries()) button.setAttribute("aria-pressed", `${index === this.attempt}`);
    this.lines(attempt?.lines ?? []);
    this.box(attempt?.box ?? null);
    this.heat();
    const finish = () => this.patches(attempt?.box ?? null);
    Promise.all([this.photo.decode(), this.result.decode()]).then(finish, finish);
    this.pan();
  }

  /** @param {any[]} lines */
  lines(lines) {
    const rows = lines.map((line) => {
      const row = document.createElement("p");
      row.dataset.outcome = line.outcome;
      row.title = line.words;
      const score = line.score === null ? 0 : Math.max(0, Math.min(1, line.score)) * 1000;
      row.innerHTML = `<span></span><svg class="meter" aria-hidden="true" viewBox="0 0 1000 16" preserveAspectRatio="none"><rect class="track" y="4" width="1000" height="8"/><rect class="${line.outcome === "failed" ? "failed" : "done"}" y="4" width="${score}" height="8"/><rect class="tick" x="${line.threshold * 990}" width="8" height="16"/></svg><strong></strong><span></span>`;
      const [name, value, mark] = [row.children[0], row.children[2], row.children[3]];
      name.textContent = line.lock;
      value.textContent = line.score === null ? "–" : line.score.toLocaleString(document.documentElement.lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
      mark.textContent = { passed: "✓", failed: "✕", doubtful: "?", unverifiable: "?" }[/** @type {string} */ (line.outcome)] ?? "–";
      mark.setAttribute("aria-label", this.words[`worst-${line.outcome}`] ?? line.outcome);
      mark.setAttribute("role", "img");
      return row;
    });
    this.find("lines").replaceChildren(...rows);
  }

  /** @param {number[] | null} box */
  box(box) {
    const [wide, high] = [this.detail?.width ?? 1, this.detail?.height ?? 1];
    const drawn = this.find("drawn");
    drawn.setAttribute("viewBox", `0 0 ${wide} ${high}`);
    drawn.setAttribute("preserveAspectRatio", "xMidYMid meet");
    drawn.innerHTML = box ? `<rect x="${box[0]}" y="${box[1]}" width="${box[2]}" height="${box[3]}"/>` : "";
    this.centre = box ? [(box[0] + box[2] / 2) / wide, (box[1] + box[3] / 2) / high] : [0.5, 0.4];
  }

  /** The worst place at 1:1 in both. @param {number[] | null} box */
  patches(box) {
    this.find("patches").hidden = !box;
    if (!box) return;
    for (const name of ["photo", "result"]) {
      const canvas = /** @type {HTMLCanvasElement} */ (this.root.querySelector(`[data-patch=${name}]`));
      const image = name === "photo" ? this.photo : this.result;
      const pen = canvas.getContext("2d");
      if (!pen || !image.naturalWidth) continue;
      const scale = name === "photo" ? image.naturalHeight / (this.result.naturalHeight || image.naturalHeight) : 1;
      const [wide, high] = [canvas.width * scale, canvas.height * scale];
      const left = this.centre[0] * image.naturalWidth - wide / 2;
      const top = this.centre[1] * image.naturalHeight - high / 2;
      pen.clearRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(image, left, top, wide, high, 0, 0, canvas.width, canvas.height);
    }
  }

  get zoomed() {
    return this.stage.hasAttribute("data-zoom");
  }

  zoom() {
    this.stage.toggleAttribute("data-zoom");
    this.pan();
  }

  /** Puts both at the same place of the picture. */
  pan() {
    if (!this.zoomed) return;
    for (const image of [this.photo, this.result]) {
      const pane = image.parentElement;
      const place = (/** @type {number} */ share, /** @type {number} */ whole, /** @type {number} */ seen) =>
        whole <= seen ? (seen - whole) / 2 : Math.max(seen - whole, Math.min(0, seen / 2 - share * whole));
      image.style.setProperty("--pan-x", `${place(this.centre[0], image.naturalWidth, pane.clientWidth)}px`);
      image.style.setProperty("--pan-y", `${place(this.centre[1], image.naturalHeight, pane.clientHeight)}px`);
    }
  }

  drag() {
    /** @type {number[] | null} */
    let from = null;
    this.stage.addEventListener("dblclick", () => this.zoom());
    this.stage.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      if (this.zoomed && !(event.target instanceof HTMLInputElement)) from = [event.clientX, event.clientY];
    });
    addEventListener("pointermove", (event) => {
      if (!from) return;
      const [x, y] = [event.clientX - from[0], event.clientY - from[1]];
      from = [event.clientX, event.clientY];
      this.centre = [this.centre[0] - x / (this.result.naturalWidth || 1), this.centre[1] - y / (this.result.naturalHeight || 1)].map((one) => Math.max(0, Math.min(1, one)));
      this.pan();
    });
    addEventListener("pointerup", () => { from = null; });
    this.stage.addEventListener("dragstart", (/** @type {Event} */ event) => event.preventDefault());
  }
}
