-- Where a picture's product differs from its photo: the blob of a small picture, to be laid over it.
ALTER TABLE attempts ADD COLUMN heatmap TEXT;
CREATE INDEX attempts_by_heatmap ON attempts (heatmap) WHERE heatmap IS NOT NULL;
