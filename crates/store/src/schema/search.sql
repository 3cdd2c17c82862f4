-- Payments are found by who paid, too. Empty where nothing is paid, and for what was paid before this column was there:
-- the next save fills it.
ALTER TABLE payment ADD COLUMN payer_tag BLOB;
CREATE INDEX payment_of_payer ON payment (payer_tag, issued_at) WHERE payer_tag IS NOT NULL;

-- A salted digest of what is sealed beside it, so that whoever is shown the open values can see that they are the ones
-- the chain covers. Empty for what was kept before.
ALTER TABLE evidence ADD COLUMN commitment BLOB;
ALTER TABLE journal ADD COLUMN commitment BLOB;
ALTER TABLE receipt ADD COLUMN commitment BLOB;
ALTER TABLE received ADD COLUMN commitment BLOB;
