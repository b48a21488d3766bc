//! Speed of the pure rules; `cargo xtask bench` runs it.

use std::hint::black_box;
use std::io::{self, Write, stdout};
use std::time::{Duration, Instant};
use vestibule_model::observed::{Observed, Probe, Runner, Volume};
use vestibule_model::reconcile::{Cadence, DesiredRun, Subject, reconcile};
use vestibule_model::replay::replay;
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::transition::{NewTransition, Transition};
use vestibule_model::workbench::{Desired, WorkbenchStatus};

/// Number of repetitions; the median is printed, with the extremes.
const ROUNDS: usize = 15;
/// Minimum duration of a round.
const ROUND: Duration = Duration::from_millis(150);
/// Number of entries of the replayed journal.
const JOURNAL: u64 = 100_000;

fn main() -> io::Result<()> {
    let subject = subject();
    let start_observations = start_observations();
    let ready = journal_of(&subject, &start_observations).0;
    let last = &start_observations[start_observations.len() - 1];
    let rates = rates(1, || {
        black_box(reconcile_at(
            black_box(&subject),
            black_box(&ready),
            last,
            60,
        ));
    });
    print_rates("Reconcile, a steady workbench, a second a core", &rates)?;

    let rounds = u32::try_from(start_observations.len()).unwrap_or(u32::MAX);
    let rates = self::rates(rounds, || {
        black_box(journal_of(
            black_box(&subject),
            black_box(&start_observations),
        ));
    });
    print_rates("Reconcile, a whole start, rounds a second a core", &rates)?;

    let journal = journal(journal_of(&subject, &start_observations).1);
    let entries = u32::try_from(JOURNAL).unwrap_or(u32::MAX);
    let rates = self::rates(entries, || {
        black_box(replay(black_box(&journal)));
    });
    print_rates("Replay of 100,000 entries, entries a second", &rates)?;
    let mut times: Vec<f64> = rates
        .iter()
        .map(|rate| 1e3 * f64::from(entries) / rate)
        .collect();
    times.sort_by(f64::total_cmp);
    let middle = times[times.len() / 2];
    writeln!(
        stdout(),
        "{:50} {middle:.1} ms",
        "Replay of 100,000 entries"
    )
}

/// Returns a workbench that should run, with time for its start.
fn subject() -> Subject {
    Subject {
        generation: 1,
        spec_generation: 1,
        desired: Desired::Running,
        deleting: false,
        run: Some(DesiredRun {
            number: 1,
            generation: 1,
            asked_at: at(0),
            start_deadline: at(300),
            active_deadline: Some(Millis::from_secs(28_800)),
            idle_timeout: Some(Millis::from_secs(3_600)),
        }),
    }
}

/// Returns the observations of a start, from the command to the first response.
fn start_observations() -> Vec<Observed> {
    let prepared = Observed {
        volume: Volume::Bound,
        ..Observed::default()
    };
    let job_name = "wb-7k2m9x4q-run-1".to_owned();
    let starting = Observed {
        runner: Runner::Starting {
            job_name: job_name.clone(),
        },
        ..prepared.clone()
    };
    let silent = Observed {
        runner: Runner::Running {
            pod_name: format!("{job_name}-pid-4711"),
            job_name,
            started_at: at(1),
            restarted: None,
            note: None,
        },
        probe: Probe::Failed("Connection refused.".to_owned()),
        ..prepared.clone()
    };
    let answering = Observed {
        probe: Probe::Succeeded,
        ..silent.clone()
    };
    vec![
        Observed::default(),
        prepared,
        starting,
        silent.clone(),
        silent,
        answering,
    ]
}

/// Performs a start up to Ready; returns its journal.
fn journal_of(
    subject: &Subject,
    start_observations: &[Observed],
) -> (WorkbenchStatus, Vec<NewTransition>) {
    let mut status = WorkbenchStatus::default();
    let mut journal = Vec::new();
    for (second, observed) in (0..).zip(start_observations) {
        let outcome = reconcile_at(subject, &status, observed, second);
        status = outcome.status;
        journal.extend(outcome.transitions);
    }
    (status, journal)
}

fn reconcile_at(
    subject: &Subject,
    status: &WorkbenchStatus,
    observed: &Observed,
    second: i64,
) -> vestibule_model::reconcile::Outcome {
    reconcile(subject, status, observed, &Cadence::default(), at(second))
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000) + Millis::from_secs(second)
}

/// Repeats the start into one long journal.
fn journal(entries: Vec<NewTransition>) -> Vec<Transition> {
    let entries = entries.into_iter().cycle();
    (1..=JOURNAL)
        .zip(entries)
        .map(|(seq, new)| {
            let at = Timestamp::from_millis(i64::try_from(seq).unwrap_or(i64::MAX));
            new.numbered(seq, "run-bcdfghjk".into(), at)
        })
        .collect()
}

/// Returns how often a second `work` can be done, which does `steps` at once; one figure a round,
/// sorted.
fn rates(steps: u32, mut work: impl FnMut()) -> Vec<f64> {
    let mut round = || {
        let (began, busy) = (Instant::now(), on_a_core());
        let mut times = 0_u32;
        while began.elapsed() < ROUND {
            for _ in 0..16 {
                work();
                if steps > 1_000 {
                    // Long enough to be measured.
                    break;
                }
            }
            times += if steps > 1_000 { 1 } else { 16 };
        }
        let seconds = match (busy, on_a_core()) {
            (Some(before), Some(after)) if after > before => (after - before) / 1e9,
            _ => began.elapsed().as_secs_f64(),
        };
        f64::from(times) * f64::from(steps) / seconds
    };
    round();
    let mut rates: Vec<f64> = (0..ROUNDS).map(|_| round()).collect();
    rates.sort_by(f64::total_cmp);
    rates
}

/// Returns the processor time of this program in nanoseconds, where the system reports it, so that
/// other programs affect the figures less.
fn on_a_core() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

fn print_rates(what: &str, rates: &[f64]) -> io::Result<()> {
    let figure = |index: usize| rates.get(index).map_or(0.0, |rate| rate / 1e3);
    writeln!(
        stdout(),
        "{what:50} {:.0} thousand (from {:.0} to {:.0}, of {})",
        figure(rates.len() / 2),
        figure(0),
        figure(rates.len().saturating_sub(1)),
        rates.len()
    )
}
