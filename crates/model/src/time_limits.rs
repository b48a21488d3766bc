//! Default and longest times of runs and of idleness, per installation and per workspace.

use crate::duration::humanize;
use crate::problem::FieldError;
use crate::time::Millis;
use crate::workbench::WorkbenchSpec;
use serde::{Deserialize, Deserializer, Serialize};

/// Times that an administrator sets, in seconds; `None`: none is set. A body must name all of them, so
/// that a missing field wipes nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TimeLimits {
    /// Time limit of a run whose workbench names none.
    #[serde(deserialize_with = "present")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub run_default_seconds: Option<u32>,
    /// Longest time limit of a run.
    #[serde(deserialize_with = "present")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub run_max_seconds: Option<u32>,
    /// Time without use after which a run is stopped, where its workbench names none.
    #[serde(deserialize_with = "present")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub idle_default_seconds: Option<u32>,
    /// Longest time without use.
    #[serde(deserialize_with = "present")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub idle_max_seconds: Option<u32>,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    Option::deserialize(deserializer)
}

/// Response of `GET /api/workspaces/{id}/limits`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceLimits {
    /// Set for the workspace.
    pub own: TimeLimits,
    /// Set for the installation.
    pub installation: TimeLimits,
    /// In force: the workspace's where it sets any, and never above the installation's maxima.
    pub effective: TimeLimits,
}

impl WorkspaceLimits {
    /// Combines the limits of a workspace with those of the installation.
    pub fn new(own: TimeLimits, installation: TimeLimits) -> Self {
        let lower = |one: Option<u32>, other: Option<u32>| one.into_iter().chain(other).min();
        let usual = |own: Option<u32>, all: Option<u32>, max: Option<u32>| {
            let seconds = own.or(all)?;
            Some(max.map_or(seconds, |max| seconds.min(max)))
        };
        let run_max = lower(own.run_max_seconds, installation.run_max_seconds);
        let idle_max = lower(own.idle_max_seconds, installation.idle_max_seconds);
        Self {
            own,
            installation,
            effective: TimeLimits {
                run_default_seconds: usual(
                    own.run_default_seconds,
                    installation.run_default_seconds,
                    run_max,
                ),
                run_max_seconds: run_max,
                idle_default_seconds: usual(
                    own.idle_default_seconds,
                    installation.idle_default_seconds,
                    idle_max,
                ),
                idle_max_seconds: idle_max,
            },
        }
    }
}

impl TimeLimits {
    /// Returns the time limit of a run for a workbench that names none, or `None`.
    pub fn usual_run(&self) -> Option<u32> {
        self.run_default_seconds.or(self.run_max_seconds)
    }

    /// Returns the idle time for a workbench that names none, or `None`.
    pub fn usual_idle(&self) -> Option<u32> {
        self.idle_default_seconds.or(self.idle_max_seconds)
    }

    /// Returns what is wrong with limits that an administrator sets; `above` are those of the
    /// installation, for a workspace.
    pub fn check(&self, above: Option<&Self>) -> Vec<FieldError> {
        let all = [
            (
                "runDefaultSeconds",
                self.run_default_seconds,
                self.run_max_seconds,
            ),
            (
                "idleDefaultSeconds",
                self.idle_default_seconds,
                self.idle_max_seconds,
            ),
            (
                "runMaxSeconds",
                self.run_max_seconds,
                above.and_then(|a| a.run_max_seconds),
            ),
            (
                "idleMaxSeconds",
                self.idle_max_seconds,
                above.and_then(|a| a.idle_max_seconds),
            ),
        ];
        let problem = |(field, seconds, max): (&'static str, Option<u32>, Option<u32>)| {
            let message = match (seconds?, max) {
                (0, _) => "Use at least 1 second, or leave it empty.".to_owned(),
                (seconds, Some(max)) if seconds > max => {
                    format!("Use at most {}, the maximum.", length(max))
                }
                _ => return None,
            };
            Some(FieldError::new(field, message))
        };
        all.into_iter().filter_map(problem).collect()
    }

    /// Returns what is wrong with the times of a spec: they are above a maximum, or not limited.
    pub fn problems(&self, spec: &WorkbenchSpec) -> Vec<FieldError> {
        let problem = |(field, seconds, max): (&str, Option<u32>, Option<u32>)| {
            let max = max.filter(|max| seconds.is_none_or(|seconds| seconds > *max))?;
            let message = format!(
                "Use at most {}: an administrator allows no longer time.",
                length(max)
            );
            Some(FieldError::new(field, message))
        };
        let times = [
            (
                "spec.activeDeadlineSeconds",
                spec.active_deadline_seconds,
                self.run_max_seconds,
            ),
            (
                "spec.idleTimeoutSeconds",
                spec.idle_timeout_seconds,
                self.idle_max_seconds,
            ),
        ];
        times.into_iter().filter_map(problem).collect()
    }

