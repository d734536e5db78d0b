-- A picture that a lock sent back may be taken all the same: what its file is made of is kept with the attempt.
ALTER TABLE attempts ADD COLUMN made TEXT; -- the candidate with its recipe, inputs and notes, as JSON

-- Credits of such a picture were given back when it was rejected and are held again when it is taken: a picture may have
-- several holds, one after the other, each ended once.
ALTER TABLE ledger_entries ADD COLUMN round BIGINT NOT NULL DEFAULT 0;
DROP INDEX ledger_hold;
DROP INDEX ledger_end;
CREATE UNIQUE INDEX ledger_hold ON ledger_entries (generation_id, round) WHERE kind = 'hold';
CREATE UNIQUE INDEX ledger_end ON ledger_entries (generation_id, round) WHERE kind IN ('settle', 'release');

-- What is being removed from the storage. Written before anything is removed, so that who keeps the same file again sees it.
CREATE TABLE doomed_blobs (
    source    TEXT PRIMARY KEY,
    doomed_ms BIGINT NOT NULL
);

-- What the face of a reference photo is, once it was looked at: how many faces, how large, how far turned.
ALTER TABLE model_photos ADD COLUMN face TEXT;      -- as JSON; none: nobody could look
ALTER TABLE model_photos ADD COLUMN embedding TEXT; -- sealed with the server's key

-- What was finished lately: sets of pictures to compare.
CREATE INDEX generations_finished ON generations (finished_ms);

-- The trace of the call that ordered a shoot (W3C traceparent), which its pictures go on with.
ALTER TABLE shoots ADD COLUMN traceparent TEXT;
