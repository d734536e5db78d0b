-- The tables of a shoot, in the SQL that SQLite and PostgreSQL share: TEXT ids (UUID version 7, so they sort by
-- time), BIGINT for integers and epoch milliseconds, TEXT for JSON.

CREATE TABLE workspaces (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    metered    BIGINT NOT NULL CHECK (metered IN (0, 1)),
    created_ms BIGINT NOT NULL
);

CREATE TABLE products (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    sku          TEXT NOT NULL,
    sku_key      TEXT NOT NULL, -- the SKU in lower case: one product whatever the spelling
    name         TEXT,
    category     TEXT NOT NULL,
    colour       TEXT,
    UNIQUE (workspace_id, sku_key)
);

CREATE TABLE photos (
    product_id TEXT NOT NULL REFERENCES products (id),
    view       TEXT NOT NULL,
    number     BIGINT NOT NULL,
    side       TEXT,
    source     TEXT NOT NULL,
    sha256     TEXT NOT NULL,
    PRIMARY KEY (product_id, view, number)
);

CREATE TABLE shoots (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    brief        TEXT NOT NULL,
    created_ms   BIGINT NOT NULL
);

CREATE TABLE generations (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    shoot_id     TEXT NOT NULL REFERENCES shoots (id),
    product_id   TEXT NOT NULL REFERENCES products (id),
    pose         TEXT NOT NULL,
    take         BIGINT NOT NULL,
    fingerprint  TEXT NOT NULL, -- hash of everything that decides the pixels: equal means the same picture
    shot         TEXT NOT NULL, -- what the engine is given, as JSON
    status       TEXT NOT NULL CHECK (status IN
        ('PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'REJECTED', 'CANCELLED', 'SKIPPED')),
    reason       TEXT,
    result       TEXT,          -- what was delivered, as JSON, once COMPLETED
    superseded   BIGINT NOT NULL DEFAULT 0 CHECK (superseded IN (0, 1)),
    created_ms   BIGINT NOT NULL,
    finished_ms  BIGINT,
    UNIQUE (shoot_id, product_id, pose, take)
);
CREATE UNIQUE INDEX generations_current ON generations (workspace_id, product_id, pose, take) WHERE superseded = 0;

CREATE TABLE attempts (
    id            TEXT PRIMARY KEY,
    generation_id TEXT NOT NULL REFERENCES generations (id),
    number        BIGINT NOT NULL,
    engine        TEXT NOT NULL,
    seed          TEXT NOT NULL, -- 64 bits, decimal
    started_ms    BIGINT NOT NULL,
    finished_ms   BIGINT,
    outcome       TEXT,          -- done, refused, rejected, error; absent while it runs
    message       TEXT,
    UNIQUE (generation_id, number)
);

CREATE TABLE verdicts (
    attempt_id TEXT NOT NULL REFERENCES attempts (id),
    lock       TEXT NOT NULL,
    score      DOUBLE PRECISION,
    threshold  DOUBLE PRECISION NOT NULL,
    outcome    TEXT NOT NULL,
    evidence   TEXT NOT NULL,
    PRIMARY KEY (attempt_id, lock)
);

CREATE TABLE jobs (
    id             TEXT PRIMARY KEY,
    workspace_id   TEXT NOT NULL REFERENCES workspaces (id),
    kind           TEXT NOT NULL,
    generation_id  TEXT NOT NULL REFERENCES generations (id),
    state          TEXT NOT NULL CHECK (state IN ('available', 'running', 'completed', 'cancelled', 'discarded')),
    position       BIGINT NOT NULL, -- order within the shoot
    run_at_ms      BIGINT NOT NULL,
    attempt        BIGINT NOT NULL DEFAULT 0,
    attempts_max   BIGINT NOT NULL,
    deaths         BIGINT NOT NULL DEFAULT 0, -- workers that held it and were not heard of again
    worker         TEXT,                      -- who holds it
    lease_token    TEXT,
    lease_until_ms BIGINT,
    last_error     TEXT
);
CREATE INDEX jobs_available ON jobs (run_at_ms, position) WHERE state = 'available';
CREATE INDEX jobs_of_generation ON jobs (generation_id);
CREATE INDEX jobs_running ON jobs (lease_until_ms) WHERE state = 'running';

CREATE TABLE ledger_entries (
    id            TEXT PRIMARY KEY,
    workspace_id  TEXT NOT NULL REFERENCES workspaces (id),
    generation_id TEXT REFERENCES generations (id),
    kind          TEXT NOT NULL CHECK (kind IN ('grant', 'purchase', 'hold', 'settle', 'release', 'refund', 'expire')),
    amount        BIGINT NOT NULL, -- credits added to the balance; a hold is negative, a settle is 0
    created_ms    BIGINT NOT NULL
);
CREATE UNIQUE INDEX ledger_hold ON ledger_entries (generation_id) WHERE kind = 'hold';
CREATE UNIQUE INDEX ledger_end ON ledger_entries (generation_id) WHERE kind IN ('settle', 'release');

CREATE TABLE events (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    shoot_id     TEXT NOT NULL REFERENCES shoots (id),
    kind         TEXT NOT NULL,
    data         TEXT NOT NULL,
    created_ms   BIGINT NOT NULL
);
CREATE INDEX events_of_shoot ON events (shoot_id, id);
