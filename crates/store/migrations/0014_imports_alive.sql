-- When the server that works on an import last said so; 0 where a server of before this column does.
ALTER TABLE imports ADD COLUMN alive_ms BIGINT NOT NULL DEFAULT 0;
