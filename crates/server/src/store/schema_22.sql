-- Messages to agents, and what each user has typed and read in a tab.
ALTER TABLE tabs ADD COLUMN busy INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tabs ADD COLUMN last_event INTEGER NOT NULL DEFAULT 0;

CREATE TABLE messages (
    -- The order in which they were sent.
    number      INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    tab_id      TEXT NOT NULL REFERENCES tabs (id) ON DELETE CASCADE,
    text        TEXT NOT NULL,
    state       TEXT NOT NULL,
    run_number  INTEGER,
    session     TEXT,
    stop_wanted INTEGER NOT NULL DEFAULT 0,
    exit_code   INTEGER,
    created_by  TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    started_at  INTEGER,
    ended_at    INTEGER
) STRICT;
CREATE INDEX messages_by_tab ON messages (tab_id, number);

-- A closed tab's session is ended with the turn in it.
CREATE TRIGGER messages_of_closed_tab AFTER UPDATE OF closed_at ON tabs
WHEN OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL BEGIN
    UPDATE messages
    SET state = CASE state WHEN 'queued' THEN 'cancelled' ELSE 'stopped' END, ended_at = NEW.closed_at
    WHERE tab_id = NEW.id AND state IN ('queued', 'handed_over', 'running');
END;

CREATE TABLE drafts (
    tab_id  TEXT NOT NULL REFERENCES tabs (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    text    TEXT NOT NULL DEFAULT '',
    version INTEGER NOT NULL DEFAULT 0,
    seen    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tab_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX drafts_by_user ON drafts (user_id);
