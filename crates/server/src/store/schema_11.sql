-- The user who asked for a restart, until the run that it ends is over and the next one begins.
ALTER TABLE workbenches ADD COLUMN restart_by TEXT;

-- The user who stopped the last run, as screens show the name.
ALTER TABLE workbenches ADD COLUMN stopped_by TEXT;

-- The user who deleted a workbench, for as long as its deletion takes and for the event of its end.
ALTER TABLE workbenches ADD COLUMN deleted_by TEXT;
ALTER TABLE gone_workbenches ADD COLUMN deleted_by TEXT;

DROP TRIGGER news_of_gone_workbench;
CREATE TRIGGER news_of_gone_workbench AFTER DELETE ON workbenches BEGIN
    UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'transitions';
    INSERT INTO gone_workbenches (seq, workbench_id, workspace_id, deleted_by)
    SELECT seq, OLD.id, OLD.workspace_id, OLD.deleted_by
    FROM sqlite_sequence WHERE name = 'transitions';
END;
