-- Start-time fair queueing: whose turn it is among jobs of one priority, instead of who came first.
ALTER TABLE jobs ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;
DROP INDEX jobs_available;
CREATE INDEX jobs_available ON jobs (priority DESC, turn, run_at_ms, position) WHERE state = 'available';
