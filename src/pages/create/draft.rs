//! The contents of the form for a new workbench.

use super::texts;
use crate::pages::spec::{SpecDraft, Typed};
use leptos::prelude::*;
use vestibule_model::app::App;
use vestibule_model::names::check_name;
use vestibule_model::problem::FieldError;
use vestibule_model::workbench::{DEFAULT_START_TIMEOUT_SECONDS, NewWorkbench, WorkbenchSpec};

/// The contents of the form. Name and start timeout follow the chosen app until others are typed.
#[derive(Clone, Copy)]
pub struct Draft {
    /// The name of the chosen app.
    pub app: RwSignal<Option<String>>,
    /// The workbench's name.
    pub name: Typed,
    /// Everything else.
    pub spec: SpecDraft,
    /// Names that other workbenches have, in lower case.
    taken: RwSignal<Vec<String>>,
}

impl Draft {
    /// Returns a form in which the first available app is chosen.
    pub fn of(apps: &[App]) -> Self {
        let first = apps.iter().find(|app| app.available);
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
        Self {
            app: chosen,
            name: Typed::new(name),
            spec: SpecDraft::with_start_timeout(&WorkbenchSpec::default(), timeout),
            taken,
        }
    }

    /// Returns `true` after replacing the suggested name by the next one, because another workbench
    /// has it. A name that was typed stays.
    pub fn replace_taken(self, name: &str) -> bool {
        let is_suggested = self.name.is_default();
        if is_suggested {
            let name = name.trim().to_lowercase();
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
