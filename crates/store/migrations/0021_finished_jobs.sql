-- Jobs that ended, moved here from `jobs` a day later, so that what is claimed from stays small. Nothing reads them: they tell who
-- looks into what happened. What they name is not checked, so that moving them locks no row that a shoot needs.
CREATE TABLE finished_jobs (
    id            TEXT PRIMARY KEY,
    workspace_id  TEXT NOT NULL,
    kind          TEXT NOT NULL,
    generation_id TEXT,
    shoot_id      TEXT,
    payload       TEXT,
    state         TEXT NOT NULL CHECK (state IN ('completed', 'cancelled', 'discarded')),
    run_at_ms     BIGINT NOT NULL, -- when it was due last
    attempt       BIGINT NOT NULL,
    attempts_max  BIGINT NOT NULL,
    deaths        BIGINT NOT NULL,
    worker        TEXT,            -- who held it last
    last_error    TEXT
);
