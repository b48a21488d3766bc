//! Will it start? What can be said before a workbench is made, in the words that would be used
//! while it starts: the same causes, by the same keys.

mod report;

pub use report::{Build, Preflight, Surroundings, Told};

use crate::app::App;
use crate::causes::{Cause, for_reason};
use crate::names::{check_name, check_spec};
use crate::reason;
use crate::sorting::sort_by;
use crate::workbench::WorkbenchSpec;

/// What is asked for, and what is known of where it is to run. What is not known is not guessed.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The name, as it was typed.
    pub name: &'a str,
    /// The app's name; empty while none is chosen.
    pub app: &'a str,
    /// What is wanted of it.
    pub spec: &'a WorkbenchSpec,
    /// The catalogue; none while it is not known.
    pub catalogue: Option<&'a [App]>,
    /// The names of the workspace's secrets; none while they are not known, or may not be.
    pub secrets: Option<&'a [String]>,
    /// The names of the workspace's other workbenches.
    pub other_names: &'a [String],
    /// Whether there is room.
    pub room: Room<'a>,
}

/// Whether there is room for another workbench.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room<'a> {
    /// Not known.
    Unknown,
    /// There is.
    Free,
    /// There is not, and why.
    Full(&'a str),
}

/// Something that speaks against the start, or is good to know before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The field it is about, as the server names fields: `name`, `app`, `spec.env.PATH`.
    pub field: String,
    /// What comes of it.
    pub effect: Effect,
    /// What it is, who can fix it and what to do.
    pub cause: Cause,
}

/// What comes of a finding; the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// The server will not take it like this.
    Refused,
    /// The start will fail.
    Fails,
    /// The start will wait until somebody has done something.
    Waits,
    /// It starts all the same.
    Harmless,
}

/// The answer to "will it start?".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing speaks against it.
    Starts,
    /// It starts once what it waits for has been done.
    StartsLater,
    /// It fails.
    Fails,
    /// It cannot be made like this.
    Refused,
    /// What it would need to know is not known yet.
    Unknown,
}

impl Effect {
    /// The word for it on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Fails => "fails",
            Self::Waits => "waits",
            Self::Harmless => "harmless",
        }
    }
}

impl Verdict {
    /// The word for it on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Starts => "starts",
            Self::StartsLater => "startsLater",
            Self::Fails => "fails",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }

    /// In one sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Starts => "Nothing speaks against its start.",
            Self::StartsLater => "It can be made now, and starts once what it waits for is there.",
            Self::Fails => "It can be made now, and its start will fail.",
            Self::Refused => "It cannot be made like this.",
            Self::Unknown => "Whether it will start is not known yet.",
        }
    }
}

/// Everything that is to be said, the worst first; among equals in the order of the form.
pub fn findings(asked: &Asked<'_>) -> Vec<Finding> {
    let mut all = Vec::new();
    name(asked, &mut all);
    app(asked, &mut all);
    spec(asked.spec, &mut all);
    secrets(asked, &mut all);
    if let Room::Full(why) = asked.room {
        all.push(finding("app", Effect::Waits, reason::UNSCHEDULABLE, why));
    }
    sort_by(&mut all, |a, b| a.effect.cmp(&b.effect));
    all
}

/// The answer, from what was found and from what is not known.
pub fn verdict(asked: &Asked<'_>, findings: &[Finding]) -> Verdict {
    let worst = findings.iter().map(|finding| finding.effect).min();
    let lacks_secrets = !asked.spec.secrets.is_empty() && asked.secrets.is_none();
    match worst {
        Some(Effect::Refused) => Verdict::Refused,
        Some(Effect::Fails) => Verdict::Fails,
        _ if asked.catalogue.is_none() || lacks_secrets => Verdict::Unknown,
        Some(Effect::Waits) => Verdict::StartsLater,
        Some(Effect::Harmless) | None => Verdict::Starts,
    }
}

fn finding(field: &str, effect: Effect, reason: &str, message: &str) -> Finding {
    Finding {
        field: field.to_owned(),
        effect,
        cause: for_reason(reason, message),
    }
}

fn name(asked: &Asked<'_>, all: &mut Vec<Finding>) {
    let name = match check_name("name", asked.name) {
        Ok(name) => name,
        Err(error) => {
            all.push(finding(
                "name",
                Effect::Refused,
                "NameUnfit",
                &error.message,
            ));
            return;
        }
    };
    let twin = asked
        .other_names
        .iter()
        .find(|other| report::is_same_name(other, &name));
    if let Some(twin) = twin {
        let message = ["\u{201c}", twin.trim(), "\u{201d} is there already."].concat();
        all.push(finding("name", Effect::Harmless, "NameTaken", &message));
    }
}

