-- Who asked for a picture, where it was not who ordered its shoot: it was done again, or taken although a lock had said no. Spend
-- caps count it for them.
ALTER TABLE generations ADD COLUMN asked_by TEXT;
CREATE INDEX generations_asked ON generations (workspace_id, asked_by) WHERE asked_by IS NOT NULL;

-- The call that gave credits, where it bore a key: it gives them once, however often it is sent.
ALTER TABLE ledger_entries ADD COLUMN request_key TEXT; -- caller and Idempotency-Key
CREATE UNIQUE INDEX ledger_of_request ON ledger_entries (workspace_id, request_key) WHERE request_key IS NOT NULL;

-- When the provider was asked last about what is not decided; 0: not yet.
ALTER TABLE purchases ADD COLUMN asked_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE payment_refunds ADD COLUMN asked_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE payment_disputes ADD COLUMN asked_ms BIGINT NOT NULL DEFAULT 0;
CREATE INDEX purchases_undecided ON purchases (asked_ms) WHERE state IN ('open', 'pending');
