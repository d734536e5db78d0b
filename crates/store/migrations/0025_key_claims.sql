-- When a key was claimed, which its renewals leave alone: it tells a holder that was given up from the next one.
ALTER TABLE idempotency_keys ADD COLUMN claimed_ms BIGINT NOT NULL DEFAULT 0;
