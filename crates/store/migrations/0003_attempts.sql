-- What an attempt asked for, how far it came and what it cost, so that the next one can change something, or take up what a
-- vendor already has.
ALTER TABLE attempts ADD COLUMN model TEXT;            -- the engine's model, where the brief names one
ALTER TABLE attempts ADD COLUMN strength BIGINT;       -- percent
ALTER TABLE attempts ADD COLUMN hint TEXT;
ALTER TABLE attempts ADD COLUMN price_microusd BIGINT NOT NULL DEFAULT 0; -- by the card
ALTER TABLE attempts ADD COLUMN cost_microusd BIGINT NOT NULL DEFAULT 0;  -- charged, or maybe charged
ALTER TABLE attempts ADD COLUMN sent_ms BIGINT;        -- the order went out
ALTER TABLE attempts ADD COLUMN provider_job TEXT;     -- the vendor's id of the job it took
ALTER TABLE attempts ADD COLUMN received TEXT;         -- the blob of the vendor's file
ALTER TABLE attempts ADD COLUMN candidate TEXT;        -- the file of a picture that was sent back, as JSON
