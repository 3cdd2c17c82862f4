-- Whether a slip can be printed: one row.
CREATE TABLE printer (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    paper TEXT    NOT NULL
) STRICT;
INSERT INTO printer (id, paper) VALUES (1, 'loaded');
