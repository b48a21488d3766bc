-- Workspaces' secrets. What is sealed opens only with the key, and only in its row.
CREATE TABLE secrets (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    name         TEXT NOT NULL,
    sealed       BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    updated_by   TEXT NOT NULL,
    PRIMARY KEY (workspace_id, name)
) STRICT;

-- What runs may report their progress with, by its hash.
CREATE TABLE run_tokens (
    token_hash TEXT PRIMARY KEY,
    run_id     TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX run_tokens_by_run ON run_tokens (run_id);

-- The spec that a run was started with; none for runs that were over before this was kept.
ALTER TABLE runs ADD COLUMN spec_json TEXT;
UPDATE runs SET spec_json = (SELECT spec_json FROM workbenches b WHERE b.id = runs.workbench_id)
WHERE finished_at IS NULL;

CREATE INDEX runs_by_start ON runs (started_at, id);
CREATE INDEX runs_by_end ON runs (finished_at);
