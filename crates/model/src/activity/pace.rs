//! How often builds are asked about: a rule of what a question about builds can tell, judged anew
//! at each answer. What came first when a page began must not decide how it goes on.

use super::{Activity, Stage};
use crate::build::Build;
use crate::poll::Pace;

impl Activity {
    /// Busy while a build has not ended, or a start waits for one that no answer could have told
    /// of yet; anybody's. What else goes on is no business of builds.
    pub fn pace_of_builds(&self) -> Pace {
        let waits = self.runs.heard().any(|(run, heard)| {
            let build = run.build_id.as_ref();
            Stage::of_run(run).is_start()
                && build.is_some_and(|build| self.builds.may_be_told(build, heard))
        });
        if waits || self.builds.all().any(Build::is_open) {
            Pace::Busy
        } else {
            Pace::Steady
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{activity, build, builds, run, snapshot, update};
    use super::super::{Input, JobKey, Label, Registry};
    use super::*;
    use crate::build::BuildStatus;
    use crate::fixtures::{BEGIN, at};
    use crate::ids::BuildId;
    use crate::poll::{self, Command, Policy, Poller, RequestId};
    use crate::run::{Run, RunStatus};
    use crate::time::{Millis, Timestamp};

    fn waiting(number: u64, build: &str, last_seq: u64) -> Run {
        Run {
            build_id: Some(BuildId::new(build)),
            ..run(number, RunStatus::Pending, last_seq)
        }
    }

    #[test]
    fn only_what_a_build_poll_can_tell_is_asked_about_often() {
        let mut activity = activity();
        let mut pace_after = |input| {
            activity.take(input, BEGIN);
            activity.pace_of_builds()
        };
        // A plain start, one that waits for a person, and what this page knows by itself.
        let starts = vec![run(1, RunStatus::Pending, 1), run(2, RunStatus::Running, 1)];
        assert_eq!(pace_after(snapshot(2, starts)), Pace::Steady);
        let held = Run {
            cause: Some("SecretMissing".to_owned()),
            ..run(3, RunStatus::Pending, 3)
        };
        assert_eq!(pace_after(update(held)), Pace::Steady);
        let mut own = Registry::new();
        own.register(JobKey::new("run:run-9"), Label::Starting, 0, None, BEGIN);
        assert_eq!(pace_after(Input::Own(own)), Pace::Steady);

        for (status, pace) in [
            (BuildStatus::Pending, Pace::Busy),
            (BuildStatus::Running, Pace::Busy),
            (BuildStatus::Succeeded, Pace::Steady),
        ] {
            let told = builds(1, vec![build(1, status)]);
            assert_eq!(pace_after(told), pace);
        }
        // Its build has ended: what the start waits for now, no build tells.
        assert_eq!(pace_after(update(waiting(4, "bld-1", 5))), Pace::Steady);
    }

    #[test]
    fn a_build_that_a_start_waits_for_is_looked_for_once() {
        let mut activity = activity();
        let first = activity.ask();
        activity.take(builds(first, Vec::new()), BEGIN);
        activity.take(update(waiting(1, "bld-1", 2)), BEGIN);
        assert_eq!(activity.pace_of_builds(), Pace::Busy, "nothing told of it");
        let mut unseen = activity.clone();
        let second = activity.ask();
        activity.take(builds(second, vec![build(1, BuildStatus::Running)]), BEGIN);
        assert_eq!(activity.pace_of_builds(), Pace::Busy);
        // Where the answer has no such build, or is the same as before, asking on tells nothing.
        let second = unseen.ask();
        unseen.take(Input::SameBuilds { asked: second }, BEGIN);
        assert_eq!(unseen.pace_of_builds(), Pace::Steady);
    }

    /// What a window hears within its first moment, by when.
    #[derive(Debug, Clone, Copy)]
    struct Window {
        runs: i64,
        builds: i64,
        random: f64,
    }

    impl Window {
        /// Each moment at which it asks about builds within so many seconds, while the stream is
        /// live. The build under way ends after 20 s; an answer takes as long as the first did.
        fn asks(self, seconds: i64, with_build: bool) -> Vec<i64> {
            let policy = Policy {
                interval: Millis::from_secs(5),
                watch_interval: Millis::from_secs(5),
                safety: 12,
                ..Policy::default()
            };
            let mut poller = Poller::new(policy, at(0));
            let mut activity = activity();
            let (mut due, mut asked) = (at(0), 0);
            let mut answer_at: Option<(u64, RequestId, Timestamp)> = None;
            let mut asks = Vec::new();
            let mut shown = None;
            for millis in (0..seconds * 1_000).step_by(10) {
                let now = at(millis);
                if millis == 20 {
                    // It is being asked: nothing is to be done now.
                    poller.step(poll::Input::Covered(true), now, self.random);
                }
                if millis == self.runs {
                    // Starts that do not get on, of which the stream tells.
                    let held = Run {
                        cause: Some("Unschedulable".to_owned()),
                        ..run(1, RunStatus::Pending, 1)
                    };
                    activity.take(snapshot(2, vec![held, run(2, RunStatus::Pending, 1)]), now);
                }
                let obey = |command: Command, asks: &mut Vec<i64>, activity: &mut Activity| {
                    let answer = command.fetch.map(|id| {
                        asks.push(millis);
                        (activity.ask(), id, now + Millis(self.builds))
                    });
                    (
                        answer,
                        command
                            .wake_after
                            .map_or(at(i64::MAX / 4), |after| now + after),
                    )
                };
                if let Some((number, id, _)) = answer_at.filter(|(.., at)| *at <= now) {
                    asked = number;
                    let status = match with_build {
                        true if millis < 20_000 => BuildStatus::Running,
                        _ => BuildStatus::Succeeded,
                    };
                    let is_same = shown.as_ref() == Some(&status);
                    shown = Some(status.clone());
                    let input = if is_same {
                        Input::SameBuilds { asked }
                    } else {
                        builds(asked, vec![build(1, status)])
                    };
                    activity.take(input, now);
                    let answered = poll::Input::Answered {
                        id,
                        pace: activity.pace_of_builds(),
                        deadline: None,
                    };
                    answer_at = None;
                    let command = poller.step(answered, now, self.random);
                    (_, due) = obey(command, &mut asks, &mut activity);
                } else if due <= now && answer_at.is_none() {
                    let command = poller.step(poll::Input::Wake, now, self.random);
                    (answer_at, due) = obey(command, &mut asks, &mut activity);
                }
            }
            assert!(asked > 0, "it was answered");
            asks
        }
    }

    /// Windows of all kinds of first moments: the stream before the answer, after it, and never.
    fn windows() -> impl Iterator<Item = Window> {
        let moments = [
            (50, 200),
            (200, 50),
            (120, 120),
            (3_000, 50),
            (i64::MAX, 50),
        ];
        moments.into_iter().flat_map(|(runs, builds)| {
            [0.0, 0.5, 1.0].map(|random| Window {
                runs,
                builds,
                random,
            })
        })
    }

    #[test]
    fn windows_rest_where_no_build_is_under_way_whatever_they_heard_first() {
        for window in windows() {
            let asks = window.asks(45, false);
            assert_eq!(asks, [0], "{window:?}");
        }
    }

    #[test]
    fn windows_ask_while_a_build_is_under_way_and_rest_once_it_has_ended() {
        for window in windows() {
            let asks = window.asks(60, true);
            let (during, after): (Vec<i64>, Vec<i64>) = asks.iter().partition(|at| **at < 20_000);
            assert!((4..=6).contains(&during.len()), "{window:?}: {asks:?}");
            assert_eq!(
                after.len(),
                1,
                "it sees the end, and rests, {window:?}: {asks:?}"
            );
        }
    }
}
