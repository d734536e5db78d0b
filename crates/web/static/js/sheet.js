// @ts-check
// A contact sheet of thousands: fixed cells, so a row is a division; a pool of nodes that follows the scrolling; one Tab stop.

const SIZES = [78, 112, 160];
const CAPTION = 24;

// Made once: a format takes longer to make than a hundred numbers to write.
const [WHOLE, PARTS] = [0, 2].map((places) => new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: places, maximumFractionDigits: places }));

/** A margin from -1 to 1 in three signs: `.41`, `−.12`, `1`. @param {number} margin */
const scored = (margin) => {
  const text = (Math.abs(margin) > 0.995 ? WHOLE : PARTS).format(margin);
  return text.replace(/^(-?)0(?=[.,])/, "$1").replace("-", "−");
};

/** @typedef {{ id: string, sku: string, name: string, pose: string, score: number | null, kind: string, decision: string, saved: string, version: number, copies: number[][], selected?: boolean, redo?: boolean }} Picture */

export class Sheet {
  /** @param {HTMLElement} root @param {{ label: (one: Picture) => string, moved: () => void, opened: () => void }} hooks */
  constructor(root, hooks) {
    this.root = root;
    this.hooks = hooks;
    /** @type {Picture[]} */
    this.view = [];
    this.at = 0;
    this.size = Number(localStorage.getItem("sheet-size") ?? 1);
    /** @type {Map<number, HTMLElement>} */
    this.nodes = new Map();
    /** @type {HTMLElement[]} */
    this.spare = [];
    this.space = document.createElement("div");
    this.space.className = "sheet-space";
    this.space.tabIndex = 0;
    this.space.setAttribute("role", "listbox");
    this.space.setAttribute("aria-multiselectable", "true");
    root.append(this.space);
    this.due = false;
    root.addEventListener("scroll", () => this.draw(), { passive: true });
    new ResizeObserver(() => {
      if (this.width !== root.clientWidth || this.height !== root.clientHeight) this.layout();
    }).observe(root);
    this.space.addEventListener("click", (event) => {
      const node = /** @type {HTMLElement} */ (event.target).closest(".shot");
      if (!node) return;
      const index = Number(/** @type {HTMLElement} */ (node).dataset.index);
      if (event.ctrlKey || event.metaKey) this.toggle(index);
      else if (event.shiftKey) this.extend(index);
      this.move(index);
    });
  }

  /** The picture that the ring is on. */
  get current() {
    return this.view[this.at];
  }

  get columns() {
    return Math.max(1, Math.floor((this.width - 8) / this.cellWidth));
  }

  get cellHeight() {
    return this.cellWidth * 1.25 + CAPTION;
  }

  /** @param {Picture[]} view @param {number} at */
  show(view, at = 0) {
    this.view = view;
    this.at = Math.max(0, Math.min(at, view.length - 1));
    this.layout();
    this.into();
    this.hooks.moved();
  }

  /** @param {number} by */
  resize(by) {
    this.size = Math.max(0, Math.min(SIZES.length - 1, this.size + by));
    localStorage.setItem("sheet-size", `${this.size}`);
    this.layout();
    this.into();
  }

  layout() {
    this.width = this.root.clientWidth;
    this.height = this.root.clientHeight;
    // On a phone the sheet is a strip above the pair: one row of small ones.
    const wanted = SIZES[this.width < 500 ? 0 : this.size] + 8;
    const columns = Math.max(1, Math.floor((this.width - 8) / wanted));
    this.cellWidth = Math.floor((this.width - 8) / columns);
    const rows = Math.ceil(this.view.length / this.columns);
    this.space.style.setProperty("height", `${rows * this.cellHeight + 16}px`);
    for (const node of this.nodes.values()) this.give(node);
    this.nodes.clear();
    // At once: a frame later, the sheet would be empty for a frame.
    this.paint();
  }

  draw() {
    if (this.due) return;
    this.due = true;
    requestAnimationFrame(() => {
      this.due = false;
      this.paint();
    });
  }

  paint() {
    const columns = this.columns;
    const top = this.root.scrollTop;
    const first = Math.max(0, Math.floor((top - this.height) / this.cellHeight)) * columns;
    const last = Math.min(this.view.length, Math.ceil((top + this.height * 2) / this.cellHeight) * columns);
    for (const [index, node] of this.nodes) {
      if (index < first || index >= last) {
        this.give(node);
        this.nodes.delete(index);
      }
    }
    for (let index = first; index < last; index += 1) {
      if (!this.nodes.has(index)) this.nodes.set(index, this.take(index));
    }
  }

