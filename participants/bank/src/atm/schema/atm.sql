-- Authorisations that were asked for and not answered. A row goes away with the answer; one that stays is
-- reversed. No card data: a reversal does not repeat it.
CREATE TABLE unanswered (
    attempt   TEXT    PRIMARY KEY,
    stan      TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    acquirer  TEXT    NOT NULL,
    retrieval TEXT    NOT NULL,
    amount    INTEGER NOT NULL,
    -- Whether the machine has given up waiting and takes the authorisation back.
    give_up   INTEGER NOT NULL DEFAULT 0,
    -- How often a reversal was sent.
    reversals INTEGER NOT NULL DEFAULT 0
) STRICT;
