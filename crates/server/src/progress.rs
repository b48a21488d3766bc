//! Progress messages of runs: rate limit and redaction.

use crate::diagnostics::{MARK, Redactor};
use secrecy::{ExposeSecret as _, SecretString};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use vestibule_model::ids::RunId;
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::validation::is_hostile;

/// The longest message, in characters.
pub const MAX_CHARS: usize = 500;
/// Messages that a run may send at once.
pub const BURST: u32 = 20;
/// Time until a run that has sent that many may send one more.
pub const EVERY: Millis = Millis(2_000);

/// Shorter values would match parts of ordinary words.
const MIN_KNOWN: usize = 4;
/// Minimum length of a line of a multi-line secret for redaction; shorter lines are often ordinary
/// words.
const MIN_LINE: usize = 6;
/// Most runs in memory; silent runs are evicted first.
const MAX_KEPT: usize = 10_000;

/// Rate limit of messages, by run.
#[derive(Debug, Default)]
pub struct Reports(Mutex<HashMap<RunId, Timestamp>>);

impl Reports {
    /// Counts a message. The error is the number of seconds to wait after too many.
    ///
    /// The counter keeps the time until which the run's messages count, each for [`EVERY`] (the generic cell
    /// rate algorithm, ITU-T I.371). The clock is the server's, which tests set.
    pub fn attempt(&self, run: &RunId, now: Timestamp) -> Result<(), u64> {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if runs.len() >= MAX_KEPT {
            runs.retain(|_, settled| *settled > now);
        }
        let allowance = Millis(EVERY.0 * i64::from(BURST));
        // A clock that was set back must not shut a run out for long.
        let settled = runs
            .get(run)
            .map_or(now, |settled| (*settled).max(now).min(now + allowance));
        let after = settled + EVERY;
        let over = after.since(now).0 - allowance.0;
        if over > 0 {
            return Err(u64::try_from(over).unwrap_or(0).div_ceil(1000));
        }
        runs.insert(run.clone(), after);
        Ok(())
    }
}

/// Returns the message on one line, without control characters, the token and the values of
/// secrets.
pub fn clean(message: &str, secrets: &[SecretString], token: &str) -> String {
    let mut text = on_one_line(message);
    let mut known: Vec<String> = secrets
        .iter()
        .flat_map(|value| {
            let value = value.expose_secret();
            // A message may quote one line of a secret that has several.
            let lines = value.lines().filter(|line| line.len() >= MIN_LINE);
            std::iter::once(value)
                .chain(lines)
                .map(on_one_line)
                .collect::<Vec<_>>()
        })
        .chain([token.to_owned()])
        .filter(|value| value.len() >= MIN_KNOWN)
        .collect();
    // The longest first, since a value may be a part of another.
    known.sort_by_key(|value| std::cmp::Reverse(value.len()));
    for value in &known {
        text = text.replace(value.as_str(), MARK);
    }
    Redactor::default().clean(&text)
}

/// Replaces control characters, line ends and what turns the direction of writing by single blanks.
fn on_one_line(text: &str) -> String {
    let blanked: String = text
        .chars()
        .map(|c| if is_hostile(c) { ' ' } else { c })
        .collect();
    blanked.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_with_too_many_messages_has_to_wait() {
        let (reports, run) = (Reports::default(), RunId::from("run-1"));
        let start = Timestamp::from_millis(1_000_000);
        for _ in 0..BURST {
            assert_eq!(reports.attempt(&run, start), Ok(()));
        }
        assert_eq!(reports.attempt(&run, start), Err(2));
        assert_eq!(reports.attempt(&RunId::from("run-2"), start), Ok(()));
        assert_eq!(reports.attempt(&run, start + EVERY), Ok(()));
        assert_eq!(reports.attempt(&run, start + EVERY), Err(2));
        let later = start + Millis::from_secs(3600);
        for _ in 0..BURST {
            assert_eq!(reports.attempt(&run, later), Ok(()));
        }
        assert!(reports.attempt(&run, later).is_err());
        // The clock was set back by an hour: the run waits no longer than ever.
        assert_eq!(reports.attempt(&run, start), Err(2));
    }

    /// Security review, finding 27.
    #[test]
    fn secrets_are_taken_out_also_where_they_were_broken_up() {
        let secrets = [
            SecretString::from("hunter2"),
            SecretString::from("two\nlines here"),
        ];
        let line = clean("only lines here of it", &secrets, "tok-abc");
        assert_eq!(line, format!("only {MARK} of it"));
        let message = clean(
            "with hunter2,\ttwo\nlines here\u{7} and tok-abc",
            &secrets,
            "tok-abc",
        );
        assert_eq!(message, format!("with {MARK}, {MARK} and {MARK}"));
        assert_eq!(clean(" \n\t\0 ", &[], "tok-abc"), "");
        // Security review, finding 28.
        assert_eq!(clean("abc\u{202e}gpj.exe", &[], "tok-abc"), "abc gpj.exe");
        assert_eq!(
            clean("Loading 日本語 🙂 3/7", &[], "tok-abc"),
            "Loading 日本語 🙂 3/7"
        );
    }
}
