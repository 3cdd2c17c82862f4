-- A payment page belongs to the browser that opened it first: the digest of the secret in its cookie. Of a drawn secret
-- of 128 bits, so nothing can be guessed from it, and it needs no sealing.
ALTER TABLE payment_page ADD COLUMN browser BLOB;
CREATE TRIGGER payment_page_stays_bound BEFORE UPDATE ON payment_page
WHEN OLD.browser IS NOT NULL AND NEW.browser IS NOT OLD.browser
BEGIN SELECT raise(ABORT, 'a payment page belongs to one browser'); END;
