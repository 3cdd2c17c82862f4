-- By which proposal two officers agreed on a contract; empty for those that the configuration gave.
ALTER TABLE contract ADD COLUMN proposal TEXT;
-- Open proposals are counted before another one is taken.
CREATE INDEX proposal_open ON proposal (lapses_at) WHERE state = 'proposed';
