//! Steps of `cargo xtask test`, and the arguments that select them.

use anyhow::{Result, bail};

/// Steps in their order; quick ones come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Fmt,
    Clippy,
    Doc,
    Deny,
    Cycles,
    Native,
    Kubernetes,
    Wasm,
    Size,
    E2e,
    Monkey,
    Attacks,
    Fuzz,
    Firefox,
    Upgrade,
    Apps,
}

impl Step {
    /// Returns `true` if the step drives the console in a browser.
    pub(super) fn drives_console(self) -> bool {
        match self {
            Self::Size | Self::E2e | Self::Monkey | Self::Attacks => true,
            Self::Kubernetes | Self::Firefox | Self::Upgrade | Self::Apps => true,
            Self::Fmt | Self::Clippy | Self::Doc | Self::Deny | Self::Cycles => false,
            Self::Native | Self::Wasm | Self::Fuzz => false,
        }
    }
}

/// Steps of a run without arguments.
const ALL: [Named; 13] = [
    ("fmt", Step::Fmt),
    ("clippy", Step::Clippy),
    ("doc", Step::Doc),
    ("deny", Step::Deny),
    ("cycles", Step::Cycles),
    ("native", Step::Native),
    ("fuzz", Step::Fuzz),
    ("wasm", Step::Wasm),
    ("size", Step::Size),
    ("e2e", Step::E2e),
    ("attacks", Step::Attacks),
    ("kubernetes", Step::Kubernetes),
    ("firefox", Step::Firefox),
];

/// Steps that run only with `--long` or by name.
const LONG: [Named; 3] = [
    ("monkey", Step::Monkey),
    ("upgrade", Step::Upgrade),
    ("apps", Step::Apps),
];

/// A step and its name.
pub(super) type Named = (&'static str, Step);

/// The parsed arguments of `cargo xtask test`.
pub(super) struct Chosen {
    /// The steps, in their order.
    pub steps: Vec<Named>,
    /// Parts of the names of tests to run; all if there are none.
    pub filters: Vec<String>,
    /// `true` if tests that take long run as well.
    pub long: bool,
}

/// Parses the arguments; those after `e2e` or `kubernetes` select its tests.
pub(super) fn choose(args: &[String]) -> Result<Chosen> {
    let mut steps = Vec::new();
    let mut filters = Vec::new();
    let mut long = false;
    for arg in args {
        match ALL.iter().chain(&LONG).find(|(name, _)| name == arg) {
            Some(step) => steps.push(*step),
            None if arg == "--long" => long = true,
            None if matches!(steps.last(), Some((_, Step::E2e | Step::Kubernetes))) => {
                filters.push(arg.clone());
            }
            None => {
                let names: Vec<&str> = ALL.iter().chain(&LONG).map(|(name, _)| *name).collect();
                bail!("unknown step `{arg}`; there are {}", names.join(", "));
            }
        }
    }
    if steps.is_empty() {
        steps = ALL.to_vec();
        if long {
            steps.extend(LONG);
        }
    }
    Ok(Chosen {
        steps,
        filters,
        long,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_select_steps_and_after_e2e_tests() {
        let args = |text: &str| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
        let chosen = choose(&args("fmt --long e2e sign")).unwrap();
        assert_eq!(chosen.steps, [("fmt", Step::Fmt), ("e2e", Step::E2e)]);
        assert_eq!(chosen.filters, ["sign"]);
        assert!(chosen.long);
        assert!(choose(&args("fmt sign")).is_err());
        let all = choose(&[]).unwrap();
        assert_eq!((all.steps.len(), all.long), (ALL.len(), false));
        let long = choose(&args("--long")).unwrap();
        assert_eq!(long.steps.len(), ALL.len() + LONG.len());
    }
}
