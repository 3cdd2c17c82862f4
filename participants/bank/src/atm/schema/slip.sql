-- Payments whose slip was not handed out yet: a row goes away when the client has it. The card is the bank's own
-- name for it at this machine, which says nothing of its number; the recipient is as on the slip, masked.
CREATE TABLE slip (
    code       TEXT    PRIMARY KEY,
    card       TEXT    NOT NULL,
    service    TEXT    NOT NULL,
    service_kk TEXT    NOT NULL,
    service_ru TEXT    NOT NULL,
    service_en TEXT    NOT NULL,
    price      TEXT    NOT NULL,
    commission TEXT    NOT NULL,
    recipient  TEXT    NOT NULL,
    reference  TEXT    NOT NULL,
    at         INTEGER NOT NULL
) STRICT;
CREATE INDEX slip_card ON slip (card, at);