  /** @param {HTMLElement} node */
  give(node) {
    node.hidden = true;
    this.spare.push(node);
  }

  /** @param {number} index */
  take(index) {
    const node = this.spare.pop() ?? this.make();
    const picture = this.view[index];
    const [column, row] = [index % this.columns, Math.floor(index / this.columns)];
    node.hidden = false;
    node.id = `shot-${picture.id}`;
    node.dataset.index = `${index}`;
    node.style.setProperty("width", `${this.cellWidth}px`);
    node.style.setProperty("height", `${this.cellHeight}px`);
    node.style.setProperty("transform", `translate(${4 + column * this.cellWidth}px, ${8 + row * this.cellHeight}px)`);
    const image = /** @type {HTMLImageElement} */ (node.querySelector("img"));
    const address = `/pictures/${picture.id}/thumb?v=${picture.version}`;
    const sizes = `${this.cellWidth}px`;
    if (image.sizes !== sizes) image.sizes = sizes;
    if (image.getAttribute("src") !== address) {
      image.srcset = picture.copies.map(([side, width]) => `${address}&side=${side} ${width}w`).join(", ");
      image.src = address;
    }
    this.dress(node, picture, index);
    return node;
  }

  make() {
    const node = document.createElement("div");
    node.className = "shot";
    node.setAttribute("role", "option");
    node.innerHTML = `<div class="shot-frame"><img alt="" decoding="async"></div><span class="mark"></span><p><span></span><span></span></p>`;
    this.space.append(node);
    return node;
  }

  /** How a node looks for its picture. @param {HTMLElement} node @param {Picture} picture @param {number} index */
  dress(node, picture, index) {
    node.dataset.kind = picture.kind;
    node.toggleAttribute("data-decided", picture.decision !== "" || Boolean(picture.redo));
    node.toggleAttribute("data-current", index === this.at);
    node.setAttribute("aria-selected", `${Boolean(picture.selected)}`);
    node.setAttribute("aria-posinset", `${index + 1}`);
    node.setAttribute("aria-setsize", `${this.view.length}`);
    node.setAttribute("aria-label", this.hooks.label(picture));
    const mark = /** @type {HTMLElement} */ (node.querySelector(".mark"));
    mark.textContent = picture.redo ? "↻" : picture.decision === "a" ? "✓" : picture.decision === "r" ? "✕" : "";
    mark.dataset.kind = picture.redo ? "warn" : picture.decision === "a" ? "good" : "bad";
    const [caption, score] = node.querySelectorAll("p span");
    caption.textContent = `${picture.sku} ${picture.pose}`;
    score.textContent = picture.kind === "u" ? "?" : picture.score === null ? "" : scored(picture.score);
  }

  /** @param {Picture} picture */
  touch(picture) {
    const index = this.view.indexOf(picture);
    const node = this.nodes.get(index);
    if (node) this.dress(node, picture, index);
  }

  /** @param {number} index */
  move(index) {
    if (!this.view.length) return;
    const old = this.at;
    this.at = Math.max(0, Math.min(index, this.view.length - 1));
    for (const one of [old, this.at]) {
      const node = this.nodes.get(one);
      if (node) this.dress(node, this.view[one], one);
    }
    this.into();
    if (old !== this.at) this.hooks.moved();
  }

  /** Scrolls the ring into sight. */
  into() {
    if (!this.view.length) return;
    const top = Math.floor(this.at / this.columns) * this.cellHeight;
    if (top < this.root.scrollTop) this.root.scrollTop = top;
    else if (top + this.cellHeight + 16 > this.root.scrollTop + (this.height ?? 0)) this.root.scrollTop = top + this.cellHeight + 16 - (this.height ?? 0);
    this.paint();
    this.space.setAttribute("aria-activedescendant", `shot-${this.current?.id}`);
  }

  /** @param {number} index */
  toggle(index) {
    const picture = this.view[index];
    picture.selected = !picture.selected;
    this.touch(picture);
  }

  /** @param {number} to */
  extend(to) {
    const [from, until] = [this.at, to].sort((a, b) => a - b);
    for (let index = from; index <= until; index += 1) {
      this.view[index].selected = true;
      this.touch(this.view[index]);
    }
  }

  clear() {
    for (const picture of this.view) {
      if (!picture.selected) continue;
      picture.selected = false;
      this.touch(picture);
    }
  }
}
