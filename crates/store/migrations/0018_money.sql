-- Who asked for a picture, where it was not who ordered its shoot: it was done again, or taken although a lock had said no. Spend
-- caps count it for them.
ALTER TABLE generations ADD COLUMN asked_by TEXT;
CREATE INDEX generations_asked ON generations (workspace_id, asked_by) WHERE asked_by IS NOT NULL;
