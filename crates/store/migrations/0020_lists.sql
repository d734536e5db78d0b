-- What pages and calls ask for again and again, without reading every row of a workspace.
CREATE INDEX generations_open ON generations (workspace_id, shoot_id) WHERE status IN ('PENDING', 'PROCESSING');
CREATE INDEX generations_undecided ON generations (workspace_id, shoot_id, status)
    WHERE superseded = 0 AND review IS NULL AND status IN ('COMPLETED', 'REJECTED') AND file_removed_ms IS NULL;
CREATE INDEX generations_made ON generations (workspace_id, finished_ms, id) WHERE superseded = 0 AND status = 'COMPLETED';
CREATE INDEX generations_made_of ON generations (product_id) WHERE status = 'COMPLETED';
CREATE INDEX products_standing ON products (workspace_id, project_id, id) WHERE deleted_ms IS NULL;
CREATE INDEX ledger_days ON ledger_entries (workspace_id, created_ms, amount);
