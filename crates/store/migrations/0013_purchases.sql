-- Credits that are bought, and what the payment provider told of each payment. Facts come late, twice and in any order: they are
-- kept by the provider's ids, and what a purchase comes to is worked out from all of them.

CREATE TABLE purchases (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    package_id   TEXT NOT NULL,
    name         TEXT NOT NULL,
    credits      BIGINT NOT NULL CHECK (credits > 0),
    price_minor  BIGINT NOT NULL CHECK (price_minor > 0), -- before taxes, in the smallest unit
    currency     TEXT NOT NULL,
    provider     TEXT NOT NULL CHECK (provider IN ('stripe', 'invoice')),
    state        TEXT NOT NULL CHECK (state IN ('open', 'pending', 'expired', 'failed', 'paid')),
    session      TEXT UNIQUE,                 -- the provider's checkout
    url          TEXT,                        -- where it is paid
    payment      TEXT,                        -- the provider's payment
    paid_minor   BIGINT NOT NULL DEFAULT 0,   -- with taxes
    taken_back   BIGINT NOT NULL DEFAULT 0,   -- credits that went back with refunds and disputes
    missing      BIGINT NOT NULL DEFAULT 0,   -- credits that should have and were spent already
    created_by   TEXT NOT NULL,
    created_ms   BIGINT NOT NULL,
    ended_ms     BIGINT
);
CREATE INDEX purchases_of_workspace ON purchases (workspace_id, id);
CREATE INDEX purchases_of_payment ON purchases (payment) WHERE payment IS NOT NULL;

CREATE TABLE payments (
    id             TEXT PRIMARY KEY,           -- the provider's; its row is the lock of everything told of it
    refunded_minor BIGINT NOT NULL DEFAULT 0   -- the most that was told of all refunds together
);

CREATE TABLE payment_refunds (
    id           TEXT PRIMARY KEY,
    payment      TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    rank         BIGINT NOT NULL               -- 0 pending, 1 succeeded, 2 failed
);
CREATE INDEX payment_refunds_of ON payment_refunds (payment);

CREATE TABLE payment_disputes (
    id           TEXT PRIMARY KEY,
    payment      TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    rank         BIGINT NOT NULL               -- 0 inquiry, 1 open, 2 lost, 3 won
);
CREATE INDEX payment_disputes_of ON payment_disputes (payment);

CREATE TABLE payment_events (
    id          TEXT PRIMARY KEY,              -- the provider's
    kind        TEXT NOT NULL,
    received_ms BIGINT NOT NULL
);

ALTER TABLE workspaces ADD COLUMN customer TEXT; -- as the provider knows who pays
ALTER TABLE ledger_entries ADD COLUMN purchase_id TEXT REFERENCES purchases (id);
CREATE UNIQUE INDEX ledger_purchase ON ledger_entries (purchase_id) WHERE kind = 'purchase';

-- The most credits that the pictures of a project, or of an API key, may take in 30 days.
CREATE TABLE spend_caps (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    kind         TEXT NOT NULL CHECK (kind IN ('project', 'key')),
    subject      TEXT NOT NULL,
    credits      BIGINT NOT NULL CHECK (credits >= 0),
    PRIMARY KEY (workspace_id, kind, subject)
);
