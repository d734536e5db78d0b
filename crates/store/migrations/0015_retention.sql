-- How many days a workspace keeps files that nobody took, and what says whose a face is; none: for ever.
ALTER TABLE workspaces ADD COLUMN candidates_days BIGINT CHECK (candidates_days BETWEEN 1 AND 3650);
ALTER TABLE workspaces ADD COLUMN rejected_days BIGINT CHECK (rejected_days BETWEEN 1 AND 3650);
ALTER TABLE workspaces ADD COLUMN biometric_days BIGINT CHECK (biometric_days BETWEEN 1 AND 3650);

-- When the files of a rejected picture were removed, because its workspace keeps them no longer.
ALTER TABLE generations ADD COLUMN file_removed_ms BIGINT;
