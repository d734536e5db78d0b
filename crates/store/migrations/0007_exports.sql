-- Packed deliveries. One is worked on under a lease; what was rendered lies in blobs by what decides its bytes, so a worker that
-- takes it up after a crash, and an export of the same pictures later, use what is there.
CREATE TABLE exports (
    id             TEXT PRIMARY KEY,
    workspace_id   TEXT NOT NULL REFERENCES workspaces (id),
    state          TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed', 'expired')),
    request        TEXT NOT NULL,  -- what was asked for, as JSON
    total          BIGINT NOT NULL DEFAULT 0, -- files
    done           BIGINT NOT NULL DEFAULT 0, -- of them rendered
    failing        BIGINT NOT NULL DEFAULT 0, -- of those, what a channel would not take
    reason         TEXT,
    file           TEXT,           -- the blob of the archive
    bytes          BIGINT,
    sha256         TEXT,
    created_by     TEXT NOT NULL,
    created_ms     BIGINT NOT NULL,
    finished_ms    BIGINT,
    expires_ms     BIGINT,
    tries          BIGINT NOT NULL DEFAULT 0,
    lease_token    TEXT,
    lease_until_ms BIGINT
);
CREATE INDEX exports_of_workspace ON exports (workspace_id, id);
CREATE INDEX exports_open ON exports (state, id) WHERE state IN ('waiting', 'running');
CREATE INDEX exports_by_end ON exports (expires_ms) WHERE state = 'done';
