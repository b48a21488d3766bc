-- A terminal belongs to the user who opened it, unless that user shares it. Connections to terminals
-- check again after a change.
ALTER TABLE tabs ADD COLUMN shared INTEGER NOT NULL DEFAULT 0;

CREATE TRIGGER access_terminal_shared AFTER UPDATE OF shared ON tabs WHEN NEW.shared <> OLD.shared BEGIN
    UPDATE access_version SET version = version + 1;
END;
