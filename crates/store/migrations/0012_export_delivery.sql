-- Exports are called off, and put where the operator says they may be. SQLite changes no CHECK in place, so the rows move to a
-- table of the new form.
CREATE TABLE exports_now (
    id             TEXT PRIMARY KEY,
    workspace_id   TEXT NOT NULL REFERENCES workspaces (id),
    state          TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed', 'expired', 'cancelled')),
    request        TEXT NOT NULL,  -- what was asked for, as JSON
    total          BIGINT NOT NULL DEFAULT 0, -- files
    done           BIGINT NOT NULL DEFAULT 0, -- of them rendered
    failing        BIGINT NOT NULL DEFAULT 0, -- of those, what a channel would not take
    reason         TEXT,
    file           TEXT,           -- the blob of the archive; there while the export still runs: it is to be delivered
    bytes          BIGINT,
    sha256         TEXT,
    created_by     TEXT NOT NULL,
    created_ms     BIGINT NOT NULL,
    finished_ms    BIGINT,
    expires_ms     BIGINT,
    tries          BIGINT NOT NULL DEFAULT 0,
    lease_token    TEXT,
    lease_until_ms BIGINT,
    target         TEXT,                      -- the operator's name of where it is put
    whole          BIGINT NOT NULL DEFAULT 0, -- 1: the archive is put there, 0: its files
    to_deliver     BIGINT NOT NULL DEFAULT 0, -- files to be put there
    delivered      BIGINT NOT NULL DEFAULT 0  -- of those, what is there
);
INSERT INTO exports_now (id, workspace_id, state, request, total, done, failing, reason, file, bytes, sha256, created_by, created_ms,
                         finished_ms, expires_ms, tries, lease_token, lease_until_ms)
SELECT id, workspace_id, state, request, total, done, failing, reason, file, bytes, sha256, created_by, created_ms,
       finished_ms, expires_ms, tries, lease_token, lease_until_ms
FROM exports;
DROP TABLE exports;
ALTER TABLE exports_now RENAME TO exports;
CREATE INDEX exports_of_workspace ON exports (workspace_id, id);
CREATE INDEX exports_open ON exports (state, id) WHERE state IN ('waiting', 'running');
CREATE INDEX exports_by_end ON exports (expires_ms) WHERE state = 'done';
CREATE INDEX exports_by_file ON exports (file) WHERE file IS NOT NULL;

-- What became of each file that an export puts somewhere.
CREATE TABLE export_deliveries (
    export_id    TEXT NOT NULL REFERENCES exports (id),
    path         TEXT NOT NULL, -- where it is put there
    bytes        BIGINT NOT NULL,
    sha256       TEXT NOT NULL,
    state        TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed')),
    reason       TEXT,          -- why the last try failed
    delivered_ms BIGINT,
    PRIMARY KEY (export_id, path)
);
