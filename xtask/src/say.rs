//! What is printed: progress to standard error, results to standard output.

use std::io::{IsTerminal, Write, stderr, stdout};
use std::time::Duration;

/// A result that somebody asked for.
pub fn result(text: &str) {
    let mut out = stdout().lock();
    // A reader that went away, such as `| head`, is no reason to fail.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// What begins now.
pub fn step(text: &str) {
    paint("1;36", "▸", text);
}

/// What came out well.
pub fn done(text: &str) {
    paint("1;32", "✓", text);
}

/// What did not come out well.
pub fn failed(text: &str) {
    paint("1;31", "✕", text);
}

/// What somebody may want to know.
pub fn note(text: &str) {
    paint("2", "·", text);
}

fn paint(code: &str, mark: &str, text: &str) {
    if stderr().is_terminal() {
        eprintln!("\x1b[{code}m{mark}\x1b[0m {text}");
    } else {
        eprintln!("{mark} {text}");
    }
}

/// One line that is overwritten by the next; nothing where there is no terminal.
pub fn passing(text: &str) {
    if stderr().is_terminal() {
        let line: String = text.chars().filter(|c| !c.is_control()).take(76).collect();
        eprint!("\r\x1b[K\x1b[2m  {line}\x1b[0m");
    }
}

/// Takes the passing line away.
pub fn passed() {
    if stderr().is_terminal() {
        eprint!("\r\x1b[K");
    }
}

/// A length of time, as people say it.
pub fn time(length: Duration) -> String {
    let seconds = length.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", length.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        _ => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_people_say_them() {
        assert_eq!(time(Duration::from_millis(340)), "0.3 s");
        assert_eq!(time(Duration::from_secs(42)), "42 s");
        assert_eq!(time(Duration::from_secs(125)), "2 min 05 s");
    }
}
