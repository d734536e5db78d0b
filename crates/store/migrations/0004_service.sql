-- The service: people and their workspaces, the catalogue, shoots that are paused and reviewed, and what systems call.
-- Times are epoch milliseconds. A secret is stored as its SHA-256 alone, in hex.

-- The balance, kept beside the entries that it is the sum of: taking from it is the check that it covers, and the lock.
ALTER TABLE workspaces ADD COLUMN credits BIGINT NOT NULL DEFAULT 0 CHECK (credits >= 0);
ALTER TABLE workspaces ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
UPDATE workspaces SET credits = (SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM ledger_entries
                                 WHERE ledger_entries.workspace_id = workspaces.id);

CREATE TABLE users (
    id              TEXT PRIMARY KEY,
    email           TEXT NOT NULL,
    email_key       TEXT NOT NULL UNIQUE, -- in lower case
    name            TEXT NOT NULL,
    password_hash   TEXT NOT NULL,        -- PHC string of argon2id, or a bcrypt hash of an older system
    admin           BIGINT NOT NULL DEFAULT 0 CHECK (admin IN (0, 1)),
    status          TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
    verified_ms     BIGINT,
    failures        BIGINT NOT NULL DEFAULT 0, -- wrong passwords since the last right one
    locked_until_ms BIGINT NOT NULL DEFAULT 0,
    created_ms      BIGINT NOT NULL
);

CREATE TABLE members (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    user_id      TEXT NOT NULL REFERENCES users (id),
    role         TEXT NOT NULL CHECK (role IN ('owner', 'editor', 'reviewer')),
    created_ms   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, user_id)
);
CREATE INDEX members_of_user ON members (user_id);

CREATE TABLE invitations (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    email_key    TEXT NOT NULL,
    role         TEXT NOT NULL CHECK (role IN ('owner', 'editor', 'reviewer')),
    token_hash   TEXT NOT NULL UNIQUE,
    invited_by   TEXT NOT NULL REFERENCES users (id),
    created_ms   BIGINT NOT NULL,
    expires_ms   BIGINT NOT NULL,
    accepted_ms  BIGINT
);
CREATE INDEX invitations_of_workspace ON invitations (workspace_id, id);

-- One device of one person. A browser proves it by a cookie, a program by a refresh token.
CREATE TABLE sessions (
    id           TEXT PRIMARY KEY,
    user_id      TEXT NOT NULL REFERENCES users (id),
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    kind         TEXT NOT NULL CHECK (kind IN ('browser', 'token')),
    agent        TEXT NOT NULL,
    created_ms   BIGINT NOT NULL,
    used_ms      BIGINT NOT NULL,
    expires_ms   BIGINT NOT NULL,
    ended_ms     BIGINT,
    ended_why    TEXT
);
CREATE INDEX sessions_of_user ON sessions (user_id, id);

-- Every secret that a session was ever given. One that is used twice ends the session: somebody else has it.
CREATE TABLE session_tokens (
    token_hash TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id),
    created_ms BIGINT NOT NULL,
    used_ms    BIGINT
);
CREATE INDEX session_tokens_of_session ON session_tokens (session_id);

-- Links that are mailed: they work once.
CREATE TABLE mail_tokens (
    token_hash TEXT PRIMARY KEY,
    user_id    TEXT REFERENCES users (id),
    purpose    TEXT NOT NULL CHECK (purpose IN ('verify', 'reset', 'setup')),
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    used_ms    BIGINT
);

CREATE TABLE api_keys (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name         TEXT NOT NULL,
    prefix       TEXT NOT NULL,
    key_hash     TEXT NOT NULL UNIQUE,
    scopes       TEXT NOT NULL, -- words apart by spaces
    created_by   TEXT NOT NULL REFERENCES users (id),
    created_ms   BIGINT NOT NULL,
    expires_ms   BIGINT,
    used_ms      BIGINT,
    revoked_ms   BIGINT
);
CREATE INDEX api_keys_of_workspace ON api_keys (workspace_id, id);

CREATE TABLE projects (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name         TEXT NOT NULL,
    description  TEXT NOT NULL,
    second_review BIGINT NOT NULL DEFAULT 0 CHECK (second_review IN (0, 1)),
    version      BIGINT NOT NULL DEFAULT 1,
    created_ms   BIGINT NOT NULL,
    updated_ms   BIGINT NOT NULL,
    deleted_ms   BIGINT
);
CREATE INDEX projects_of_workspace ON projects (workspace_id, id);

