-- What has arrived of a file on its way in, each part a blob, so that any server goes on where another stopped. A table or an archive
-- stays in its parts until it is forgotten; a photo has none any more once it is whole.
CREATE TABLE upload_parts (
    upload_id TEXT NOT NULL REFERENCES uploads (id),
    start     BIGINT NOT NULL, -- its first byte's place in the file
    source    TEXT NOT NULL UNIQUE,
    PRIMARY KEY (upload_id, start)
);
-- Until now they waited in a folder of one server, where nobody looks any more: they are sent again, as after the day they had.
DELETE FROM uploads WHERE source IS NULL;
