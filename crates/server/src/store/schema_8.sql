-- Since when a build is to end, told for as long as it has not.
ALTER TABLE builds ADD COLUMN cancel_requested_at INTEGER;
-- When that was asked for before now was not noted: not before they began.
UPDATE builds SET cancel_requested_at = started_at
    WHERE cancelled_by IS NOT NULL AND finished_at IS NULL;
