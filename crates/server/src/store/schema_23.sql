-- The task of a workbench: a message whose end is the end of its run.
ALTER TABLE messages ADD COLUMN ends_run INTEGER NOT NULL DEFAULT 0;

-- Values of the parameters that a build's steps use.
ALTER TABLE builds ADD COLUMN parameters_json TEXT NOT NULL DEFAULT '{}';
