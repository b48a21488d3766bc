-- Changes of workbenches that no journal tells of, and their removal, under numbers of the same
-- sequence as the journal's. Triggers give them, so that no writer can forget to.
ALTER TABLE workbenches ADD COLUMN changed_seq INTEGER NOT NULL DEFAULT 0;
CREATE INDEX workbenches_by_change ON workbenches (changed_seq);

CREATE TABLE gone_workbenches (
    seq          INTEGER PRIMARY KEY,
    workbench_id TEXT NOT NULL,
    workspace_id TEXT NOT NULL
) STRICT;

-- A workbench may come before the first journal entry does.
INSERT INTO sqlite_sequence (name, seq)
SELECT 'transitions', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'transitions');

CREATE TRIGGER news_of_new_workbench AFTER INSERT ON workbenches BEGIN
    UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'transitions';
    UPDATE workbenches
    SET changed_seq = (SELECT seq FROM sqlite_sequence WHERE name = 'transitions')
    WHERE id = NEW.id;
END;
-- What is observed of a run stands in its journal; what is observed of no run does not.
CREATE TRIGGER news_of_workbench
AFTER UPDATE OF name, spec_json, desired, deleting, generation, status_generation, phase, k8s_status
ON workbenches
WHEN NEW.name <> OLD.name OR NEW.spec_json <> OLD.spec_json OR NEW.desired <> OLD.desired
    OR NEW.deleting <> OLD.deleting OR NEW.generation <> OLD.generation
    OR NEW.status_generation <> OLD.status_generation
    OR (NEW.run_number = 0 AND (NEW.phase <> OLD.phase OR NEW.k8s_status <> OLD.k8s_status))
BEGIN
    UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'transitions';
    UPDATE workbenches
    SET changed_seq = (SELECT seq FROM sqlite_sequence WHERE name = 'transitions')
    WHERE id = NEW.id;
END;
CREATE TRIGGER news_of_gone_workbench AFTER DELETE ON workbenches BEGIN
    UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'transitions';
    INSERT INTO gone_workbenches (seq, workbench_id, workspace_id)
    SELECT seq, OLD.id, OLD.workspace_id FROM sqlite_sequence WHERE name = 'transitions';
END;
