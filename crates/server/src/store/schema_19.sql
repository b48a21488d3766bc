-- Tabs of workbenches. A closed tab stays as a tombstone, so that its identifier is never used
-- again and a session that is created late is ended.
CREATE TABLE tabs (
    id            TEXT PRIMARY KEY,
    workbench_id  TEXT NOT NULL REFERENCES workbenches (id) ON DELETE CASCADE,
    kind          TEXT NOT NULL,
    title         TEXT NOT NULL,
    position      INTEGER NOT NULL,
    state         TEXT NOT NULL,
    stage         TEXT NOT NULL DEFAULT '',
    attempt       INTEGER NOT NULL DEFAULT 0,
    state_since   INTEGER,
    deadline      INTEGER,
    error_reason  TEXT,
    error_message TEXT,
    run_number    INTEGER,
    created_by    TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    closed_at     INTEGER,
    changed_seq   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX tabs_by_workbench ON tabs (workbench_id, position);
CREATE INDEX tabs_by_change ON tabs (changed_seq);
-- The open ones, and closed ones whose session may still be there.
CREATE INDEX tabs_to_reconcile ON tabs (workbench_id) WHERE closed_at IS NULL OR run_number IS NOT NULL;

CREATE TRIGGER news_of_new_tab AFTER INSERT ON tabs BEGIN
    UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'transitions';
    UPDATE tabs SET changed_seq = (SELECT seq FROM sqlite_sequence WHERE name = 'transitions')
    WHERE id = NEW.id;
END;
CREATE TRIGGER news_of_tab AFTER UPDATE ON tabs WHEN NEW.changed_seq = OLD.changed_seq BEGIN
    UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'transitions';
    UPDATE tabs SET changed_seq = (SELECT seq FROM sqlite_sequence WHERE name = 'transitions')
    WHERE id = NEW.id;
END;