fn app(asked: &Asked<'_>, all: &mut Vec<Finding>) {
    if asked.app.is_empty() {
        let message = "Choose an app.";
        all.push(finding("app", Effect::Refused, "SettingsUnfit", message));
        return;
    }
    let Some(catalogue) = asked.catalogue else {
        return;
    };
    let Some(app) = catalogue.iter().find(|app| app.name == asked.app) else {
        let message = reason::sentence(reason::INVALID_IMAGE_NAME);
        all.push(finding(
            "app",
            Effect::Refused,
            reason::INVALID_IMAGE_NAME,
            message,
        ));
        return;
    };
    if !app.available {
        let given = app.unavailable_reason.as_deref().filter(|s| !s.is_empty());
        let message = given.unwrap_or(reason::sentence(reason::ERR_IMAGE_PULL));
        all.push(finding(
            "app",
            Effect::Fails,
            reason::ERR_IMAGE_PULL,
            message,
        ));
    } else if app.needs_build && !app.built {
        all.push(finding("app", Effect::Harmless, reason::BUILDING, ""));
    }
}

fn spec(spec: &WorkbenchSpec, all: &mut Vec<Finding>) {
    for error in check_spec(spec) {
        let variable = error.field.strip_prefix("spec.env.");
        let (word, message) = match variable {
            Some(name) => ("EnvironmentUnfit", [name, ": ", &error.message].concat()),
            None if error.field == "spec.env" => ("EnvironmentUnfit", error.message),
            None => ("SettingsUnfit", error.message),
        };
        all.push(finding(&error.field, Effect::Refused, word, &message));
    }
}

