-- Who may do what, as it was at every moment: rows are only added, and the newest of a key holds. IIN and names are in
-- `sealed`; `tag` finds a person or an organisation without showing it.
CREATE TABLE officer (
    id       INTEGER PRIMARY KEY,
    tag      BLOB    NOT NULL,
    sealed   BLOB    NOT NULL,
    at       INTEGER NOT NULL,
    proposal TEXT
) STRICT;
CREATE INDEX officer_tag ON officer (tag, id);
CREATE TRIGGER officer_stays BEFORE UPDATE ON officer
BEGIN SELECT raise(ABORT, 'officers are append-only'); END;
CREATE TRIGGER officer_remains BEFORE DELETE ON officer
BEGIN SELECT raise(ABORT, 'officers are append-only'); END;

CREATE TABLE membership (
    id         INTEGER PRIMARY KEY,
    tag        BLOB    NOT NULL,
    group_name TEXT    NOT NULL,
    resource   TEXT    NOT NULL,
    is_member  INTEGER NOT NULL CHECK (is_member IN (0, 1)),
    sealed     BLOB    NOT NULL,
    at         INTEGER NOT NULL,
    proposal   TEXT
) STRICT;
CREATE INDEX membership_key ON membership (tag, group_name, resource, id);
CREATE TRIGGER membership_stays BEFORE UPDATE ON membership
BEGIN SELECT raise(ABORT, 'memberships are append-only'); END;
CREATE TRIGGER membership_remains BEFORE DELETE ON membership
BEGIN SELECT raise(ABORT, 'memberships are append-only'); END;

CREATE TABLE group_action (
    id         INTEGER PRIMARY KEY,
    group_name TEXT    NOT NULL,
    action     TEXT    NOT NULL,
    is_allowed INTEGER NOT NULL CHECK (is_allowed IN (0, 1)),
    at         INTEGER NOT NULL,
    proposal   TEXT
) STRICT;
CREATE INDEX group_action_key ON group_action (group_name, action, id);
CREATE TRIGGER group_action_stays BEFORE UPDATE ON group_action
BEGIN SELECT raise(ABORT, 'actions of groups are append-only'); END;
CREATE TRIGGER group_action_remains BEFORE DELETE ON group_action
BEGIN SELECT raise(ABORT, 'actions of groups are append-only'); END;

-- What two officers decide. The documents themselves, with their signatures, are beside it and never change.
CREATE TABLE proposal (
    number      TEXT    PRIMARY KEY,
    version     INTEGER NOT NULL DEFAULT 1,
    kind        TEXT    NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('proposed', 'approved', 'rejected', 'withdrawn')),
    sealed      BLOB    NOT NULL,
    proposed_at INTEGER NOT NULL,
    lapses_at   INTEGER NOT NULL,
    decided_at  INTEGER
) STRICT;
CREATE INDEX proposal_proposed ON proposal (proposed_at);
CREATE TRIGGER proposal_stays_decided BEFORE UPDATE ON proposal WHEN OLD.state <> 'proposed'
BEGIN SELECT raise(ABORT, 'a proposal is decided once'); END;
CREATE TRIGGER proposal_remains BEFORE DELETE ON proposal
BEGIN SELECT raise(ABORT, 'a proposal is never deleted'); END;

CREATE TABLE proposal_document (
    id         INTEGER PRIMARY KEY,
    number     TEXT    NOT NULL,
    role       TEXT    NOT NULL CHECK (role IN ('proposal', 'decision')),
    sealed     BLOB    NOT NULL,
    crl_number INTEGER NOT NULL,
    checked_by TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    UNIQUE (number, role)
) STRICT;
CREATE TRIGGER proposal_document_stays BEFORE UPDATE ON proposal_document
BEGIN SELECT raise(ABORT, 'documents are append-only'); END;
CREATE TRIGGER proposal_document_remains BEFORE DELETE ON proposal_document
BEGIN SELECT raise(ABORT, 'documents are append-only'); END;
