-- Who changed what. Rows are added; only pseudonyms and the end of their time change them.
CREATE TABLE audit (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL,
    actor_id    TEXT,
    actor_name  TEXT NOT NULL,
    address     TEXT NOT NULL,
    action      TEXT NOT NULL,
    target_id   TEXT NOT NULL,
    target_name TEXT NOT NULL,
    before_json TEXT NOT NULL,
    after_json  TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_actor ON audit (actor_id, seq);
CREATE INDEX audit_by_target ON audit (target_id, seq);
CREATE INDEX audit_by_time ON audit (at);
CREATE TRIGGER audit_is_append_only
BEFORE UPDATE OF seq, at, actor_id, action, target_id, before_json, after_json ON audit BEGIN
    SELECT raise(ABORT, 'the audit log is append-only');
END;

CREATE INDEX users_by_display_name ON users (display_name COLLATE NOCASE, id);
