-- How often the list of a workspace's workbenches has changed. Triggers count, so that no writer
-- can forget to: every row that the list is read from is named here.
ALTER TABLE workspaces ADD COLUMN list_version INTEGER NOT NULL DEFAULT 0;

CREATE TRIGGER list_changes_by_new_workbench AFTER INSERT ON workbenches BEGIN
    UPDATE workspaces SET list_version = list_version + 1 WHERE id = NEW.workspace_id;
END;
CREATE TRIGGER list_changes_by_workbench AFTER UPDATE ON workbenches BEGIN
    UPDATE workspaces SET list_version = list_version + 1
    WHERE id IN (OLD.workspace_id, NEW.workspace_id);
END;
CREATE TRIGGER list_changes_by_gone_workbench AFTER DELETE ON workbenches BEGIN
    UPDATE workspaces SET list_version = list_version + 1 WHERE id = OLD.workspace_id;
END;
CREATE TRIGGER list_changes_by_new_run AFTER INSERT ON runs BEGIN
    UPDATE workspaces SET list_version = list_version + 1
    WHERE id = (SELECT workspace_id FROM workbenches WHERE id = NEW.workbench_id);
END;
CREATE TRIGGER list_changes_by_run AFTER UPDATE ON runs BEGIN
    UPDATE workspaces SET list_version = list_version + 1
    WHERE id = (SELECT workspace_id FROM workbenches WHERE id = NEW.workbench_id);
END;
CREATE TRIGGER list_changes_by_gone_run AFTER DELETE ON runs BEGIN
    UPDATE workspaces SET list_version = list_version + 1
    WHERE id = (SELECT workspace_id FROM workbenches WHERE id = OLD.workbench_id);
END;
-- The list names who made each workbench.
CREATE TRIGGER list_changes_by_new_user AFTER INSERT ON users BEGIN
    UPDATE workspaces SET list_version = list_version + 1;
END;
CREATE TRIGGER list_changes_by_user AFTER UPDATE OF id, username, display_name ON users BEGIN
    UPDATE workspaces SET list_version = list_version + 1;
END;
CREATE TRIGGER list_changes_by_gone_user AFTER DELETE ON users BEGIN
    UPDATE workspaces SET list_version = list_version + 1;
END;
