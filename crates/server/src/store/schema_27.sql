-- A tab that runs a command for each message is a script. The title that nobody chose says so.
UPDATE tabs SET title = 'Script' WHERE kind = 'agent' AND title = 'Agent';
