-- The app of each run, so that the starts of an app are found without its workbenches.
ALTER TABLE runs ADD COLUMN app TEXT;
UPDATE runs SET app = (SELECT app FROM workbenches b WHERE b.id = runs.workbench_id);

CREATE INDEX runs_ready_by_app ON runs (app, started_at, ready_at) WHERE ready_at IS NOT NULL;

-- How far the output went that the kept text ends with; none for texts kept before this was.
ALTER TABLE run_logs ADD COLUMN ends_at INTEGER;