ALTER TABLE products ADD COLUMN project_id TEXT REFERENCES projects (id);
ALTER TABLE products ADD COLUMN attributes TEXT NOT NULL DEFAULT '{}';
ALTER TABLE products ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE products ADD COLUMN created_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE products ADD COLUMN updated_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE products ADD COLUMN deleted_ms BIGINT;
CREATE INDEX products_of_project ON products (workspace_id, project_id, id);

-- What a file is called and measures; a service keeps its bytes in the blob that `source` names.
ALTER TABLE photos ADD COLUMN name TEXT;
ALTER TABLE photos ADD COLUMN media_type TEXT;
ALTER TABLE photos ADD COLUMN bytes BIGINT;
ALTER TABLE photos ADD COLUMN width BIGINT;
ALTER TABLE photos ADD COLUMN height BIGINT;
ALTER TABLE photos ADD COLUMN created_ms BIGINT NOT NULL DEFAULT 0;
CREATE INDEX photos_of_source ON photos (source);

-- Reference persons.
CREATE TABLE models (
    id                 TEXT PRIMARY KEY,
    workspace_id       TEXT NOT NULL REFERENCES workspaces (id),
    name               TEXT NOT NULL,
    consent_scope      TEXT,   -- what the person agreed to, in words; none: no consent on record
    consent_expires_ms BIGINT, -- none: without end
    consent_given_ms   BIGINT,
    version            BIGINT NOT NULL DEFAULT 1,
    created_ms         BIGINT NOT NULL,
    updated_ms         BIGINT NOT NULL,
    deleted_ms         BIGINT
);
CREATE INDEX models_of_workspace ON models (workspace_id, id);

CREATE TABLE model_photos (
    model_id   TEXT NOT NULL REFERENCES models (id),
    number     BIGINT NOT NULL,
    source     TEXT NOT NULL,
    sha256     TEXT NOT NULL,
    name       TEXT NOT NULL,
    media_type TEXT NOT NULL,
    bytes      BIGINT NOT NULL,
    width      BIGINT NOT NULL,
    height     BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (model_id, number)
);
CREATE INDEX model_photos_of_source ON model_photos (source);

-- Files on their way in. A finished one is a blob, known by its hash within the workspace.
CREATE TABLE uploads (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name         TEXT NOT NULL,
    length       BIGINT NOT NULL,
    received     BIGINT NOT NULL DEFAULT 0,
    media_type   TEXT,
    sha256       TEXT,
    source       TEXT,   -- the blob of a whole photo; none: a table or an archive, which waits in the scratch folder
    width        BIGINT,
    height       BIGINT,
    created_ms   BIGINT NOT NULL,
    expires_ms   BIGINT NOT NULL,
    finished_ms  BIGINT
);
CREATE INDEX uploads_of_workspace ON uploads (workspace_id, id);
CREATE INDEX uploads_of_source ON uploads (source);
CREATE INDEX uploads_by_end ON uploads (expires_ms) WHERE source IS NULL;

CREATE TABLE imports (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    project_id   TEXT REFERENCES projects (id),
    state        TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed', 'cancelled')),
    dry_run      BIGINT NOT NULL CHECK (dry_run IN (0, 1)),
    source       TEXT NOT NULL,   -- where the files that were sent wait, as JSON
    total        BIGINT NOT NULL DEFAULT 0,
    done         BIGINT NOT NULL DEFAULT 0,
    problems     BIGINT NOT NULL DEFAULT 0,
    reason       TEXT,
    created_by   TEXT,
    created_ms   BIGINT NOT NULL,
    finished_ms  BIGINT
);
CREATE INDEX imports_of_workspace ON imports (workspace_id, id);

CREATE INDEX imports_running ON imports (state) WHERE state = 'running';

-- What became of each row of a table and of each file.
CREATE TABLE import_rows (
    import_id  TEXT NOT NULL REFERENCES imports (id),
    number     BIGINT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('row', 'file')),
    sku        TEXT,
    file       TEXT,            -- the photo, or the table that the row stands in
    line       BIGINT,          -- of that table
    view       TEXT,
    product_id TEXT,
    outcome    TEXT NOT NULL,   -- created, updated, unchanged, missing, duplicate, unreadable, ambiguous, too_small, refused
    message    TEXT,
    PRIMARY KEY (import_id, number)
);
CREATE INDEX import_rows_by_outcome ON import_rows (import_id, outcome, number);

