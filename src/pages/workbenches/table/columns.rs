//! The columns of the table. CONTRIBUTING.md lists the places of a new one.

use crate::pages::shared::{StateMark, StatusSummary, WorkbenchStage};
use crate::pages::workbenches::texts;
use crate::routes::Page;
use crate::store::AppCatalogue;
use crate::ui::When;
use leptos::prelude::*;
use vestibule_client::table::{self, SortKey};
use vestibule_model::workbench::Workbench;

/// Column of the table.
pub struct Column {
    /// Title in the table's head.
    pub title: &'static str,
    /// Class of its cells, which sets their width.
    pub class: &'static str,
    /// Name in the address and the order that a press on its head sorts by; `None` if it has none.
    pub sort: Option<(&'static str, SortKey)>,
    /// Returns the content of a row's cell.
    pub cell: fn(RowContext) -> AnyView,
}

/// The columns from left to right. The cells of the first one are the headers of their rows.
pub const COLUMNS: [Column; 6] = [
    Column {
        title: texts::NAME,
        class: "cell-name",
        sort: Some(("name", SortKey::Name)),
        cell: name,
    },
    Column {
        title: texts::STATE,
        class: "cell-state",
        sort: Some(("state", SortKey::State)),
        cell: state,
    },
    Column {
        title: texts::APP,
        class: "cell-app",
        sort: Some(("app", SortKey::App)),
        cell: app,
    },
    Column {
        title: texts::OWNER,
        class: "cell-owner",
        sort: None,
        cell: owner,
    },
    Column {
        title: texts::SINCE,
        class: "cell-since",
        sort: Some(("since", SortKey::TimeInState)),
        cell: since,
    },
    Column {
        title: texts::MESSAGE,
        class: "cell-message",
        sort: None,
        cell: message,
    },
];

/// Row as its cells see it. Each cell follows its own part, so that a change touches that cell alone.
#[derive(Clone, Copy)]
pub struct RowContext {
    /// The workbench.
    pub workbench: RwSignal<Workbench>,
    /// Name.
    pub name: Memo<String>,
    /// State in words.
    pub summary: Memo<StatusSummary>,
    /// `tabindex` of the row's controls.
    pub tab: Memo<&'static str>,
    /// Owner.
    pub owner: Memo<String>,
}

fn name(row: RowContext) -> AnyView {
    let (id, href) = row.workbench.with_untracked(|workbench| {
        let page = Page::Workbench(workbench.workspace_id.clone(), workbench.id.clone());
        (workbench.id.to_string(), page.path())
    });
    let (name, tab) = (row.name, row.tab);
    view! {
        <a class="row-link" data-row=id href=href tabindex=move || tab.get() title=move || name.get()>
            {name}
        </a>
    }
    .into_any()
}

fn state(row: RowContext) -> AnyView {
    let k8s = Memo::new(move |_| row.workbench.read().k8s_status.to_string());
    view! { <StateMark summary=row.summary k8s_status=k8s /> }.into_any()
}

fn app(row: RowContext) -> AnyView {
    let catalogue = AppCatalogue::expect();
    let app = Memo::new(move |_| row.workbench.read().app.clone());
    (move || catalogue.title(&app.read())).into_any()
}

fn owner(row: RowContext) -> AnyView {
    row.owner.into_any()
}

fn since(row: RowContext) -> AnyView {
    let since = Memo::new(move |_| table::since(&row.workbench.read()));
    view! { <When at=since /> }.into_any()
}

fn message(row: RowContext) -> AnyView {
    let message = Memo::new(move |_| {
        let summary = row.summary.read();
        if summary.stage == WorkbenchStage::Running {
            String::new()
        } else {
            // Code in a sentence stands between backticks.
            summary.sentence.replace('`', "")
        }
    });
    view! {
        <span class="message" title=move || Some(message.get()).filter(|text| !text.is_empty())>
            {message}
        </span>
    }
    .into_any()
}
