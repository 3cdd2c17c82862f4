-- What officers keep for themselves: addresses of the console's pages under names of their own. `sealed` is owner, name and
-- address, for a search may name a person; `tag` finds an officer's own. Nobody's evidence, so it is in no chain and may go.
CREATE TABLE saved_view (
    id     INTEGER PRIMARY KEY,
    tag    BLOB    NOT NULL,
    sealed BLOB    NOT NULL,
    at     INTEGER NOT NULL
) STRICT;
CREATE INDEX saved_view_of ON saved_view (tag, id);
