-- How a brand has its pictures: what an order does not say is taken from here.
CREATE TABLE brand_presets (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name         TEXT NOT NULL,
    settings     TEXT NOT NULL,             -- fields of an order, as JSON
    version      BIGINT NOT NULL DEFAULT 1,
    created_ms   BIGINT NOT NULL,
    updated_ms   BIGINT NOT NULL,
    UNIQUE (workspace_id, name)
);
