-- How the servers of engines are doing, as each process that calls them told last.
CREATE TABLE engine_health (
    engine  TEXT NOT NULL,
    worker  TEXT NOT NULL, -- the process: a new id each time it starts
    health  TEXT NOT NULL, -- JSON
    told_ms BIGINT NOT NULL,
    PRIMARY KEY (engine, worker)
);

-- Messages of vendors that were taken, so that one that comes twice is taken once.
CREATE TABLE vendor_events (
    engine       TEXT NOT NULL,
    id           TEXT NOT NULL,
    provider_job TEXT NOT NULL,
    received_ms  BIGINT NOT NULL,
    PRIMARY KEY (engine, id)
);
CREATE INDEX vendor_events_by_age ON vendor_events (received_ms);

-- When it was asked that the vendor be told that nobody wants the job any more; absent once that is done.
ALTER TABLE attempts ADD COLUMN call_off_ms BIGINT;
CREATE INDEX attempts_to_call_off ON attempts (call_off_ms) WHERE call_off_ms IS NOT NULL;
CREATE INDEX attempts_of_provider_job ON attempts (provider_job) WHERE provider_job IS NOT NULL;
