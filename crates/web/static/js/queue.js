// @ts-check
// Decisions on their way: kept in the browser until the server has said what became of each, sent a few at once, one call in flight.

/** @typedef {{ seq: number, id: string, decision: string, reason?: string, note?: string, anyway?: boolean, seen: string | null, over?: boolean }} Entry */

const BATCH = 20;
const WAIT = 250;

export class Queue {
  /** @param {string} base @param {{ became: (answer: any, entry: Entry) => void, state: (count: number, offline: boolean) => void }} hooks */
  constructor(base, hooks) {
    this.base = base;
    this.hooks = hooks;
    this.key = `queue ${base}`;
    /** @type {Entry[]} */
    this.entries = JSON.parse(localStorage.getItem(this.key) ?? "[]");
    this.seq = Math.max(0, ...this.entries.map((one) => one.seq));
    this.flying = 0;
    this.failed = false;
    this.timer = 0;
    addEventListener("online", () => this.flush());
    addEventListener("pagehide", () => this.flush(true));
    if (this.entries.length) this.flush();
  }

  /** @param {Omit<Entry, "seq">} entry */
  add(entry) {
    this.seq += 1;
    this.entries.push({ ...entry, seq: this.seq });
    this.keep();
    if (this.entries.length >= BATCH) this.flush();
    else {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.flush(), WAIT);
    }
    return this.seq;
  }

  /** Takes an entry back that is not on its way yet. @param {number} seq */
  take(seq) {
    const at = this.entries.findIndex((one) => one.seq === seq);
    if (at < this.flying) return false;
    this.entries.splice(at, 1);
    this.keep();
    return true;
  }

  keep() {
    localStorage.setItem(this.key, JSON.stringify(this.entries));
    this.hooks.state(this.entries.length, this.failed);
  }

  /** @param {boolean} leaving */
  async flush(leaving = false) {
    if (this.flying || !this.entries.length) return;
    const sent = this.entries.slice(0, BATCH);
    this.flying = sent.length;
    try {
      const answer = await fetch(`${this.base}/decisions`, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json" },
        body: JSON.stringify({ entries: sent }),
        keepalive: leaving,
      });
      if (!answer.ok) throw new Error(`${answer.status}`);
      const became = await answer.json();
      this.entries.splice(0, sent.length);
      this.failed = false;
      this.flying = 0;
      this.keep();
      for (const [at, one] of became.entries()) this.hooks.became(one, sent[at]);
    } catch {
      this.flying = 0;
      this.failed = true;
      this.keep();
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.flush(), 5000);
      return;
    }
    if (this.entries.length) this.flush();
  }
}
