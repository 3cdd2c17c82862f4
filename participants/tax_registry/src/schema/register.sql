-- The register of persons.
CREATE TABLE person (
    iin  TEXT PRIMARY KEY,
    name TEXT NOT NULL
) STRICT;

-- Whom a name was given out to: every reading of personal data has its reader on record.
CREATE TABLE name_read (
    id     INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    reader TEXT    NOT NULL,
    iin    TEXT    NOT NULL
) STRICT;
