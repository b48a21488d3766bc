-- Any changed column of a workspace is news, also one that a later version adds. The columns that
-- triggers keep themselves are not.
DROP TRIGGER news_of_workspace;
CREATE TRIGGER news_of_workspace AFTER UPDATE ON workspaces
WHEN NEW.changed_seq = OLD.changed_seq
    AND NEW.list_version = OLD.list_version
    AND NEW.list_floor = OLD.list_floor
BEGIN
    UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'transitions';
    UPDATE workspaces
    SET changed_seq = (SELECT seq FROM sqlite_sequence WHERE name = 'transitions')
    WHERE id = NEW.id;
END;
