//! Types of causes and of the rules that lead to them.

use crate::condition::ConditionType;
use crate::time::Timestamp;

/// Key of the rule about an app that responds with errors.
const ANSWERS_WRONGLY: &str = "answers-wrongly";

/// Root cause of a state: the event, the responsible person and the remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The rule's name: stable, for tests and for links into the documentation.
    pub key: &'static str,
    /// The severity.
    pub level: Level,
    /// The event, in one sentence.
    pub what: &'static str,
    /// The remedy, in a sentence or two.
    pub advice: &'static str,
    /// The remedy for an administrator; empty if it is the same.
    pub administrator_advice: &'static str,
    /// The evidence, verbatim; empty if it equals the reason.
    pub why: String,
    /// The raw reason, for searches.
    pub reason: String,
    /// The condition that reports it, or `None` if none does.
    pub condition: Option<ConditionType>,
    /// The person who can fix it.
    pub who: ResolvedBy,
    /// The action to offer.
    pub action: Remedy,
    /// The first event of the cause, or `None` if that is not known.
    pub first: Option<FirstEvent>,
}

impl Cause {
    /// Returns `true` if an administrator can help as well, although the reader can act first.
    pub fn is_for_administrator_too(&self) -> bool {
        self.who != ResolvedBy::Administrator && !self.administrator_advice.is_empty()
    }

    /// Returns `true` if it deserves a card: it is more than a start in progress. An app that responds with
    /// errors keeps starting, and the reader may know why.
    pub fn is_notable(&self) -> bool {
        self.level <= Level::Late || self.key == ANSWERS_WRONGLY
    }

    /// Returns the event with the name of a missing secret filled in.
    pub fn headline(&self) -> String {
        match &self.action {
            Remedy::OpenSecret { name: Some(name) } => ["Secret ", name, " is missing."].concat(),
            _ => self.what.to_owned(),
        }
    }

    /// Rephrases the cause for an app with so many sizes: without a choice of them, the settings change
    /// nothing about its memory.
    #[must_use]
    pub fn for_sizes(mut self, sizes: usize) -> Self {
        if self.action == Remedy::EditSize && sizes < 2 {
            self.action = Remedy::StartAgain;
        }
        self
    }

    /// Rephrases the cause for a reader who is an administrator: advice instead of a contact.
    pub fn for_administrator(self) -> Self {
        if self.administrator_advice.is_empty() {
            return self;
        }
        let (who, action) = match (self.who, self.level) {
            (ResolvedBy::Administrator, Level::Failure) => (ResolvedBy::You, Remedy::StartAgain),
            // The start retries by itself and continues once the cause is removed.
            (ResolvedBy::Administrator, _) => (ResolvedBy::You, Remedy::Wait),
            (who, _) => (who, self.action),
        };
        Self {
            who,
            action,
            advice: self.administrator_advice,
            why: without_contact(&self.why),
            ..self
        }
    }
}

/// Returns a message without the sentences that name an administrator, for a reader who is one.
pub fn without_contact(message: &str) -> String {
    // "An administrator", "an administrator"; not the Administrator of an app's own message.
    let names_none = |sentence: &&str| !sentence.contains("n administrator");
    let sentences = message.split_inclusive(". ").filter(names_none);
    sentences.collect::<String>().trim_end().to_owned()
}

/// Severity of a cause; the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The run has failed, or cannot recover.
    Failure,
    /// The run has ended in another way.
    Ended,
    /// The start waits until the cause is removed, then continues by itself.
    Blocked,
    /// The start takes longer than its deadline.
    Late,
    /// The state continues by itself.
    Progressing,
    /// Notice without a problem.
    Notice,
}

/// Person who can fix a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResolvedBy {
    /// The reader.
    You,
    /// An administrator of the installation.
    Administrator,
    /// Waiting: it passes by itself.
    Wait,
}

