//! Buttons that open a tab; where there is no room for them, a menu.

use super::state::TabsState;
use super::texts;
use crate::pages::workbench::context::WorkbenchContext;
use crate::store::AppCatalogue;
use crate::ui::{Button, ButtonVariant, For, Icon, Menu, MenuItem};
use leptos::prelude::*;
use vestibule_model::app::AgentOffer;
use vestibule_model::tab::TabKind;

/// A kind of tab that can be opened, with its name, its visible word and its icon.
type NewKind = (TabKind, &'static str, &'static str, &'static str);

/// The kinds. What only some apps offer is the last, so that nothing moves when it appears.
const KINDS: [NewKind; 3] = [
    (
        TabKind::Terminal,
        texts::NEW_TERMINAL,
        texts::TERMINAL,
        "plus",
    ),
    (TabKind::Log, texts::NEW_LOG, texts::LOG, "log"),
    (TabKind::Agent, texts::NEW_SCRIPT, texts::SCRIPT, "message"),
];

/// Button for each kind that the app offers, and the menu of a narrow screen. The style sheet shows
/// either.
#[component]
pub fn NewTab(tabs: TabsState, refused: Signal<Option<String>>) -> impl IntoView {
    let app = WorkbenchContext::expect().workbench.app;
    let catalogue = AppCatalogue::expect();
    let offered = Memo::new(move |_| {
        let has_script = catalogue.agent(&app.read()) == AgentOffer::Script;
        let kinds = KINDS.iter();
        let kinds = kinds.filter(|(kind, ..)| *kind != TabKind::Agent || has_script);
        kinds.cloned().collect::<Vec<_>>()
    });
    let no_sessions = Memo::new(move |_| catalogue.sessions_unavailable_reason(&app.read()));
    let refused_kind = move |kind: &TabKind| {
        let has_session = kind.has_session();
        Signal::derive(move || {
            let no_sessions = || no_sessions.get().filter(|_| has_session);
            refused.get().or_else(no_sessions)
        })
    };
    let button = move |(kind, label, word, icon): NewKind| {
        view! {
            <Button
                variant=ButtonVariant::Quiet
                label=label
                refused=refused_kind(&kind)
                on_press=move || tabs.open(kind.clone())
            >
                <Icon name=icon />
                <span class="wide-only">{word}</span>
            </Button>
        }
    };
    let item = move |(kind, label, ..): NewKind| {
        let refused = refused_kind(&kind);
        view! { <MenuItem refused=refused on_choose=move || tabs.open(kind.clone())>{label}</MenuItem> }
    };
    let is_refused = Memo::new(move |_| refused.read().is_some());
    view! {
        <For each=move || offered.get() key=|(kind, ..)| kind.clone() children=button />
        <span class="tab-new">
            <Show
                when=move || is_refused.get()
                fallback=move || view! {
                    <Menu id="new-tab" label=texts::NEW_TAB trigger=Box::new(|| view! { <Icon name="plus" /> }.into_any())>
                        <For each=move || offered.get() key=|(kind, ..)| kind.clone() children=item />
                    </Menu>
                }
            >
                <Button variant=ButtonVariant::Quiet label=texts::NEW_TAB refused=refused>
                    <Icon name="plus" />
                </Button>
            </Show>
        </span>
    }
}
