//! The machine on which a cluster runs.

use anyhow::{Result, ensure};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(120);

/// Checks the condition again and again until it's true.
pub fn wait_until(what: &str, mut check: impl FnMut() -> Result<bool>) -> Result<()> {
    let began = Instant::now();
    while !check()? {
        ensure!(began.elapsed() < LIMIT, "{what}: not in time");
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// Returns the command lines of processes that contain the folder's name.
pub fn processes_of(folder: &Path) -> Result<Vec<String>> {
    let name = folder.display().to_string();
    lines(Command::new("ps").args(["-eo", "args"]), &name)
}

/// Returns the lines of the command's output that contain the text.
pub fn lines(command: &mut Command, text: &str) -> Result<Vec<String>> {
    let output = command.output()?;
    ensure!(output.status.success(), "{output:?}");
    let lines = String::from_utf8_lossy(&output.stdout);
    let found = lines.lines().filter(|line| line.contains(text));
    Ok(found.map(str::to_owned).collect())
}
