-- What one-time codes of the internet bank are made of, sealed; the last one taken; wrong ones in a row.
ALTER TABLE client ADD COLUMN one_time_secret BLOB;
ALTER TABLE client ADD COLUMN last_step       INTEGER NOT NULL DEFAULT 0;
ALTER TABLE client ADD COLUMN wrong_codes     INTEGER NOT NULL DEFAULT 0;
ALTER TABLE client ADD COLUMN wrong_code_at   INTEGER NOT NULL DEFAULT 0;
-- Who acts in the internet bank: the client, or an organisation's representative.
ALTER TABLE client ADD COLUMN actor_iin       TEXT;
ALTER TABLE client ADD COLUMN actor_name      TEXT;