impl ResolvedBy {
    /// Returns the label of the badge.
    pub fn words(self) -> &'static str {
        match self {
            Self::You => "You can fix this",
            Self::Administrator => "An administrator can fix this",
            Self::Wait => "No action needed",
        }
    }
}

/// Action that a cause offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// Open the form for a secret.
    OpenSecret {
        /// The secret's name, or `None` if it is not known.
        name: Option<String>,
    },
    /// Start a new run.
    StartAgain,
    /// Give this start more time.
    KeepWaiting,
    /// Open the form for a new workbench.
    NewWorkbench,
    /// Open the workbench's settings.
    Edit,
    /// Open the workbench's settings at its size.
    EditSize,
    /// Open the workbench's settings at the time limit of its runs.
    EditTimeLimit,
    /// Open the workbench's variables and secrets.
    EditEnvironment,
    /// Show the end of the app's log.
    OpenLog,
    /// Open the app in a new tab.
    OpenInNewTab,
    /// Copy a message for an administrator.
    CopyForAdministrator,
    /// No remedy: the run continues by itself.
    Wait,
    /// Stop this run.
    Stop,
    /// Choose another name.
    Rename,
}

impl Remedy {
    /// Returns the label of the button; empty if there is none.
    pub fn label(&self) -> &'static str {
        match self {
            Self::OpenSecret { .. } => "Add the secret",
            Self::StartAgain => "Start again",
            Self::KeepWaiting => "Keep waiting",
            Self::NewWorkbench => "New workbench with another app",
            Self::Edit => "Edit",
            Self::EditSize | Self::EditTimeLimit => "Edit settings",
            Self::EditEnvironment => "Edit variables and secrets",
            Self::OpenLog => "Show the log",
            Self::OpenInNewTab => "Open in a new tab",
            Self::CopyForAdministrator => "Copy for the administrator",
            Self::Wait => "",
            Self::Stop => "Stop",
            Self::Rename => "Choose another name",
        }
    }
}

/// First event of a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstEvent {
    /// The journal's entry, or `None` if only a condition's time is known.
    pub seq: Option<u64>,
    /// The time.
    pub at: Timestamp,
}

/// Row of the table of causes.
pub(super) struct Rule {
    pub(super) key: &'static str,
    /// The severity where the evidence does not decide it.
    pub(super) level: Level,
    pub(super) who: ResolvedBy,
    pub(super) action: Remedy,
    pub(super) when: When,
    pub(super) what: &'static str,
    pub(super) advice: &'static str,
    /// The advice for an administrator; empty if it is the same.
    pub(super) for_administrator: &'static str,
}

/// Condition under which a rule applies. Every part that is not empty must match.
pub(super) struct When {
    /// The reason is one of these.
    pub(super) reasons: &'static [&'static str],
    /// The message contains one of these, in lower case.
    pub(super) says: &'static [&'static str],
    /// The condition is one of these.
    pub(super) about: &'static [ConditionType],
    /// The exit code is one of these.
    pub(super) exits: &'static [i32],
}

impl When {
    pub(super) const ANY: Self = Self {
        reasons: &[],
        says: &[],
        about: &[],
        exits: &[],
    };
}

impl Rule {
    /// Returns `true` if the rule applies to unknown reasons.
    pub(super) fn is_general(&self) -> bool {
        self.when.reasons.is_empty() && self.when.says.is_empty() && self.when.exits.is_empty()
    }
}

/// Rules in their order: key, level, person, action, condition, event, remedy, and the
/// administrator's remedy if it differs.
macro_rules! rules {
    ($($key:literal $level:ident $who:ident $action:ident { $($field:ident: $value:expr),+ }
        $what:literal $advice:literal $($administrator:literal)?;)+) => {
        &[$(Rule {
            key: $key,
            level: Level::$level,
            who: ResolvedBy::$who,
            action: $action,
            when: When { $($field: &$value,)+ ..When::ANY },
            what: $what,
            advice: $advice,
            for_administrator: concat!($($administrator)?),
        }),+]
    };
}
pub(super) use rules;
