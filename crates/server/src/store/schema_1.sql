-- What is stored from the first version on. Times are milliseconds since 1970, UTC.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE users (
    id            TEXT PRIMARY KEY,
    username      TEXT NOT NULL UNIQUE COLLATE NOCASE,
    display_name  TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE grants (
    id         INTEGER PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role       TEXT NOT NULL,
    scope_json TEXT NOT NULL
) STRICT;
CREATE INDEX grants_by_user ON grants (user_id);

CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE workspaces (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE workbenches (
    id              TEXT PRIMARY KEY,
    workspace_id    TEXT NOT NULL REFERENCES workspaces (id),
    name            TEXT NOT NULL,
    app             TEXT NOT NULL,
    spec_json       TEXT NOT NULL,
    desired         TEXT NOT NULL,
    deleting        INTEGER NOT NULL DEFAULT 0,
    generation      INTEGER NOT NULL,
    spec_generation INTEGER NOT NULL,
    run_number      INTEGER NOT NULL DEFAULT 0,
    created_by      TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    status_json     TEXT NOT NULL DEFAULT '',
    status_run      INTEGER NOT NULL DEFAULT 0,
    status_generation INTEGER NOT NULL DEFAULT 0,
    phase           TEXT NOT NULL DEFAULT '',
    k8s_status      TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX workbenches_by_workspace ON workbenches (workspace_id, created_at, id);

CREATE TABLE app_sessions (
    token_hash   TEXT PRIMARY KEY,
    session_hash TEXT NOT NULL REFERENCES sessions (token_hash) ON DELETE CASCADE,
    user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    workbench_id TEXT NOT NULL REFERENCES workbenches (id) ON DELETE CASCADE,
    expires_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX app_sessions_by_session ON app_sessions (session_hash);
CREATE INDEX app_sessions_by_workbench ON app_sessions (workbench_id);

CREATE TABLE runs (
    id             TEXT PRIMARY KEY,
    workbench_id   TEXT NOT NULL REFERENCES workbenches (id) ON DELETE CASCADE,
    number         INTEGER NOT NULL,
    generation     INTEGER NOT NULL,
    status         TEXT NOT NULL,
    cause          TEXT,
    started_at     INTEGER NOT NULL,
    start_deadline INTEGER NOT NULL,
    ready_at       INTEGER,
    finished_at    INTEGER,
    exit_code      INTEGER,
    last_seq       INTEGER NOT NULL DEFAULT 0,
    UNIQUE (workbench_id, number)
) STRICT;

-- The end of a run's output, kept once the run is over.
CREATE TABLE run_logs (
    run_id        TEXT PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
    text          TEXT NOT NULL,
    skipped_bytes INTEGER NOT NULL
) STRICT;

-- AUTOINCREMENT: a number is never given twice, also after the newest rows were deleted.
CREATE TABLE transitions (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id      TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    at          INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    condition   TEXT,
    from_status TEXT,
    to_status   TEXT,
    reason      TEXT NOT NULL,
    message     TEXT NOT NULL,
    source      TEXT NOT NULL,
    generation  INTEGER NOT NULL
) STRICT;
CREATE INDEX transitions_by_run ON transitions (run_id, seq);
