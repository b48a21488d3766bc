-- Workbenches whose desired state is in a resource of a cluster: what was adopted of it last.
CREATE TABLE resources (
    workbench_id TEXT PRIMARY KEY REFERENCES workbenches (id) ON DELETE CASCADE,
    namespace    TEXT NOT NULL,
    name         TEXT NOT NULL,
    generation   INTEGER NOT NULL,
    desired      TEXT NOT NULL,
    run_request  TEXT,
    -- The highest number of a run that the cluster has shown.
    highest_run  INTEGER NOT NULL DEFAULT 0,
    -- The resource is gone from the cluster, and the workbench was not being deleted.
    is_gone      INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Namespace of a workspace that was adopted; otherwise it has the prefix and the identifier.
ALTER TABLE workspaces ADD COLUMN namespace TEXT;