-- A shoot of the service is a slot of its own: two shoots may make the same product and pose. In an output folder of the
-- command line every shoot has the slot '', and the later one replaces. A picture that is done again stands in the shoot beside
-- the one it replaces, so the rule of one row for each product, pose and take of a shoot goes; SQLite drops no rule from a table,
-- so the table is written anew, and those that point at it.
DROP INDEX generations_current;
ALTER TABLE generations RENAME TO generations_before;
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
    slot         TEXT NOT NULL DEFAULT '',
    review       TEXT CHECK (review IN ('approved', 'rejected')),
    needs_review BIGINT NOT NULL DEFAULT 0,
    score        DOUBLE PRECISION, -- the worst margin of its locks: what a reviewer looks at first
    replaces     TEXT              -- the picture that this one was asked to do again
);
INSERT INTO generations (id, workspace_id, shoot_id, product_id, pose, take, fingerprint, shot, status, reason, result,
                         superseded, created_ms, finished_ms)
SELECT id, workspace_id, shoot_id, product_id, pose, take, fingerprint, shot, status, reason, result, superseded, created_ms,
       finished_ms
FROM generations_before;
CREATE UNIQUE INDEX generations_current ON generations (workspace_id, slot, product_id, pose, take) WHERE superseded = 0;
CREATE INDEX generations_of_shoot ON generations (shoot_id, status);
CREATE INDEX generations_of_workspace ON generations (workspace_id, id);
CREATE INDEX generations_of_product ON generations (product_id, id);

ALTER TABLE attempts RENAME TO attempts_before;
CREATE TABLE attempts (
    id             TEXT PRIMARY KEY,
    generation_id  TEXT NOT NULL REFERENCES generations (id),
    number         BIGINT NOT NULL,
    engine         TEXT NOT NULL,
    model          TEXT,            -- the engine's model, where the brief names one
    seed           TEXT NOT NULL,   -- 64 bits, decimal
    strength       BIGINT,          -- percent
    hint           TEXT,
    price_microusd BIGINT NOT NULL DEFAULT 0, -- by the card
    cost_microusd  BIGINT NOT NULL DEFAULT 0, -- charged, or maybe charged
    sent_ms        BIGINT,          -- the order went out
    provider_job   TEXT,            -- the vendor's id of the job it took
    received       TEXT,            -- the blob of the vendor's file
    candidate      TEXT,            -- the file of a picture that was sent back, as JSON
    started_ms     BIGINT NOT NULL,
    finished_ms    BIGINT,
    outcome        TEXT,            -- done, refused, rejected, …; absent while it runs
    message        TEXT,
    UNIQUE (generation_id, number)
);
INSERT INTO attempts (id, generation_id, number, engine, model, seed, strength, hint, price_microusd, cost_microusd, sent_ms,
                      provider_job, received, candidate, started_ms, finished_ms, outcome, message)
SELECT id, generation_id, number, engine, model, seed, strength, hint, price_microusd, cost_microusd, sent_ms, provider_job,
       received, candidate, started_ms, finished_ms, outcome, message
FROM attempts_before;

ALTER TABLE verdicts RENAME TO verdicts_before;
CREATE TABLE verdicts (
    attempt_id TEXT NOT NULL REFERENCES attempts (id),
    lock       TEXT NOT NULL,
    score      DOUBLE PRECISION,
    threshold  DOUBLE PRECISION NOT NULL,
    outcome    TEXT NOT NULL,
    evidence   TEXT NOT NULL,
    PRIMARY KEY (attempt_id, lock)
);
INSERT INTO verdicts (attempt_id, lock, score, threshold, outcome, evidence)
SELECT attempt_id, lock, score, threshold, outcome, evidence FROM verdicts_before;
DROP TABLE verdicts_before;
DROP TABLE attempts_before;

