//! The contents of the form for a new workbench.

use super::texts;
use crate::effect::Effect;
use crate::pages::spec::{DefaultedField, SpecDraft};
use crate::store::{Session, kept_draft};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use vestibule_model::app::App;
use vestibule_model::fold::fold;
use vestibule_model::lenient;
use vestibule_model::problem::FieldError;
use vestibule_model::validation::check_name;
use vestibule_model::workbench::{DEFAULT_START_TIMEOUT_SECONDS, NewWorkbench, WorkbenchSpec};

/// The user and the workspace that a draft belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftOwner(pub String, pub String);

/// A draft as it is kept in the tab.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StoredDraft {
    owner: DraftOwner,
    app: Option<String>,
    /// The name, if one was typed.
    name: Option<String>,
    spec: Option<WorkbenchSpec>,
}

impl StoredDraft {
    /// Returns the kept draft, unless it belongs to another user or to another workspace.
    pub fn of(owner: &DraftOwner) -> Option<Self> {
        let kept: Self = lenient::parse(&kept_draft::kept()?)?;
        (kept.owner == *owner).then_some(kept)
    }
}

/// The contents of the form. Name and start timeout follow the chosen app until others are typed.
#[derive(Clone, Copy)]
pub struct FormDraft {
    /// The name of the chosen app.
    pub app: RwSignal<Option<String>>,
    /// The workbench's name.
    pub name: DefaultedField,
    /// All other settings.
    pub spec: SpecDraft,
    /// Names that other workbenches have, in lower case.
    taken: RwSignal<Vec<String>>,
}

impl FormDraft {
    /// Returns a form in which the first available app is chosen, or one with a kept draft.
    pub fn of(apps: &[App], kept: Option<StoredDraft>) -> Self {
        let kept = kept.unwrap_or_default();
        let available = || apps.iter().filter(|app| app.available);
        let before = available().find(|app| Some(&app.name) == kept.app.as_ref());
        let first = before.or_else(|| available().next());
        let chosen = RwSignal::new(first.map(|app| app.name.clone()));
        let taken = RwSignal::new(Vec::new());
        let apps = StoredValue::new(apps.to_vec());
        let find = move || {
            let chosen = chosen.get()?;
            apps.with_value(|apps| apps.iter().find(|app| app.name == chosen).cloned())
        };
        let name = Signal::derive(move || {
            let title = find().map(|app| app.display_title().to_owned());
            title.map_or_else(String::new, |title| {
                texts::suggested_name(&title, &taken.read())
            })
        });
        let timeout = Signal::derive(move || {
            let seconds = find().map_or(0, |app| app.start_timeout_seconds);
            if seconds > 0 {
                seconds
            } else {
                DEFAULT_START_TIMEOUT_SECONDS
            }
        });
        let seconds = kept.spec.as_ref().map(|spec| spec.start_timeout_seconds);
        let is_kept = kept.spec.is_some();
        let spec = kept.spec.unwrap_or_default();
        let declared = Memo::new(move |_| find().map_or_else(Vec::new, |app| app.parameters));
        let sizes = Memo::new(move |_| find().map_or_else(Vec::new, |app| app.sizes));
        let filled = SpecDraft::new(&spec, timeout, declared, sizes);
        let draft = Self {
            app: chosen,
            name: DefaultedField::new(name),
            spec: if is_kept {
                filled
            } else {
                filled.taking_defaults()
            },
            taken,
        };
        if let Some(name) = kept.name {
            draft.name.type_over(name);
        }
        if let Some(seconds) = seconds {
            draft.spec.type_start_timeout(seconds);
        }
        draft
    }

    /// Keeps what is typed for this user and workspace while the form is there, until it is left by
    /// a user who is signed in. Values of secrets are not part of it.
    pub fn keep(self, owner: DraftOwner) {
        Effect::new(move |before: Option<StoredDraft>| {
            let kept = StoredDraft {
                owner: owner.clone(),
                app: self.app.get(),
                name: self.name.typed(),
                spec: Some(self.spec.now()),
            };
            if before.is_some_and(|before| before != kept)
                && let Ok(text) = serde_json::to_string(&kept)
            {
                kept_draft::keep(&text);
            }
            kept
        });
        let session = Session::expect();
        on_cleanup(move || {
            let who = session.user.try_read_untracked();
            if who.is_some_and(|who| who.me().is_some()) {
                kept_draft::forget();
            }
        });
    }

    /// Returns `true` after replacing the suggested name by the next one, because another workbench
    /// has it. A name that was typed stays.
    pub fn replace_taken(self, name: &str) -> bool {
        let is_suggested = self.name.is_default();
        if is_suggested {
            let name = fold(name.trim());
            self.taken.try_update(|taken| taken.push(name));
        }
        is_suggested
    }

    /// Returns the request body, or every problem found.
    pub fn check(self) -> Result<NewWorkbench, Vec<FieldError>> {
        let mut errors = Vec::new();
        let name = check_name("name", &untrack(|| self.name.text()))
            .map_err(|error| errors.push(error))
            .unwrap_or_default();
        let app = self.app.get_untracked().unwrap_or_else(|| {
            errors.push(FieldError::new("app", texts::CHOOSE_APP));
            String::new()
        });
        let spec = self.spec.check().unwrap_or_else(|more| {
            errors.extend(more);
            WorkbenchSpec::default()
        });
        if errors.is_empty() {
            Ok(NewWorkbench {
                id: None,
                name,
                app,
                spec,
                desired: None,
            })
        } else {
            Err(errors)
        }
    }
}
