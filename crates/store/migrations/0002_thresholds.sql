-- What a lock's threshold was set to, version by version. The last version counts; without a value the lock's own does.
CREATE TABLE thresholds (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    -- Empty: the whole workspace.
    project_id   TEXT NOT NULL,
    lock         TEXT NOT NULL,
    version      BIGINT NOT NULL,
    value        DOUBLE PRECISION CHECK (value BETWEEN 0 AND 1),
    set_ms       BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, project_id, lock, version)
);
