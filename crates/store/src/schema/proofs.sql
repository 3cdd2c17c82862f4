-- The revocation lists and OCSP replies that were believed, each once by its digest: a record of evidence names those that
-- its signer was judged by. Outside the chain: each bears the national CA's signature, and which were used is in the chain.
CREATE TABLE revocation_source (
    digest  BLOB    PRIMARY KEY,
    kind    TEXT    NOT NULL CHECK (kind IN ('list', 'delta', 'ocsp')),
    number  INTEGER CHECK ((number IS NULL) = (kind = 'ocsp')),
    about   BLOB    CHECK ((about IS NULL) = (kind <> 'ocsp')),
    made_at INTEGER NOT NULL,
    octets  BLOB    NOT NULL
) STRICT;
CREATE INDEX revocation_source_list ON revocation_source (kind, number) WHERE number IS NOT NULL;
CREATE INDEX revocation_source_ocsp ON revocation_source (about, made_at) WHERE about IS NOT NULL;
CREATE TRIGGER revocation_source_stays BEFORE UPDATE ON revocation_source
BEGIN SELECT raise(ABORT, 'revocation sources are append-only'); END;
CREATE TRIGGER revocation_source_remains BEFORE DELETE ON revocation_source
BEGIN SELECT raise(ABORT, 'revocation sources are append-only'); END;

-- As beside messages: whoever is shown an officer's document sees that it is the one under the leaf.
ALTER TABLE proposal_document ADD COLUMN commitment BLOB;

-- Refunds are few, and what became of one may be kept with nothing else about its payment.
CREATE INDEX snapshot_of_refund ON snapshot (row_key, id) WHERE table_name = 'refund';
