-- What somebody has set while the gateway ran. It lies over the configuration file.
CREATE TABLE setting (
    key     TEXT PRIMARY KEY, -- of the configuration, such as pace.day
    value   TEXT NOT NULL,    -- in YAML
    account TEXT NOT NULL,    -- name of who has set it
    set_at  INTEGER NOT NULL  -- time of day
) STRICT;
