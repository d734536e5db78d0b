-- What vendors allow, counted where every process that calls them sees it, by the clock of the database.

-- The next order to an engine's vendor may go out from here on.
CREATE TABLE vendor_turns (
    engine  TEXT PRIMARY KEY,
    next_ms DOUBLE PRECISION NOT NULL
);

-- The pictures that a vendor may have in work at once, a row each.
CREATE TABLE vendor_places (
    engine   TEXT NOT NULL,
    number   BIGINT NOT NULL,
    holder   TEXT,                                -- the process that has it
    until_ms DOUBLE PRECISION NOT NULL DEFAULT 0, -- and how long, if it is not heard of again
    PRIMARY KEY (engine, number)
);
CREATE INDEX vendor_places_held ON vendor_places (holder) WHERE holder IS NOT NULL;