DROP INDEX ledger_hold;
DROP INDEX ledger_end;
ALTER TABLE ledger_entries RENAME TO ledger_before;
CREATE TABLE ledger_entries (
    id            TEXT PRIMARY KEY,
    workspace_id  TEXT NOT NULL REFERENCES workspaces (id),
    generation_id TEXT REFERENCES generations (id),
    kind          TEXT NOT NULL CHECK (kind IN ('grant', 'purchase', 'hold', 'settle', 'release', 'refund', 'expire')),
    amount        BIGINT NOT NULL, -- credits added to the balance; a hold is negative, a settle is 0
    note          TEXT,
    created_ms    BIGINT NOT NULL
);
INSERT INTO ledger_entries (id, workspace_id, generation_id, kind, amount, created_ms)
SELECT id, workspace_id, generation_id, kind, amount, created_ms FROM ledger_before;
DROP TABLE ledger_before;
CREATE UNIQUE INDEX ledger_hold ON ledger_entries (generation_id) WHERE kind = 'hold';
CREATE UNIQUE INDEX ledger_end ON ledger_entries (generation_id) WHERE kind IN ('settle', 'release');
CREATE INDEX ledger_of_workspace ON ledger_entries (workspace_id, id);

ALTER TABLE shoots ADD COLUMN project_id TEXT REFERENCES projects (id);
ALTER TABLE shoots ADD COLUMN model_id TEXT REFERENCES models (id);
ALTER TABLE shoots ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE shoots ADD COLUMN state TEXT NOT NULL DEFAULT 'running'
    CHECK (state IN ('running', 'paused', 'done', 'cancelled'));
ALTER TABLE shoots ADD COLUMN priority BIGINT NOT NULL DEFAULT 0;
ALTER TABLE shoots ADD COLUMN price_credits BIGINT NOT NULL DEFAULT 0; -- of one picture
ALTER TABLE shoots ADD COLUMN created_by TEXT;
ALTER TABLE shoots ADD COLUMN finished_ms BIGINT;
ALTER TABLE shoots ADD COLUMN last_event BIGINT NOT NULL DEFAULT 0;
ALTER TABLE shoots ADD COLUMN request_key TEXT; -- caller and Idempotency-Key of the call that made it
CREATE UNIQUE INDEX shoots_of_request ON shoots (request_key) WHERE request_key IS NOT NULL;
CREATE INDEX shoots_of_workspace ON shoots (workspace_id, id);

CREATE TABLE reviews (
    id            TEXT PRIMARY KEY,
    workspace_id  TEXT NOT NULL REFERENCES workspaces (id),
    generation_id TEXT NOT NULL REFERENCES generations (id),
    decision      TEXT NOT NULL CHECK (decision IN ('approved', 'rejected', 'redo', 'undone')),
    anyway        BIGINT NOT NULL DEFAULT 0 CHECK (anyway IN (0, 1)), -- approved although a lock had said no
    reason        TEXT,
    note          TEXT,
    author_id     TEXT NOT NULL,
    created_ms    BIGINT NOT NULL
);
CREATE INDEX reviews_of_generation ON reviews (generation_id, id);

-- Jobs of any kind.
DROP INDEX jobs_available;
DROP INDEX jobs_of_generation;
DROP INDEX jobs_running;
ALTER TABLE jobs RENAME TO jobs_before;
CREATE TABLE jobs (
    id             TEXT PRIMARY KEY,
    workspace_id   TEXT NOT NULL REFERENCES workspaces (id),
    kind           TEXT NOT NULL,
    generation_id  TEXT REFERENCES generations (id),
    shoot_id       TEXT REFERENCES shoots (id),
    payload        TEXT,                      -- what another kind than `generate` is told, as JSON
    state          TEXT NOT NULL CHECK (state IN ('available', 'paused', 'running', 'completed', 'cancelled', 'discarded')),
    priority       BIGINT NOT NULL DEFAULT 0, -- higher first
    position       BIGINT NOT NULL,           -- order within the shoot
    run_at_ms      BIGINT NOT NULL,
    attempt        BIGINT NOT NULL DEFAULT 0,
    attempts_max   BIGINT NOT NULL,
    deaths         BIGINT NOT NULL DEFAULT 0, -- workers that held it and were not heard of again
    worker         TEXT,                      -- who holds it
    lease_token    TEXT,
    lease_until_ms BIGINT,
    last_error     TEXT
);
INSERT INTO jobs (id, workspace_id, kind, generation_id, shoot_id, state, position, run_at_ms, attempt, attempts_max, deaths,
                  worker, lease_token, lease_until_ms, last_error)
SELECT j.id, j.workspace_id, j.kind, j.generation_id, g.shoot_id, j.state, j.position, j.run_at_ms, j.attempt, j.attempts_max,
       j.deaths, j.worker, j.lease_token, j.lease_until_ms, j.last_error