    /// Lowers the times of a spec to the maxima. Returns a sentence about what was lowered, or `None`
    /// if nothing was.
    pub fn limit(&self, spec: &mut WorkbenchSpec) -> Option<String> {
        let lowered = self.lower(spec)?;
        Some(format!(
            "This run is stopped {lowered}, the longest time that an administrator allows."
        ))
    }

    /// Returns a sentence about the times of a spec that the next run does not get, or `None` if it
    /// gets them.
    pub fn coming(&self, spec: &WorkbenchSpec) -> Option<String> {
        let lowered = self.lower(&mut spec.clone())?;
        Some(format!(
            "The next run is stopped {lowered}, the longest time that an administrator allows."
        ))
    }

    /// Lowers the times of a spec to the maxima; returns which, or `None`.
    fn lower(&self, spec: &mut WorkbenchSpec) -> Option<String> {
        let mut lowered = Vec::new();
        for (seconds, max, what) in [
            (
                &mut spec.active_deadline_seconds,
                self.run_max_seconds,
                "after",
            ),
            (
                &mut spec.idle_timeout_seconds,
                self.idle_max_seconds,
                "when idle for",
            ),
        ] {
            if let Some(max) = max
                && seconds.is_none_or(|seconds| seconds > max)
            {
                *seconds = Some(max);
                lowered.push(format!("{what} {}", length(max)));
            }
        }
        (!lowered.is_empty()).then(|| lowered.join(" and "))
    }
}

fn length(seconds: u32) -> String {
    humanize(Millis::from_secs(i64::from(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(run: [Option<u32>; 2], idle: [Option<u32>; 2]) -> TimeLimits {
        TimeLimits {
            run_default_seconds: run[0],
            run_max_seconds: run[1],
            idle_default_seconds: idle[0],
            idle_max_seconds: idle[1],
        }
    }

    fn spec(run: Option<u32>, idle: Option<u32>) -> WorkbenchSpec {
        WorkbenchSpec {
            active_deadline_seconds: run,
            idle_timeout_seconds: idle,
            ..WorkbenchSpec::default()
        }
    }

    #[test]
    fn a_workspace_is_never_above_the_installation() {
        let installation = limits([Some(600), Some(3_600)], [Some(60), None]);
        let of = |own| WorkspaceLimits::new(own, installation).effective;
        assert_eq!(of(TimeLimits::default()), installation);
        let own = limits([Some(7_200), Some(7_200)], [None, Some(30)]);
        assert_eq!(
            of(own),
            limits([Some(3_600), Some(3_600)], [Some(30), Some(30)])
        );
        let own = limits([None, Some(300)], [Some(90), None]);
        assert_eq!(of(own), limits([Some(300), Some(300)], [Some(90), None]));
    }

    #[test]
    fn a_spec_above_a_maximum_is_refused_and_limited() {
        let all = limits([None, Some(3_600)], [None, Some(600)]);
        assert_eq!(all.problems(&spec(Some(3_600), Some(600))), []);
        let found = all.problems(&spec(Some(3_601), None));
        assert_eq!(found.len(), 2, "no limit is above every maximum");
        assert_eq!(found[0].field, "spec.activeDeadlineSeconds");
        assert!(found[0].message.contains("Use at most 1 h"), "{found:?}");
        let mut before = spec(Some(7_200), Some(60));
        let coming = all.coming(&before).expect("it will be limited");
        assert!(
            coming.starts_with("The next run is stopped after 1 h, the"),
            "{coming}"
        );
        let text = all.limit(&mut before).expect("it is limited");
        assert_eq!(before, spec(Some(3_600), Some(60)));
        assert!(text.starts_with("This run is stopped after 1 h"), "{text}");
        assert_eq!(all.limit(&mut before), None);
        assert_eq!(all.coming(&before), None);
        assert_eq!(TimeLimits::default().limit(&mut spec(None, None)), None);
    }

    #[test]
    fn a_default_is_not_above_its_maximum() {
        let fields = |limits: TimeLimits, above| {
            let found = limits.check(above).into_iter();
            found.map(|error| error.field).collect::<Vec<_>>()
        };
        let odd = limits([Some(61), Some(60)], [Some(0), None]);
        assert_eq!(
            fields(odd, None),
            ["runDefaultSeconds", "idleDefaultSeconds"]
        );
        let above = limits([None, Some(30)], [None, None]);
        let own = limits([None, Some(60)], [None, Some(60)]);
        assert_eq!(fields(own, Some(&above)), ["runMaxSeconds"]);
        assert_eq!(fields(own, None), Vec::<String>::new());
    }

    #[test]
    fn a_missing_field_is_no_wish_to_remove_a_limit() {
        let whole = r#"{"runDefaultSeconds":null,"runMaxSeconds":60,"idleDefaultSeconds":null,"idleMaxSeconds":null}"#;
        let read = serde_json::from_str::<TimeLimits>(whole).expect("limits");
        assert_eq!(read, limits([None, Some(60)], [None, None]));
        assert!(serde_json::from_str::<TimeLimits>(r#"{"runMaxSeconds":60}"#).is_err());
    }
}
