-- Which row of a list changed with which of its versions, so that whoever has an earlier version is
-- sent what differs. The triggers that count the versions stamp the rows. Their own stamps count for
-- nothing; those of before stand for "long ago", which is true.
ALTER TABLE workbenches ADD COLUMN list_version INTEGER NOT NULL DEFAULT 0;
CREATE INDEX workbenches_by_list_version ON workbenches (workspace_id, list_version);

-- What went from a list, and with which version.
CREATE TABLE list_removals (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    version      INTEGER NOT NULL,
    workbench_id TEXT NOT NULL,
    PRIMARY KEY (workspace_id, version)
) STRICT, WITHOUT ROWID;
-- Up to which version the removals of a list are not kept any more.
ALTER TABLE workspaces ADD COLUMN list_floor INTEGER NOT NULL DEFAULT 0;

DROP TRIGGER list_changes_by_new_workbench;
DROP TRIGGER list_changes_by_workbench;
DROP TRIGGER list_changes_by_gone_workbench;
DROP TRIGGER list_changes_by_new_run;
DROP TRIGGER list_changes_by_run;
DROP TRIGGER list_changes_by_gone_run;
DROP TRIGGER list_changes_by_new_user;
DROP TRIGGER list_changes_by_user;
DROP TRIGGER list_changes_by_gone_user;

CREATE TRIGGER list_changes_by_new_workbench AFTER INSERT ON workbenches BEGIN
    UPDATE workspaces SET list_version = list_version + 1 WHERE id = NEW.workspace_id;
    UPDATE workbenches
    SET list_version = (SELECT w.list_version FROM workspaces w WHERE w.id = NEW.workspace_id)
    WHERE id = NEW.id;
END;
CREATE TRIGGER list_changes_by_workbench AFTER UPDATE ON workbenches
WHEN NEW.list_version = OLD.list_version
BEGIN
    UPDATE workspaces SET list_version = list_version + 1
    WHERE id IN (OLD.workspace_id, NEW.workspace_id);
    UPDATE workbenches
    SET list_version = (SELECT w.list_version FROM workspaces w WHERE w.id = NEW.workspace_id)
    WHERE id = NEW.id;
    INSERT INTO list_removals (workspace_id, version, workbench_id)
    SELECT w.id, w.list_version, OLD.id FROM workspaces w
    WHERE w.id = OLD.workspace_id
      AND (OLD.workspace_id <> NEW.workspace_id OR OLD.id <> NEW.id);
END;
CREATE TRIGGER list_changes_by_gone_workbench AFTER DELETE ON workbenches BEGIN
    UPDATE workspaces SET list_version = list_version + 1 WHERE id = OLD.workspace_id;
    INSERT INTO list_removals (workspace_id, version, workbench_id)
    SELECT w.id, w.list_version, OLD.id FROM workspaces w WHERE w.id = OLD.workspace_id;
END;
CREATE TRIGGER list_changes_by_new_run AFTER INSERT ON runs BEGIN
    UPDATE workspaces SET list_version = list_version + 1
    WHERE id = (SELECT b.workspace_id FROM workbenches b WHERE b.id = NEW.workbench_id);
    UPDATE workbenches
    SET list_version = (SELECT w.list_version FROM workspaces w WHERE w.id = workspace_id)
    WHERE id = NEW.workbench_id;
END;
CREATE TRIGGER list_changes_by_run AFTER UPDATE ON runs BEGIN
    UPDATE workspaces SET list_version = list_version + 1
    WHERE id = (SELECT b.workspace_id FROM workbenches b WHERE b.id = NEW.workbench_id);
    UPDATE workbenches
    SET list_version = (SELECT w.list_version FROM workspaces w WHERE w.id = workspace_id)
    WHERE id = NEW.workbench_id;
END;
CREATE TRIGGER list_changes_by_gone_run AFTER DELETE ON runs BEGIN
    UPDATE workspaces SET list_version = list_version + 1
    WHERE id = (SELECT b.workspace_id FROM workbenches b WHERE b.id = OLD.workbench_id);
    UPDATE workbenches
    SET list_version = (SELECT w.list_version FROM workspaces w WHERE w.id = workspace_id)
    WHERE id = OLD.workbench_id;
END;
-- The list names who made each workbench: the rows of that person change, and no others.
CREATE TRIGGER list_changes_by_new_user AFTER INSERT ON users BEGIN
    UPDATE workspaces SET list_version = list_version + 1
    WHERE id IN (SELECT b.workspace_id FROM workbenches b WHERE b.created_by = NEW.id);
    UPDATE workbenches
    SET list_version = (SELECT w.list_version FROM workspaces w WHERE w.id = workspace_id)
    WHERE created_by = NEW.id;
END;
CREATE TRIGGER list_changes_by_user AFTER UPDATE OF id, username, display_name ON users BEGIN
    UPDATE workspaces SET list_version = list_version + 1
    WHERE id IN (SELECT b.workspace_id FROM workbenches b
                 WHERE b.created_by IN (OLD.id, NEW.id));
    UPDATE workbenches
    SET list_version = (SELECT w.list_version FROM workspaces w WHERE w.id = workspace_id)
    WHERE created_by IN (OLD.id, NEW.id);
END;
CREATE TRIGGER list_changes_by_gone_user AFTER DELETE ON users BEGIN
    UPDATE workspaces SET list_version = list_version + 1
    WHERE id IN (SELECT b.workspace_id FROM workbenches b WHERE b.created_by = OLD.id);
    UPDATE workbenches
    SET list_version = (SELECT w.list_version FROM workspaces w WHERE w.id = workspace_id)
    WHERE created_by = OLD.id;
END;
