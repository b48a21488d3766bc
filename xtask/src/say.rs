//! Printing: progress to standard error, results to standard output.

use std::io::{IsTerminal, Write, stderr, stdout};
use std::time::Duration;

/// Prints a result.
pub fn result(text: &str) {
    let mut out = stdout().lock();
    // The reader may have closed the pipe, as `| head` does.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Prints that a step begins.
pub fn step(text: &str) {
    progress("1;36", "▸", text);
}

/// Prints that a step succeeded.
pub fn done(text: &str) {
    progress("1;32", "✓", text);
}

/// Prints that a step failed.
pub fn failed(text: &str) {
    progress("1;31", "✕", text);
}

/// Prints a remark.
pub fn note(text: &str) {
    progress("2", "·", text);
}

fn progress(colour: &str, mark: &str, text: &str) {
    if stderr().is_terminal() {
        eprintln!("\x1b[{colour}m{mark}\x1b[0m {text}");
    } else {
        eprintln!("{mark} {text}");
    }
}

/// Formats a duration, such as "0.3 s" or "2 min 05 s".
pub fn time(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        _ => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_suitable_unit() {
        assert_eq!(time(Duration::from_millis(340)), "0.3 s");
        assert_eq!(time(Duration::from_secs(42)), "42 s");
        assert_eq!(time(Duration::from_secs(125)), "2 min 05 s");
    }
}
