-- What PostgreSQL wrote and looked up for each job beside its row. A claim or an end is a new version of the row in every index that
-- takes it, so an index takes jobs that are not done with and no other. And a job's workspace and shoot are those of its picture, which
-- is looked up when the job is put in: to look them up too took longer than to write the row.
DROP INDEX jobs_available;
DROP INDEX jobs_of_generation;
DROP INDEX jobs_of_shoot;
DROP INDEX jobs_running;
ALTER TABLE jobs RENAME TO jobs_before;
CREATE TABLE jobs (
    id             TEXT PRIMARY KEY,
    workspace_id   TEXT NOT NULL,
    kind           TEXT NOT NULL,
    generation_id  TEXT REFERENCES generations (id),
    shoot_id       TEXT,
    payload        TEXT,                      -- what another kind than `generate` is told, as JSON
    state          TEXT NOT NULL CHECK (state IN ('available', 'paused', 'running', 'completed', 'cancelled', 'discarded')),
    priority       BIGINT NOT NULL DEFAULT 0, -- higher first
    turn           BIGINT NOT NULL DEFAULT 0, -- whose turn it is among jobs of one priority
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
INSERT INTO jobs (id, workspace_id, kind, generation_id, shoot_id, payload, state, priority, turn, position, run_at_ms, attempt,
                  attempts_max, deaths, worker, lease_token, lease_until_ms, last_error)
SELECT id, workspace_id, kind, generation_id, shoot_id, payload, state, priority, turn, position, run_at_ms, attempt, attempts_max,
       deaths, worker, lease_token, lease_until_ms, last_error
FROM jobs_before;
DROP TABLE jobs_before;
CREATE INDEX jobs_available ON jobs (priority DESC, turn, run_at_ms, position) WHERE state = 'available';
-- Who asks by these two says the states in the same words, which is how SQLite knows that the index has the answer. A claim, which
-- names no picture and no shoot, can not: PostgreSQL took all of both for it, as long as it knew nothing of the table.
CREATE INDEX jobs_of_generation ON jobs (generation_id)
    WHERE state IN ('available', 'paused', 'running') AND generation_id IS NOT NULL;
CREATE INDEX jobs_of_shoot ON jobs (shoot_id, state) WHERE state IN ('available', 'paused') AND shoot_id IS NOT NULL;
CREATE INDEX jobs_running ON jobs (lease_until_ms) WHERE state = 'running';
