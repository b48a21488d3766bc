-- A session that began with the header of a proxy is good with that header alone.
ALTER TABLE sessions ADD COLUMN by_header INTEGER NOT NULL DEFAULT 0;
