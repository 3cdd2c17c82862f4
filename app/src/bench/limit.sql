-- What the limit keeps: the same bytes as the gateway, under one unique key.
CREATE TABLE exchange (
    content_hash BLOB PRIMARY KEY,
    octets       BLOB NOT NULL,
    answer       TEXT NOT NULL
) STRICT;
