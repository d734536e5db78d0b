// @ts-check
// The review desk: one key is one decision, shown in the next frame, undone by one key.
import { Pair } from "./pair.js";
import { Queue } from "./queue.js";
import { Sheet } from "./sheet.js";

/** @typedef {import("./sheet.js").Picture} Picture */

const desk = /** @type {HTMLElement | null} */ (document.querySelector("[data-desk]"));
if (desk) start(desk);

/** @param {HTMLElement} desk */
async function start(desk) {
  const base = desk.dataset.desk ?? "";
  /** @type {Record<string, string>} */
  const words = JSON.parse(desk.dataset.words ?? "{}");
  const mayRedo = desk.hasAttribute("data-may-redo");
  const find = (/** @type {string} */ name, from = desk) => /** @type {any} */ (from.querySelector(`[data-${name}]`));
  const REASONS = ["print", "colour", "shape", "face", "hands", "pose", "background", "other"];
  const say = (/** @type {string} */ word, /** @type {Record<string, string | number>} */ values = {}) =>
    Object.entries(values).reduce((text, [name, value]) => text.replace(`%${name}`, `${value}`), words[word] ?? word);

  const root = find("sheet");
  const foot = find("foot");
  const pairRoot = find("pair");
  const scripted = (/** @type {boolean} */ is) => {
    for (const one of [foot, pairRoot]) one.hidden = !is;
    desk.toggleAttribute("data-plain", !is);
  };
  let spoken = 0;
  let speech = 0;
  const speak = (/** @type {string} */ text) => {
    clearTimeout(speech);
    speech = setTimeout(() => { find("status").textContent = text; spoken = Date.now(); }, Math.max(0, 1000 - (Date.now() - spoken)));
  };
  const details = new Map();
  const fetchDetails = async (/** @type {string[]} */ ids, /** @type {AbortSignal | undefined} */ signal) => {
    const missing = ids.filter((id) => !details.has(id)).slice(0, 24);
    if (!missing.length) return;
    const told = await fetch(`${base}/details?ids=${missing.join(",")}`, { signal, headers: { accept: "application/json" } });
    if (!told.ok) return;
    for (const one of await told.json()) {
      details.set(one.id, one);
      for (const address of [one.url, one.sourceUrl]) {
        if (address) Object.assign(new Image(), { src: address }).decode?.().catch(() => {});
      }
    }
    for (const id of [...details.keys()].slice(0, Math.max(0, details.size - 60))) details.delete(id);
  };

  // The first picture is looked at while the thousands are still on their way.
  scripted(true);
  const pair = new Pair(pairRoot, words, (text) => speak(text));
  let waits = true;
  const first = desk.dataset.first;
  if (first) {
    fetchDetails([first], undefined).then(() => {
      if (waits && details.has(first)) pair.show(details.get(first));
    }, () => {});
  }
  const index = await fetch(`${base}/index`, { headers: { accept: "application/json" } })
    .then((answer) => (answer.ok ? answer.json() : null))
    .catch(() => null);
  waits = false;
  if (!index) return scripted(false);
  /** @type {Picture[]} */
  const all = index.id.map((/** @type {string} */ id, /** @type {number} */ at) => ({
    id,
    sku: index.products[index.product[at]][0],
    name: index.products[index.product[at]][1],
    pose: index.poses[index.pose[at]],
    score: index.score[at],
    kind: index.kind[at],
    decision: index.decision[at],
    saved: index.decision[at],
    version: index.version[at],
    copies: index.copies[index.shape[at]],
  }));
  const byId = new Map(all.map((one) => [one.id, one]));
  const KIND = { f: "failed", d: "doubtful", u: "unverifiable", p: "passed" };
  const kindOf = (/** @type {Picture} */ one) => /** @type {Record<string, string>} */ (KIND)[one.kind];
  const stands = (/** @type {Picture} */ one) => (one.decision === "a" ? "approved" : one.decision === "r" ? "rejected" : one.redo ? "redo" : "undecided");
  /** @type {Record<string, (one: Picture) => boolean>} */
  const FILTERS = {
    all: () => true,
    undecided: (one) => !one.decision && !one.redo,
    approved: (one) => one.decision === "a",
    rejected: (one) => one.decision === "r",
  };
  for (const kind of Object.values(KIND)) FILTERS[kind] = (one) => !one.decision && !one.redo && kindOf(one) === kind;

  // What stands without scripts gives way.
  for (const plain of desk.querySelectorAll("[data-sheet-plain], [data-empty]")) plain.remove();
  const began = Date.now();
  let decidedHere = 0;
  let shown = desk.dataset.shown ?? "undecided";
  let news = 0;

  const sheet = new Sheet(root, {
    label: (one) => say("name", { s: `${one.sku} ${one.name}`, p: one.pose, k: words[`mark-${kindOf(one)}`] ?? "", d: words[`mark-${stands(one)}`] ?? "" }),
    moved: () => later(),
    opened: () => {},
  });
  sheet.space.setAttribute("aria-label", document.title);

  const last = (/** @type {string} */ text, undo = true) => {
    find("last").textContent = text;
    find("do=undo").hidden = !undo;
    speak(text);
  };

  // Counts, progress, pace: looked at once a frame, however much has changed.
  const numbers = new Intl.NumberFormat(document.documentElement.lang);
  let counting = false;
  const count = () => {
    if (counting) return;
    counting = true;
    requestAnimationFrame(() => {
      counting = false;
      tell();
    });
  };
  const tell = () => {
    /** @type {Record<string, number>} */
    const tally = { all: all.length, approved: 0, rejected: 0, redo: 0, undecided: 0, failed: 0, doubtful: 0, unverifiable: 0, passed: 0 };
    for (const one of all) {
      const stand = stands(one);
      tally[stand] += 1;
      if (stand === "undecided") tally[kindOf(one)] += 1;
    }
    for (const chip of desk.querySelectorAll("[data-filter]")) {
      const number = chip.querySelector("span");
      if (number) number.textContent = numbers.format(tally[chip.getAttribute("data-filter") ?? "all"]);
    }
    const place = document.querySelector("[data-decided]");
    if (place) place.textContent = numbers.format(tally.approved + tally.rejected);
    const minutes = (Date.now() - began) / 60000;
    const pace = document.querySelector("[data-pace]");
    if (pace && decidedHere > 4) pace.textContent = say("pace", { n: Math.round(decidedHere / Math.max(minutes, 0.05)) });
    const bar = document.querySelector("[data-progress] svg.bar");
    if (bar) {
      const [good, bad] = [tally.approved, tally.rejected].map((number) => (number / Math.max(1, all.length)) * 1000);
      bar.innerHTML = `<rect class="track" width="1000" height="8"/><rect class="good" width="${good}" height="8"/><rect class="failed" x="${good + 1.5}" width="${bad}" height="8"/>`;
    }
    const selected = sheet.view.filter((one) => one.selected).length;
    find("selected").textContent = selected ? say("selected", { n: selected }) : "";
  };

  // The pair, a little after the ring rests; the next ones before they are asked for.
  let rest = 0;
  const later = () => {
    clearTimeout(rest);
    rest = setTimeout(load, !details.size || details.has(sheet.current?.id) ? 0 : 80);
    count();
  };
  let asking = new AbortController();
  const around = () => [0, 1, 2, 3, 4, -1, -2].map((by) => sheet.view[sheet.at + by]?.id).filter(Boolean);
  const load = async () => {
    const picture = sheet.current;
    if (!picture) return;
    try {
      if (!details.has(picture.id)) {
        asking.abort();
        asking = new AbortController();
        await fetchDetails([picture.id], asking.signal);
      }
      if (sheet.current !== picture) return;
      const detail = details.get(picture.id);
      if (detail && pair.detail !== detail) pair.show(detail);
      await fetchDetails(around(), undefined);
    } catch { /* The ring moved on, or the network is away: the next move asks again. */ }
  };

  // Order and filter.
  const SORTS = /** @type {Record<string, (a: Picture, b: Picture) => number>} */ ({
    worst: (a, b) => "fdup".indexOf(a.kind) - "fdup".indexOf(b.kind) || (a.score ?? 2) - (b.score ?? 2),
    best: (a, b) => (b.score ?? -2) - (a.score ?? -2),
    product: (a, b) => a.sku.localeCompare(b.sku) || 0,
  });
  const tidy = (/** @type {Picture | undefined} */ keep) => {
    const text = find("find").value.trim().toLowerCase();
    const view = all.filter((one) => FILTERS[shown](one) && (!text || `${one.sku} ${one.name}`.toLowerCase().includes(text)));
    view.sort(SORTS[find("sort").value]);
    const at = keep ? view.indexOf(keep) : view.findIndex((one) => !one.decision);
    sheet.show(view, Math.max(0, at));
    root.querySelector(".empty")?.remove();
    pairRoot.toggleAttribute("data-nothing", !view.length);
    if (!view.length) {
      const empty = document.createElement("div");
      empty.className = "empty";
      empty.innerHTML = "<h2></h2>";
      /** @type {any} */ (empty.firstChild).textContent = all.length ? say("end", { n: all.filter(FILTERS.undecided).length }) : words.none;
      root.append(empty);
    }
    count();
  };
  for (const chip of desk.querySelectorAll("[data-filter]")) {
    chip.addEventListener("click", (event) => {
      event.preventDefault();
      shown = chip.getAttribute("data-filter") ?? "all";
      for (const one of desk.querySelectorAll("[data-filter]")) one.toggleAttribute("aria-current", false);
      chip.setAttribute("aria-current", "true");
      history.replaceState(null, "", `${base}?show=${shown}`);
      tidy(undefined);
    });
  }
  find("sort").addEventListener("change", () => tidy(sheet.current));
  find("find").addEventListener("input", () => tidy(undefined));

  // Decisions.
  const queue = new Queue(base, {
    state: (waiting, offline) => {
      const place = find("save");
      place.textContent = waiting === 0 ? words.saved : say(offline ? "waiting" : "saving", { n: waiting });
      place.parentElement.dataset.state = offline && waiting ? "waiting" : "saved";
    },
    became: (became, entry) => {
      const picture = byId.get(became.id);
      if (!picture) return;
      const is = became.review === "approved" ? "a" : became.review === "rejected" ? "r" : "";
      if (became.state === "saved") {
        picture.saved = is;
        details.delete(picture.id);
        if (became.secondNeeded) last(say("second", { s: picture.sku }));
        if (entry.decision === "redo") {
          picture.redo = true;
          picture.decision = "";
        }
      } else if (became.state === "conflict") {
        picture.saved = is;
        picture.decision = is;
        last(say("conflict", { w: became.detail, s: picture.sku }), false);
      } else {
        picture.decision = picture.saved;
        picture.redo = false;
        last(say("refused", { s: picture.sku, w: became.detail }), false);
      }
      sheet.touch(picture);
      count();
    },
  });
  const WORD = /** @type {Record<string, string>} */ ({ a: "approve", r: "reject" });
  const wordOf = (/** @type {string} */ letter) => (letter === "a" ? "approved" : letter === "r" ? "rejected" : null);
  /** @type {{ picture: Picture, before: string, seq: number, timer?: number }[][]} */
  const done = [];
  /** @type {{ pictures: Picture[], letter: string, extra: object }[]} */
  const undone = [];

  const send = (/** @type {Picture} */ picture, /** @type {string} */ decision, extra = {}) =>
    queue.add({ id: picture.id, decision, seen: wordOf(picture.saved), ...extra });
  const next = () => {
    for (let at = sheet.at + 1; at < sheet.view.length; at += 1) {
      if (!sheet.view[at].decision && !sheet.view[at].redo) return sheet.move(at);
    }
    last(say("end", { n: all.filter(FILTERS.undecided).length }));
  };
  const chosen = () => {
    const selected = sheet.view.filter((one) => one.selected);
    return selected.length ? selected : sheet.current ? [sheet.current] : [];
  };
  const apply = (/** @type {Picture[]} */ pictures, /** @type {string} */ letter, /** @type {any} */ extra = {}, stay = false) => {
    const step = [];
    for (const picture of pictures) {
      const before = picture.decision;
      if (letter === "d") {
        picture.redo = true;
        const one = { picture, before, seq: 0, timer: 0 };
        one.timer = setTimeout(() => { one.seq = send(picture, "redo", extra); one.timer = 0; }, 5000);
        step.push(one);
      } else {
        picture.decision = letter;
        picture.redo = false;
        step.push({ picture, before, seq: send(picture, WORD[letter], letter === "a" && kindOf(picture) === "failed" ? { ...extra, anyway: true } : extra) });
      }
      sheet.touch(picture);
    }
    done.push(step);
    undone.length = 0;
    decidedHere += pictures.length;
    const name = pictures.length > 1 ? say("selected", { n: pictures.length }) : `${pictures[0].sku} ${pictures[0].pose}`;
    const reason = extra.reason ? words[`reason-${REASONS.indexOf(extra.reason) + 1}`] : "";
    last(letter === "d" ? say("redo", { s: name }) : say(letter === "a" ? "approved" : "rejected", { s: name, r: reason }).replace(/: $/, ""));
    if (pictures.some((one) => one.selected)) sheet.clear();
    if (!stay) next();
    count();
  };

  // Questions are asked in the foot, never over a picture.
  const ask = (/** @type {string} */ label, /** @type {boolean} */ wantsText) =>
    new Promise((/** @type {(text: string | null) => void} */ answered) => {
      const form = find("ask");
      const note = find("ask-note");
      find("ask-label").textContent = label;
      form.hidden = false;
      note.hidden = !wantsText;
      note.value = "";
      const end = (/** @type {string | null} */ text) => {
        form.hidden = true;
        form.onsubmit = null;
        sheet.space.focus({ preventScroll: true });
        answered(text);
      };
      form.onsubmit = (/** @type {Event} */ event) => {
        event.preventDefault();
        if (!wantsText || note.value.trim()) end(note.value.trim());
      };
      form.onkeydown = (/** @type {KeyboardEvent} */ event) => {
        if (event.key === "Escape") end(null);
        event.stopPropagation();
      };
      find("ask-cancel").onclick = () => end(null);
      (wantsText ? note : form.querySelector("button")).focus();
    });
  const decide = async (/** @type {string} */ letter, /** @type {any} */ extra = {}, stay = false) => {
    const pictures = chosen();
    if (!pictures.length) return;
    if (pictures.length > 50) {
      const verb = document.querySelector(`[data-do=${letter === "a" ? "approve" : letter === "r" ? "reject" : "redo"}]`)?.textContent?.trim() ?? "";
      if ((await ask(say("many", { v: verb, n: pictures.length }), false)) === null) return;
    }
    if (letter === "a" && pictures.some((one) => kindOf(one) === "failed") && !extra.note) {
      const note = await ask(words.anyway, true);
      if (note === null) return;
      extra = { ...extra, note };
    }
    if (extra.reason === "other" && !extra.note) {
      const note = await ask(words.other, true);
      if (note === null) return;
      extra = { ...extra, note };
    }
    apply(pictures, letter, extra, stay);
  };
  const reject = (/** @type {number} */ reason) => decide("r", { reason: REASONS[reason - 1] });
  const undo = () => {
    const step = done.pop();
    if (!step) return last(words.nothing, false);
    for (const one of step) {
      const { picture, before } = one;
      if (picture.redo) {
        if (!one.timer) {
          last(words["no-redo-undo"], false);
          continue;
        }
        clearTimeout(one.timer);
        picture.redo = false;
      } else if (!queue.take(one.seq)) {
        send(picture, before ? WORD[before] : "undo", { over: true });
      }
      undone.push({ pictures: [picture], letter: picture.decision || "d", extra: {} });
      picture.decision = before;
      sheet.touch(picture);
    }
    decidedHere = Math.max(0, decidedHere - step.length);
    const at = sheet.view.indexOf(step[0].picture);
    if (at >= 0) sheet.move(at);
    last(say("undone", { s: step[0].picture.sku }), done.length > 0);
    later();
  };
  const again = () => {
    const step = undone.pop();
    if (step) apply(step.pictures, step.letter, step.extra);
  };

  // Keys: letters by what they write, digits by where they are, none with Ctrl, Meta or Alt, in a field, or while composing.
  let waitsReason = false;
  const LIGHTS = ["", "mid", "dark"];
  let light = 0;
  const keys = /** @type {Record<string, (event: KeyboardEvent) => void>} */ ({
    ArrowRight: () => sheet.move(sheet.at + 1),
    ArrowLeft: () => sheet.move(sheet.at - 1),
    ArrowDown: () => sheet.move(sheet.at + sheet.columns),
    ArrowUp: () => sheet.move(sheet.at - sheet.columns),
    PageDown: () => sheet.move(sheet.at + sheet.columns * 4),
    PageUp: () => sheet.move(sheet.at - sheet.columns * 4),
    Home: () => sheet.move(0),
    End: () => sheet.move(sheet.view.length - 1),
    a: (event) => { decide("a", {}, event.shiftKey); },
    r: () => { waitsReason = true; speak(words["reason-1"]); decideReason(); },
    d: (event) => { if (mayRedo) decide("d", {}, event.shiftKey); },
    z: (event) => (event.shiftKey ? again() : undo()),
    x: () => { sheet.toggle(sheet.at); count(); },
    c: () => pair.mode("side"),
    v: () => pair.mode("slider"),
    f: () => pair.mode("flicker"),
    h: () => pair.toggleBox(),
    m: () => pair.toggleHeat(),
    n: async () => { const note = await ask(words.note, true); if (note) decide("r", { reason: "other", note }); },
    l: () => { light = (light + 1) % LIGHTS.length; for (const one of [root, pair.stage]) one.dataset.light = LIGHTS[light]; },
    ",": () => pair.attend(pair.attempt - 1),
    ".": () => pair.attend(pair.attempt + 1),
    ";": () => tidy(sheet.current),
    " ": () => pair.zoom(),
    "+": () => sheet.resize(1),
    "=": () => sheet.resize(1),
    "-": () => sheet.resize(-1),
    "/": () => find("find").focus(),
    "?": () => /** @type {any} */ (document.querySelector("#keys"))?.togglePopover(),
    Escape: () => { waitsReason = false; sheet.clear(); sheet.space.focus({ preventScroll: true }); count(); },
  });
  /** R waits for its reason; Enter takes the one that the check speaks for. */
  const decideReason = () => { find("last").textContent = `R ${REASONS.map((_, at) => `${at + 1} ${words[`reason-${at + 1}`]}`).join("  ")}`; };
  const act = (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing || event.metaKey || event.altKey || localStorage.getItem("keys") === "off") return;
    if (/** @type {HTMLElement} */ (event.target).closest("input, select, textarea, summary, [popover]")) return;
    if (event.ctrlKey) {
      if (event.key.toLowerCase() !== "a") return;
      event.preventDefault();
      for (const picture of sheet.view) {
        picture.selected = true;
        sheet.touch(picture);
      }
      count();
      return;
    }
    const digit = /^Digit([1-8])$/.exec(event.code)?.[1] ?? /^Numpad([1-8])$/.exec(event.code)?.[1];
    if (digit) {
      event.preventDefault();
      waitsReason = false;
      reject(Number(digit));
      return;
    }
    if (waitsReason && event.key === "Enter") {
      event.preventDefault();
      waitsReason = false;
      reject(details.get(sheet.current?.id)?.suggested ?? 1);
      return;
    }
    if (event.shiftKey && event.key.startsWith("Arrow")) {
      sheet.view[sheet.at].selected = true;
      keys[event.key]?.(event);
      sheet.view[sheet.at].selected = true;
      sheet.touch(sheet.view[sheet.at]);
      count();
      event.preventDefault();
      return;
    }
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const handler = keys[key];
    if (!handler || (event.key === "Enter" && !waitsReason)) return;
    if (event.key === " " && /** @type {HTMLElement} */ (event.target).closest("button, a")) return;
    event.preventDefault();
    handler(event);
  };
  for (const region of [root, pairRoot]) region.addEventListener("keydown", act);

  for (const button of desk.querySelectorAll("[data-do]")) {
    button.addEventListener("click", () => {
      const what = button.getAttribute("data-do");
      if (what === "undo") undo();
      else if (what === "reject") reject(details.get(sheet.current?.id)?.suggested ?? 8);
      else decide(what === "approve" ? "a" : "d");
      sheet.space.focus({ preventScroll: true });
    });
  }
  for (const button of desk.querySelectorAll("[data-reason]")) button.addEventListener("click", () => reject(Number(button.getAttribute("data-reason"))));

  // What others decide, and what is made meanwhile.
  const source = new EventSource(`${desk.dataset.events}?after=${index.lastEvent}`);
  source.addEventListener("generation.reviewed", (event) => {
    const { generation, review } = JSON.parse(event.data).data;
    const picture = byId.get(generation);
    if (!picture || queue.entries.some((one) => one.id === generation)) return;
    const is = review === "approved" ? "a" : review === "rejected" ? "r" : "";
    if (picture.redo || picture.saved === is) return;
    picture.saved = is;
    picture.decision = is;
    details.delete(generation);
    sheet.touch(picture);
    count();
  });
  source.addEventListener("generation.ended", (event) => {
    const { generation, status } = JSON.parse(event.data).data;
    if (byId.has(generation) || !["COMPLETED", "REJECTED"].includes(status)) return;
    news += 1;
    const place = find("last");
    place.textContent = "";
    place.append(Object.assign(document.createElement("a"), { href: `${base}?show=${shown}`, textContent: say("new", { n: news }) }));
  });
  addEventListener("pagehide", () => source.close());

  tidy(undefined);
  sheet.space.focus({ preventScroll: true });
  desk.setAttribute("data-ready", "");
}
