-- What a picture or a purchase took is summed by spend caps, within an order, and by the doctor.
CREATE INDEX ledger_of_generation ON ledger_entries (generation_id) WHERE generation_id IS NOT NULL;
CREATE INDEX ledger_of_purchase ON ledger_entries (purchase_id) WHERE purchase_id IS NOT NULL;
