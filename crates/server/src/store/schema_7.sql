-- Builds: what is asked for and what became of it. `rowid` is the order in which they were asked
-- for; `seq` numbers the newest change, in the same sequence as the journal's entries.
CREATE TABLE builds (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    app          TEXT NOT NULL,
    app_title    TEXT NOT NULL,
    content      TEXT NOT NULL,
    status       TEXT NOT NULL,
    reason       TEXT,
    error        TEXT,
    created_at   INTEGER NOT NULL,
    started_at   INTEGER,
    finished_at  INTEGER,
    steps_json   TEXT NOT NULL,
    log_bytes    INTEGER NOT NULL DEFAULT 0,
    requested_by TEXT,
    -- Whether it was asked for by itself, not by a start alone.
    by_hand      INTEGER NOT NULL,
    -- Who has asked for its end, as people call them.
    cancelled_by TEXT,
    retry_of     TEXT,
    seq          INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX builds_open ON builds (workspace_id, content) WHERE finished_at IS NULL;
CREATE INDEX builds_by_workspace ON builds (workspace_id);
CREATE INDEX builds_by_seq ON builds (seq);
CREATE INDEX builds_done_by_app ON builds (app, started_at, finished_at)
    WHERE status = 'succeeded' AND reason IS NULL;

-- Builds that are not kept any more, numbered like runs that are gone.
CREATE TABLE build_removals (
    seq          INTEGER PRIMARY KEY,
    build_id     TEXT NOT NULL,
    workspace_id TEXT NOT NULL
) STRICT;

-- What people have taken note of: it goes with the run or build.
CREATE TABLE acknowledgements (
    user_id  TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    key      TEXT NOT NULL,
    run_id   TEXT REFERENCES runs (id) ON DELETE CASCADE,
    build_id TEXT REFERENCES builds (id) ON DELETE CASCADE,
    seq      INTEGER NOT NULL,
    PRIMARY KEY (user_id, key)
) STRICT;
CREATE INDEX acknowledgements_by_seq ON acknowledgements (seq);
CREATE INDEX acknowledgements_by_run ON acknowledgements (run_id);
CREATE INDEX acknowledgements_by_build ON acknowledgements (build_id);

ALTER TABLE runs ADD COLUMN started_by TEXT;
ALTER TABLE runs ADD COLUMN build_id TEXT REFERENCES builds (id) ON DELETE SET NULL;
CREATE INDEX runs_by_build ON runs (build_id);

-- How often the lists of builds have changed, for whoever has one already.
CREATE TABLE build_list (version INTEGER NOT NULL) STRICT;
INSERT INTO build_list VALUES (0);
CREATE TRIGGER build_list_changes_by_new_build AFTER INSERT ON builds BEGIN
    UPDATE build_list SET version = version + 1;
END;
CREATE TRIGGER build_list_changes_by_build AFTER UPDATE ON builds BEGIN
    UPDATE build_list SET version = version + 1;
END;
CREATE TRIGGER build_list_changes_by_gone_build AFTER DELETE ON builds BEGIN
    UPDATE build_list SET version = version + 1;
END;
CREATE TRIGGER build_list_changes_by_acknowledgement AFTER INSERT ON acknowledgements BEGIN
    UPDATE build_list SET version = version + 1;
END;
CREATE TRIGGER build_list_changes_by_user AFTER UPDATE OF id, username, display_name ON users BEGIN
    UPDATE build_list SET version = version + 1;
END;
CREATE TRIGGER build_list_changes_by_gone_user AFTER DELETE ON users BEGIN
    UPDATE build_list SET version = version + 1;
END;
