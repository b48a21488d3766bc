-- Times that an administrator sets: for a workspace, or with the empty id for the installation.
CREATE TABLE time_limits (
    workspace_id TEXT PRIMARY KEY,
    limits_json  TEXT NOT NULL
) STRICT;

-- Who changed a role last, for those whose own change comes later.
ALTER TABLE roles ADD COLUMN updated_by TEXT NOT NULL DEFAULT '';

CREATE TRIGGER time_limits_gone AFTER DELETE ON workspaces BEGIN
    DELETE FROM time_limits WHERE workspace_id = OLD.id;
END;
