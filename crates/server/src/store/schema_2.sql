-- Runs that are gone, under numbers of the same sequence as the journal's, so that a reader of the
-- stream who was away hears of it.
CREATE TABLE removals (
    seq          INTEGER PRIMARY KEY,
    run_id       TEXT NOT NULL,
    workbench_id TEXT NOT NULL,
    workspace_id TEXT NOT NULL
) STRICT;

CREATE INDEX runs_by_seq ON runs (last_seq);
