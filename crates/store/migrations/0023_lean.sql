-- What PostgreSQL wrote for each picture and each event beside its row, and no question read. Pictures that have not ended have no
-- time of their end to be found by: every version of such a row stood in this index all the same.
DROP INDEX generations_finished;
CREATE INDEX generations_finished ON generations (finished_ms) WHERE finished_ms IS NOT NULL;
-- Events are asked for by their shoot.
DROP INDEX events_of_workspace;