FROM jobs_before j JOIN generations g ON g.id = j.generation_id;
DROP TABLE jobs_before;
DROP TABLE generations_before;
CREATE INDEX jobs_available ON jobs (priority DESC, run_at_ms, position) WHERE state = 'available';
CREATE INDEX jobs_of_generation ON jobs (generation_id);
CREATE INDEX jobs_of_shoot ON jobs (shoot_id, state);
CREATE INDEX jobs_running ON jobs (lease_until_ms) WHERE state = 'running';

-- Events of a shoot are numbered under the shoot's row: who has seen a number has seen all before it.
DROP INDEX events_of_shoot;
ALTER TABLE events ADD COLUMN number BIGINT NOT NULL DEFAULT 0;
UPDATE events SET number = (SELECT COUNT(*) FROM events e WHERE e.shoot_id = events.shoot_id AND e.id <= events.id);
UPDATE shoots SET last_event = (SELECT COUNT(*) FROM events e WHERE e.shoot_id = shoots.id);
CREATE UNIQUE INDEX events_of_shoot ON events (shoot_id, number);
CREATE INDEX events_of_workspace ON events (workspace_id, id);

-- Calls to the systems of a workspace.
CREATE TABLE webhooks (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    url          TEXT NOT NULL,
    secret       TEXT NOT NULL, -- signs what is sent, so it cannot be a hash
    events       TEXT NOT NULL, -- kinds apart by spaces; empty: all
    enabled      BIGINT NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
    disabled_why TEXT,
    failing_ms   BIGINT,        -- since when no call came through
    version      BIGINT NOT NULL DEFAULT 1,
    created_ms   BIGINT NOT NULL,
    deleted_ms   BIGINT
);
CREATE INDEX webhooks_of_workspace ON webhooks (workspace_id, id);

CREATE TABLE deliveries (
    id             TEXT PRIMARY KEY, -- also the message's id: the same in every try
    workspace_id   TEXT NOT NULL REFERENCES workspaces (id),
    webhook_id     TEXT NOT NULL REFERENCES webhooks (id),
    kind           TEXT NOT NULL,
    body           TEXT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
    tries          BIGINT NOT NULL DEFAULT 0,
    next_ms        BIGINT NOT NULL,  -- when it is tried next
    until_ms       BIGINT NOT NULL,  -- when it is given up
    lease_token    TEXT,             -- of the server that sends it
    lease_until_ms BIGINT,
    status_code    BIGINT,
    reason         TEXT,
    took_ms        BIGINT,
    created_ms     BIGINT NOT NULL,
    tried_ms       BIGINT
);
CREATE INDEX deliveries_of_webhook ON deliveries (webhook_id, id);
CREATE INDEX deliveries_due ON deliveries (next_ms) WHERE state = 'waiting';
CREATE INDEX deliveries_leased ON deliveries (webhook_id, lease_until_ms) WHERE lease_token IS NOT NULL;
CREATE INDEX deliveries_by_age ON deliveries (created_ms);

-- Answers that were given, so that a call that is sent twice is done once.
CREATE TABLE idempotency_keys (
    caller      TEXT NOT NULL, -- who called: a person's or a key's id
    key         TEXT NOT NULL,
    fingerprint TEXT NOT NULL, -- SHA-256 of method, path and body
    status      BIGINT,        -- none while the first call is still worked on
    headers     TEXT,
    body        TEXT,
    created_ms  BIGINT NOT NULL,
    PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_ms);

-- How many calls a caller has left, shared by all servers.
CREATE TABLE rate_buckets (
    caller  TEXT PRIMARY KEY,
    full_ms DOUBLE PRECISION NOT NULL -- when its bucket is full again: the later, the emptier
);

-- Who did what that others must be able to check.
CREATE TABLE audit_entries (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT,
    actor        TEXT NOT NULL,
    action       TEXT NOT NULL,
    subject      TEXT NOT NULL,
    detail       TEXT NOT NULL, -- JSON
    created_ms   BIGINT NOT NULL
);
CREATE INDEX audit_entries_of_workspace ON audit_entries (workspace_id, id);

-- What the operator set, version by version.
CREATE TABLE settings (
    name    TEXT NOT NULL,
    version BIGINT NOT NULL,
    value   TEXT NOT NULL, -- JSON
    set_by  TEXT NOT NULL,
    set_ms  BIGINT NOT NULL,
    PRIMARY KEY (name, version)
);
