//! Lines for the workbench's log.

use std::io::Write as _;

/// Prints a line; a closed output is no reason to end.
pub(crate) fn log_line(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
