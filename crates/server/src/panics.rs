//! Report of panics: one line, also for people who do not develop the program.

use std::io::{self, Write as _};
use std::panic::PanicHookInfo;

/// Reports panics in one line from now on, unless a backtrace is asked for.
pub fn report_in_one_line() {
    if std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0") {
        return;
    }
    std::panic::set_hook(Box::new(|info| {
        // `eprintln!` panics where stderr is closed.
        let _ = writeln!(io::stderr(), "vestibule: {}", line(info));
    }));
}

fn line(info: &PanicHookInfo<'_>) -> String {
    let message = info.payload_as_str().unwrap_or("an unknown fault");
    let place = info.location().map(ToString::to_string);
    sentence(message, &place.unwrap_or_default())
}

/// Returns the line about a panic with this message. A system that starts no more threads is no fault of the
/// program, although the libraries panic then.
fn sentence(message: &str, place: &str) -> String {
    let message = message.lines().collect::<Vec<_>>().join(" ");
    let is_about_threads = message.contains("spawn") && message.contains("thread");
    if is_about_threads {
        return format!(
            "the system starts no more threads ({message}); raise the limit of processes of this user or service \
             (`ulimit -u`, `TasksMax=` of systemd, the limit of the container)"
        );
    }
    format!("a fault of the program at {place}: {message}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Faults, RL.
    #[test]
    fn lack_of_threads_names_the_limit_and_a_fault_its_place() {
        for message in [
            "failed to spawn thread: Os { code: 11, kind: WouldBlock, message: \"Resource temporarily unavailable\" }",
            "OS can't spawn worker thread: Resource temporarily unavailable (os error 11)",
        ] {
            let told = sentence(message, "lib.rs:1:1");
            assert!(
                told.contains("TasksMax=") && !told.contains("BACKTRACE"),
                "{told}"
            );
        }
        let told = sentence("index out of\nbounds", "src/x.rs:3:4");
        assert_eq!(
            told,
            "a fault of the program at src/x.rs:3:4: index out of bounds"
        );
    }
}
