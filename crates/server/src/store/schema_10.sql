-- Changes of workspaces, and their removal, under numbers of the same sequence as the journal's.
-- Triggers give them, so that no writer can forget to.
ALTER TABLE workspaces ADD COLUMN changed_seq INTEGER NOT NULL DEFAULT 0;
CREATE INDEX workspaces_by_change ON workspaces (changed_seq);

CREATE TABLE gone_workspaces (
    seq          INTEGER PRIMARY KEY,
    workspace_id TEXT NOT NULL
) STRICT;

CREATE TRIGGER news_of_new_workspace AFTER INSERT ON workspaces BEGIN
    UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'transitions';
    UPDATE workspaces
    SET changed_seq = (SELECT seq FROM sqlite_sequence WHERE name = 'transitions')
    WHERE id = NEW.id;
END;
CREATE TRIGGER news_of_workspace AFTER UPDATE OF name ON workspaces WHEN NEW.name <> OLD.name BEGIN
    UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'transitions';
    UPDATE workspaces
    SET changed_seq = (SELECT seq FROM sqlite_sequence WHERE name = 'transitions')
    WHERE id = NEW.id;
END;
CREATE TRIGGER news_of_gone_workspace AFTER DELETE ON workspaces BEGIN
    UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'transitions';
    INSERT INTO gone_workspaces (seq, workspace_id)
    SELECT seq, OLD.id FROM sqlite_sequence WHERE name = 'transitions';
END;
