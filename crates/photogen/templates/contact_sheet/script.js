// @ts-nocheck
"use strict";
// The contact sheet: rows of the manifest become cards as they scroll into view; one card opens on the desk.
(() => {
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("data").textContent);
  const WORDS = { done: "Ready", look: "To look at", failed: "Failed", rejected: "Rejected", skipped: "Skipped", open: "Not made yet" };
  const ICONS = {
    done: "M3 8.5l3.5 3.5L13 4.5", passed: "M3 8.5l3.5 3.5L13 4.5", look: "M8 3v6M8 12.5v.1", doubtful: "M8 3v6M8 12.5v.1",
    unverifiable: "M5.5 6a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.5M8 12.7v.1", failed: "M4 4l8 8M12 4l-8 8",
    rejected: "M4 4l8 8M12 4l-8 8", skipped: "M3.5 8h9", note: "M8 7.5v4.5M8 4v.1", not_applicable: "M3.5 8h9", open: "M8 4v4l2.5 2.5",
  };
  const LOCK_WORDS = { passed: "Passed", doubtful: "Doubtful", failed: "Failed", not_applicable: "Not applicable", unverifiable: "Cannot be checked" };
  const number = (value) => value.toLocaleString("en");

  const element = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };
  const badge = (state, word) => {
    const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    icon.setAttribute("viewBox", "0 0 16 16");
    icon.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", ICONS[state] || ICONS.open);
    icon.append(path);
    return element("span", { class: "badge", "data-state": state }, icon, word);
  };
  const upper = (text) => text.charAt(0).toUpperCase() + text.slice(1);
  const poseWords = (name) => {
    const words = name.toLowerCase().replaceAll("_", " ").replace("close up", "close-up").replace("forty five degree", "forty-five degrees");
    return upper(words);
  };

  // One object an entry of the manifest, in its order.
  const items = data.rows.map((row, order) => {
    const [product, pose, take, state] = row.is;
    const [sku, name] = data.products[product];
    const say = (text) => data.texts[text].replaceAll("\u0001", sku);
    const locks = (row.locks || []).map(([lock, score, threshold, outcome, text]) =>
      ({ lock: data.locks[lock], score, threshold, outcome, says: text == null ? "" : say(text) }));
    const worst = Math.min(2, ...locks.filter((l) => l.score != null && l.outcome !== "not_applicable").map((l) => l.score));
    return {
      order, sku, name: name || "", pose, take, state: data.states[state], why: row.why, locks, worst,
      reason: row.why == null ? "" : say(row.why),
      notes: (row.notes || []).map(say),
      photos: (row.from || []).map((photo) => data.photos[photo]),
      file: row.file && { url: row.file[0], thumb: row.file[1], width: row.file[2], height: row.file[3], bytes: row.file[4], format: row.file[5] },
    };
  });
  const takes = new Map();
  for (const item of items) takes.set(item.sku + "\u0000" + item.pose, item.take);
  for (const item of items) {
    const several = takes.get(item.sku + "\u0000" + item.pose) > 1;
    item.title = poseWords(data.poses[item.pose]) + (several ? " " + item.take : "");
    item.text = [item.sku, item.name, item.title, item.reason, ...item.notes].join(" ").toLowerCase();
  }

  // Filters.
  const chosen = { state: "all", pose: "all", text: "" };
  const STATES = ["all", ...data.states];
  const inState = (item, state) => state === "all" || item.state === state;
  let made = [];
  let at = -1;

  function count(state) {
    return items.filter((item) => inState(item, state) && inPose(item) && inText(item)).length;
  }
  const inPose = (item) => chosen.pose === "all" || data.poses[item.pose] === chosen.pose;
  const inText = (item) => item.text.includes(chosen.text);
  const ORDERS = {
    sku: (a, b) => a.order - b.order,
    pose: (a, b) => a.pose - b.pose || a.order - b.order,
    worst: (a, b) => (b.state === "look") - (a.state === "look") || a.worst - b.worst || a.order - b.order,
  };

  function apply() {
    const current = made[at];
    const shown = items.filter((item) => inState(item, chosen.state) && inPose(item) && inText(item));
    made = shown.filter((item) => item.file).sort(ORDERS[$("sort").value]);
    at = Math.max(0, made.indexOf(current));
    for (const chip of $("chips").children) {
      chip.setAttribute("aria-pressed", chip.value === chosen.state);
      chip.lastChild.textContent = number(count(chip.value));
    }
    groups(shown.filter((item) => !item.file));
    $("grid").hidden = made.length === 0;
    $("nothing").hidden = shown.length > 0;
    document.querySelector(".sheet").hidden = made.length === 0 && shown.length > 0;
    for (const node of cards.values()) node.remove();
    cards.clear();
    lay();
  }

  // The sheet: cells of one size, so a cell's place is arithmetic; only those near the window exist.
  const GAP = 20, CAPTION = 46;
  const cards = new Map();
  let columns = 1, width = 0, height = 0;

  function lay() {
    const room = $("grid").clientWidth;
    columns = Math.max(1, Math.floor((room + GAP) / (Number($("size").value) + GAP)));
    width = (room - GAP * (columns - 1)) / columns;
    height = width / 2 + CAPTION;
    $("grid").style.setProperty("height", Math.max(0, Math.ceil(made.length / columns) * (height + GAP) - GAP) + "px");
    for (const [index, node] of cards) put(node, index);
    paint();
  }
  function put(node, index) {
    const x = (index % columns) * (width + GAP), y = Math.floor(index / columns) * (height + GAP);
    node.style.setProperty("transform", `translate(${x}px, ${y}px)`);
    node.style.setProperty("width", width + "px");
    node.style.setProperty("height", height + "px");
  }
  function paint() {
    if (!made.length) return;
    const top = -$("grid").getBoundingClientRect().top;
    const row = (y) => Math.floor(y / (height + GAP));
    const first = Math.max(0, row(top - innerHeight)) * columns;
    const last = Math.min(made.length, (row(top + 2 * innerHeight) + 1) * columns);
    for (const [index, node] of cards) if (index < first || index >= last) { node.remove(); cards.delete(index); }
    for (let index = first; index < last; index++) if (!cards.has(index)) add(index);
  }
  function add(index) {
    const node = card(made[index], index);
    put(node, index);
    cards.set(index, node);
    $("grid").append(node);
  }
  function picture(url, full) {
    const node = element("img", { alt: "", loading: "lazy", decoding: "async", draggable: "false" });
    node.addEventListener("error", () => {
      if (full && node.getAttribute("src") !== full) node.src = full;
      else node.replaceWith(element("span", {}, "no preview"));
    });
    node.src = url;
    return node;
  }
  // A note that asks a person to check something comes before one that only tells.
  const asks = (note) => /^check\b/i.test(note);
  const photoOf = (item) => item.photos.find((photo) => photo[2]) || item.photos[0];
  function card(item, index) {
    const photo = photoOf(item);
    const source = element("div", { class: "box" }, photo && photo[2] ? picture(photo[2]) : "no photo copy");
    const result = element("div", { class: "box" }, picture(item.file.thumb, item.file.url));
    const caption = element("div", { class: "cap" }, element("b", {}, item.sku), element("span", { class: "pose" }, item.title), badge(item.state, WORDS[item.state]));
    const sub = element("div", { class: "sub" }, upper(item.notes.find(asks) || item.notes[0] || item.reason || item.name));
    return element("div", {
      class: "card", role: "option", id: "card" + index, "data-index": index, "aria-posinset": index + 1, "aria-setsize": made.length,
      "aria-selected": index === at, "aria-label": `${item.sku}, ${item.title}. ${WORDS[item.state]}. ${item.notes.join(" ")}`,
    }, element("div", { class: "two" }, source, result), caption, sub);
  }
  function select(index) {
    if (!made.length) return;
    const before = cards.get(at);
    if (before) before.setAttribute("aria-selected", "false");
    at = Math.min(Math.max(index, 0), made.length - 1);
    const y = Math.floor(at / columns) * (height + GAP) + $("grid").getBoundingClientRect().top;
    const bar = document.querySelector(".tools").getBoundingClientRect().bottom;
    if (y < bar + GAP) scrollBy(0, y - bar - GAP);
    else if (y + height > innerHeight - GAP) scrollBy(0, y + height - innerHeight + GAP);
    paint();
    const now = cards.get(at);
    if (now) now.setAttribute("aria-selected", "true");
    $("grid").setAttribute("aria-activedescendant", "card" + at);
    if ($("desk").open) show();
  }

  // What was not made, by state and reason; SKUs appear when a reason is opened. Reasons that differ only in
  // their numbers are one.
  const SKUS = 400, REASONS = 100;
  const withoutNumbers = (text) => text.replace(/\d+([.,]\d+)*/g, "…");
  function groups(rest) {
    const box = $("left");
    const by = new Map();
    for (const item of rest) {
      const key = item.state + " " + (item.why == null ? "" : withoutNumbers(data.texts[item.why]));
      if (!by.has(key)) by.set(key, []);
      by.get(key).push(item);
    }
    const rank = (group) => data.states.indexOf(group[0].state);
    const sorted = [...by.values()].sort((a, b) => rank(a) - rank(b) || b.length - a.length);
    box.replaceChildren(element("h2", {}, `Not made: ${number(rest.length)}, by reason`), ...sorted.slice(0, REASONS).map(group));
    if (sorted.length > REASONS) box.append(element("p", {}, `and ${number(sorted.length - REASONS)} more reasons in manifest.json`));
    box.hidden = rest.length === 0;
  }
  function group(members) {
    const [first] = members;
    const alone = members.length === 1;
    const alike = members.every((item) => item.why === first.why);
    const said = alone ? first.reason : (data.texts[first.why] || "").replaceAll("\u0001", "SKU");
    const reason = (alike ? said : withoutNumbers(said)) || (first.state === "open" ? "the shoot stopped before it" : "no reason was given");
    const poses = [...new Set(members.map((item) => poseWords(data.poses[item.pose])))].join(", ");
    const words = element("span", {}, reason, element("small", {}, alone ? `${first.sku}, ${first.title}` : poses));
    const node = element("details", {}, element("summary", {}, badge(first.state, WORDS[first.state]), words, element("span", {}, number(members.length))));
    node.addEventListener("toggle", () => {
      if (!node.open || node.children.length > 1) return;
      const lines = alike ? [...new Set(members.map((item) => item.sku))] : members.map((item) => `${item.sku}, ${item.title}: ${item.reason}`);
      const list = element("div", { class: alike ? "skus" : "skus long" });
      for (const line of lines.slice(0, SKUS)) list.append(element("span", {}, line));
      if (lines.length > SKUS) list.append(element("span", {}, `and ${number(lines.length - SKUS)} more in manifest.json`));
      node.append(list);
    });
    return node;
  }

  // The desk: one picture and its photo, fitted or 1:1.
  const desk = $("desk");
  function size(bytes) {
    return bytes < 1e6 ? Math.ceil(bytes / 1e3) + " kB" : (bytes / 1e6).toFixed(1) + " MB";
  }
  function show() {
    const item = made[at];
    const photo = photoOf(item);
    $("who").replaceChildren(element("b", {}, item.sku), item.name, element("span", {}, item.title), badge(item.state, WORDS[item.state]));
    $("place").textContent = `${number(at + 1)} of ${number(made.length)}`;
    $("photo").hidden = !(photo && photo[2]);
    $("nophoto").hidden = !$("photo").hidden;
    if (photo && photo[2]) $("photo").src = photo[2]; else $("photo").removeAttribute("src");
    $("photosays").textContent = photo ? `Photo, ${photo[0]}: ${photo[1]}` : "No photo";
    $("photo").alt = `Photo of ${item.sku}`;
    const result = $("result");
    result.onerror = () => {
      if (result.getAttribute("src") === item.file.thumb) return;
      result.src = item.file.thumb;
      $("resultsays").textContent += `; this browser cannot show ${item.file.format}, so this is its small copy`;
    };
    $("resultsays").textContent = `Picture: ${item.file.width} × ${item.file.height}, ${item.file.format}, ${size(item.file.bytes)}`;
    result.alt = `${item.sku}, ${item.title}`;
    result.src = item.file.url;
    $("says").replaceChildren(
      ...(item.reason ? [element("p", {}, upper(item.reason))] : []),
      ...item.notes.map((note) => element("p", {}, asks(note) ? badge("look", "Look") : badge("note", "Note"), upper(note))),
      ...item.locks.map(lockLine));
    for (const ahead of [made[at + 1], made[at - 1]]) if (ahead) new Image().src = ahead.file.url;
    zoom(desk.dataset.zoom === "1");
    $("live").textContent = `${item.sku}, ${item.title}, ${WORDS[item.state]}`;
  }
  function lockLine(lock) {
    const scale = lock.score == null ? "" : `${lock.score.toFixed(2)}, needs ${lock.threshold.toFixed(2)}`;
    return element("p", {}, badge(lock.outcome, LOCK_WORDS[lock.outcome] || lock.outcome), poseWords(lock.lock) + (lock.says ? ": " + lock.says : ""), element("small", {}, scale));
  }
  // 1:1 is one picture pixel for one screen pixel; the photo's copy is shown as large as the picture.
  function zoom(on) {
    desk.dataset.zoom = on ? "1" : "0";
    $("zoom").setAttribute("aria-pressed", on);
    const item = made[at];
    const tall = item.file.height / devicePixelRatio;
    $("result").style.setProperty("width", on ? item.file.width / devicePixelRatio + "px" : "");
    $("photo").style.setProperty("width", on ? "auto" : "");
    for (const node of [$("result"), $("photo")]) node.style.setProperty("height", on ? tall + "px" : "");
    if (on) for (const stage of document.querySelectorAll(".stage")) {
      stage.scrollTo((stage.scrollWidth - stage.clientWidth) / 2, (stage.scrollHeight - stage.clientHeight) / 3);
    }
  }
  function open() {
    if (!made.length) return;
    desk.showModal();
    show();
    $("zoom").focus();
  }
  const stages = [...document.querySelectorAll(".stage")];
  let leader = null;
  for (const stage of stages) {
    stage.addEventListener("pointerenter", () => { leader = stage; });
    stage.addEventListener("scroll", () => {
      if (desk.dataset.zoom !== "1" || leader !== stage) return;
      const other = stages[1 - stages.indexOf(stage)];
      const share = (position, whole, window) => (whole > window ? position / (whole - window) : 0.5);
      other.scrollLeft = share(stage.scrollLeft, stage.scrollWidth, stage.clientWidth) * (other.scrollWidth - other.clientWidth);
      other.scrollTop = share(stage.scrollTop, stage.scrollHeight, stage.clientHeight) * (other.scrollHeight - other.clientHeight);
    });
    let from = null;
    stage.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "touch" || desk.dataset.zoom !== "1") return;
      leader = stage;
      from = [event.clientX + stage.scrollLeft, event.clientY + stage.scrollTop];
      stage.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    stage.addEventListener("pointermove", (event) => { if (from) stage.scrollTo(from[0] - event.clientX, from[1] - event.clientY); });
    for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, () => { from = null; });
  }

  // Keys: they act on the sheet and the desk, never in a field, never with a modifier.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.matches("input, select")) {
      if (event.key === "Escape") { event.target.blur(); $("grid").focus({ preventScroll: true }); }
      return;
    }
    const button = event.target.closest("button, summary, a");
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === "Enter" && button) return;
    if (key === " " && button && !desk.open) return;
    const step = desk.open ? { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1, j: 1, k: -1 }
      : { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, j: 1, k: -1, Home: -at, End: made.length };
    const act = key in step ? () => select(at + step[key])
      : key === "/" && !desk.open ? () => $("find").focus()
      : key === "Enter" || key === " " ? () => (desk.open ? zoom(desk.dataset.zoom !== "1") : open())
      : null;
    if (!act) return;
    event.preventDefault();
    act();
  });
  // A button under the space bar would also be pressed when the key comes up.
  desk.addEventListener("keyup", (event) => { if (event.key === " ") event.preventDefault(); });
  $("grid").addEventListener("click", (event) => {
    const node = event.target.closest(".card");
    if (node) { select(Number(node.dataset.index)); open(); }
  });
  $("prev").addEventListener("click", () => select(at - 1));
  $("next").addEventListener("click", () => select(at + 1));
  $("zoom").addEventListener("click", () => zoom(desk.dataset.zoom !== "1"));
  $("close").addEventListener("click", () => desk.close());
  desk.addEventListener("close", () => { $("grid").focus({ preventScroll: true }); select(at); });
  $("find").addEventListener("input", (event) => { chosen.text = event.target.value.trim().toLowerCase(); apply(); });
  $("pose").addEventListener("change", (event) => { chosen.pose = event.target.value; apply(); });
  $("sort").addEventListener("change", apply);
  $("size").addEventListener("change", apply);
  $("clear").addEventListener("click", () => { Object.assign(chosen, { state: "all", pose: "all", text: "" }); $("find").value = ""; $("pose").value = "all"; apply(); });
  let waiting = false;
  const soon = (work) => () => { if (!waiting) { waiting = true; requestAnimationFrame(() => { waiting = false; work(); }); } };
  addEventListener("scroll", soon(paint), { passive: true });
  addEventListener("resize", soon(lay));

  // The head: one bar, ready, to look at, failed or rejected, rest.
  const tally = Object.fromEntries(data.states.map((state) => [state, items.filter((item) => item.state === state).length]));
  let x = 0;
  for (const [fill, amount] of [["done", tally.done], ["look", tally.look], ["failed", tally.failed + tally.rejected]]) {
    const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    const share = items.length ? (100 * amount) / items.length : 0;
    for (const [name, value] of [["x", x + "%"], ["width", share + "%"], ["height", "8"], ["class", "fill-" + fill]]) rect.setAttribute(name, value);
    $("bar").append(rect);
    x += share;
  }
  const facts = [["done", "ready"], ["look", "to look at"], ["failed", "failed"], ["rejected", "rejected"], ["skipped", "skipped"], ["open", "not made yet"]];
  $("sum").replaceChildren(...facts.filter(([state]) => tally[state]).flatMap(([state, word], index) =>
    [index ? ", " : "", element("b", {}, number(tally[state])), " " + word]));
  for (const state of STATES.filter((state) => state === "all" || tally[state])) {
    const chip = element("button", { type: "button", value: state }, state === "all" ? "All" : WORDS[state], element("span"));
    chip.addEventListener("click", () => { chosen.state = state; apply(); });
    $("chips").append(chip);
  }
  $("pose").append(element("option", { value: "all" }, "All poses"), ...data.poses.map((pose) => element("option", { value: pose }, poseWords(pose))));
  document.querySelector(".tools").hidden = false;
  apply();
})();