/// One finding for each missing secret, so that each can be added with one press.
fn secrets(asked: &Asked<'_>, all: &mut Vec<Finding>) {
    let Some(present) = asked.secrets else {
        return;
    };
    let mut told: Vec<&String> = Vec::new();
    for wanted in &asked.spec.secrets {
        if present.contains(wanted) || told.contains(&wanted) {
            continue;
        }
        told.push(wanted);
        let message = ["Missing in this workspace: ", wanted, "."].concat();
        all.push(finding(
            "spec.secrets",
            Effect::Waits,
            reason::SECRET_MISSING,
            &message,
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::causes::{Action, Who};
    use proptest::prelude::*;

    fn catalogue() -> Vec<App> {
        let text = r#"[{"name":"files","available":true},
            {"name":"lab","available":false,
             "unavailableReason":"The program `jupyter` is not installed on this machine."},
            {"name":"bare","available":false},
            {"name":"built","available":true,"needsBuild":true,"built":true},
            {"name":"raw","available":true,"needsBuild":true,"built":false}]"#;
        serde_json::from_str(text).expect("readable")
    }

    /// The verdict, and each finding's field, effect and key.
    fn look(asked: &Asked<'_>) -> Told {
        let all = findings(asked);
        let verdict = verdict(asked, &all);
        let told = all.into_iter().map(|f| (f.field, f.effect, f.cause.key));
        (verdict, told.collect())
    }

    fn one(field: &str, effect: Effect, key: &'static str) -> Vec<(String, Effect, &'static str)> {
        vec![(field.to_owned(), effect, key)]
    }

    type Told = (Verdict, Vec<(String, Effect, &'static str)>);

    fn with(change: impl FnOnce(&mut Asked<'_>)) -> Told {
        with_spec(&WorkbenchSpec::default(), change)
    }

    fn with_spec(spec: &WorkbenchSpec, change: impl FnOnce(&mut Asked<'_>)) -> Told {
        let apps = catalogue();
        let others = ["Notes".to_owned()];
        let mut asked = Asked {
            name: "analysis",
            app: "files",
            spec,
            catalogue: Some(&apps),
            secrets: Some(&[]),
            other_names: &others,
            room: Room::Free,
        };
        change(&mut asked);
        look(&asked)
    }

    #[test]
    fn what_speaks_against_a_start_is_told_before_it() {
        use Effect::{Fails, Harmless, Refused, Waits};
        assert_eq!(with(|_| ()), (Verdict::Starts, vec![]));
        assert_eq!(
            with(|asked| asked.name = " \u{202e} "),
            (Verdict::Refused, one("name", Refused, "name-unfit"))
        );
        assert_eq!(
            with(|asked| asked.name = " NOTES "),
            (Verdict::Starts, one("name", Harmless, "name-taken"))
        );
        assert_eq!(
            with(|asked| asked.app = ""),
            (Verdict::Refused, one("app", Refused, "settings-unfit"))
        );
        assert_eq!(
            with(|asked| asked.app = "gone"),
            (Verdict::Refused, one("app", Refused, "app-unknown"))
        );
        for app in ["lab", "bare"] {
            assert_eq!(
                with(|asked| asked.app = app),
                (Verdict::Fails, one("app", Fails, "program-missing"))
            );
        }
        assert_eq!(with(|asked| asked.app = "built").0, Verdict::Starts);
        assert_eq!(
            with(|asked| asked.app = "raw"),
            (Verdict::Starts, one("app", Harmless, "building"))
        );
        assert_eq!(
            with(|asked| asked.room = Room::Full("0 of 4 GPUs are free.")),
            (Verdict::StartsLater, one("app", Waits, "no-gpu"))
        );
    }

    #[test]
    fn each_missing_secret_can_be_added_with_one_press() {
        let spec = WorkbenchSpec {
            secrets: ["A_KEY", "B_KEY", "C_KEY", "C_KEY"]
                .map(str::to_owned)
                .into(),
            ..WorkbenchSpec::default()
        };
        let apps = catalogue();
        let present = ["A_KEY".to_owned()];
        let asked = Asked {
            name: "analysis",
            app: "files",
            spec: &spec,
            catalogue: Some(&apps),
            secrets: Some(&present),
            other_names: &[],
            room: Room::Unknown,
        };
        let all = findings(&asked);
        assert_eq!(verdict(&asked, &all), Verdict::StartsLater);
        let actions: Vec<_> = all.iter().map(|f| f.cause.action.clone()).collect();
        let open = |name: &str| Action::OpenSecret {
            name: Some(name.to_owned()),
        };
        assert_eq!(actions, [open("B_KEY"), open("C_KEY")]);
        assert_eq!(all[0].cause.who, Who::You);
        let unknown = Asked {
            secrets: None,
            ..asked
        };
        assert_eq!(look(&unknown), (Verdict::Unknown, vec![]));
    }

    #[test]
    fn the_words_are_those_of_the_card() {
        let spec = WorkbenchSpec {
            secrets: vec!["A_KEY".to_owned()],
            ..WorkbenchSpec::default()
        };
        let asked = Asked {
            name: "analysis",
            app: "files",
            spec: &spec,
            catalogue: None,
            secrets: Some(&[]),
            other_names: &[],
            room: Room::Unknown,
        };
        let mut met = crate::fixtures::condition("SecretsReady", "False", "SecretMissing");
        met.message = "Missing in this workspace: A_KEY.".to_owned();
        let card = crate::causes::find(&crate::causes::Evidence {
            conditions: &[met],
            ..crate::causes::Evidence::default()
        })
        .expect("a cause");
        let before = &findings(&asked)[0].cause;
        assert_eq!(
            (before.key, before.what, &before.why),
            (card.key, card.what, &card.why)
        );
        assert_eq!((before.who, &before.action), (card.who, &card.action));
        assert_eq!(verdict(&asked, &[]), Verdict::Unknown);
    }

    #[test]
    fn bad_settings_are_named_by_their_field() {
        let spec = WorkbenchSpec {
            env: [("BAD NAME".to_owned(), String::new())].into(),
            start_timeout_seconds: 0,
            ..WorkbenchSpec::default()
        };
        let told = with_spec(&spec, |_| ());
        assert_eq!(
            told.1,
            [
                (
                    "spec.env.BAD NAME".to_owned(),
                    Effect::Refused,
                    "environment-unfit"
                ),
                (
                    "spec.startTimeoutSeconds".to_owned(),
                    Effect::Refused,
                    "settings-unfit"
                ),
            ]
        );
    }

    proptest! {
        #[test]
        fn what_the_server_would_refuse_is_refused_here_and_nothing_else(
            name in ".{0,90}",
            variable in "[A-Z_ =]{0,6}",
            timeout in 0u32..100_000,
        ) {
            let apps = catalogue();
            let spec = WorkbenchSpec {
                env: [(variable, String::new())].into(),
                start_timeout_seconds: timeout,
                ..WorkbenchSpec::default()
            };
            let asked = Asked {
                name: &name,
                app: "files",
                spec: &spec,
                catalogue: Some(&apps),
                secrets: Some(&[]),
                other_names: &[],
                room: Room::Free,
            };
            let is_fine = check_name("name", &name).is_ok() && check_spec(&spec).is_empty();
            let told = look(&asked).0;
            prop_assert_eq!(told, if is_fine { Verdict::Starts } else { Verdict::Refused });
        }
    }
}
