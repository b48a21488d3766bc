//! One row of the table: each cell follows its own slice of the workbench, so that a change
//! touches that cell alone.

use crate::hooks::{Catalogue, ListWatch, seed_workbench};
use crate::routes::Page;
use crate::ui::{Announcer, Button, Icon, Look, Notice, When, live};
use crate::workbench::{DeleteDialog, Stage, StateMark, Wish, reading, use_wishes};
use leptos::prelude::*;
use vestibule_model::workbench::Workbench;

/// A workbench in the table.
#[component]
pub fn Row(row: RwSignal<Workbench>, watch: ListWatch) -> impl IntoView {
    let (id, workspace) = row.with_untracked(|w| (w.id.clone(), w.workspace_id.clone()));
    let href = Page::Session(workspace, id.clone()).path();
    let name = Memo::new(move |_| row.read().name.clone());
    let app = Memo::new(move |_| row.read().app.clone());
    let catalogue = Catalogue::get();
    let made = Memo::new(move |_| row.read().created_at);
    let now = Memo::new(move |_| reading::read(&row.read()));
    let k8s = Memo::new(move |_| row.read().k8s_status.to_string());
    announce(name, now);
    let deleting = RwSignal::new(false);
    let wishes = use_wishes(id, move |answer| {
        if let Some(news) = answer {
            watch.list.heard(news);
        }
        watch.poke();
    });
    view! {
        <tr>
            <th scope="row">
                <a class="row-link" href=href on:click=move |_| seed_workbench(row.get_untracked())>
                    {live(move || name.get())}
                </a>
            </th>
            <td class="cell-state">
                <StateMark reading=now k8s_status=k8s />
                <span class="cell-sentence">
                    {live(move || match now.get() {
                        reading if reading.stage == Stage::Running => None,
                        reading => Some(reading.sentence),
                    })}
                </span>
            </td>
            <td class="cell-app">{live(move || catalogue.title(&app.read()))}</td>
            <td class="cell-time"><When at=made /></td>
            <td class="cell-actions">
                <div class="row-actions">
                    {live(move || wish_of(now.get().stage)
                        .map(|(wish, word, icon)| {
                            let label = format!("{word} {}", name.get());
                            view! {
                                <Button look=Look::Quiet label=label busy=wishes.task.busy on_press=wishes.make(wish)>
                                    <Icon name=icon />
                                </Button>
                            }
                        }))}
                    {live(move || {
                        let label = format!("Delete {}", name.get());
                        let is_going = now.read().stage == Stage::Deleting;
                        view! {
                            <Button
                                look=Look::Quiet
                                label=label
                                disabled=is_going
                                on_press=Callback::new(move |()| deleting.set(true))
                            >
                                <Icon name="trash" />
                            </Button>
                        }
                    })}
                </div>
                <DeleteDialog open=deleting name=name wishes=wishes />
                {live(move || wishes.task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> }))}
            </td>
        </tr>
    }
    .into_any()
}

/// The one wish that fits the stage.
fn wish_of(stage: Stage) -> Option<(Wish, &'static str, &'static str)> {
    match stage {
        Stage::Starting { .. } | Stage::Running | Stage::Unknown => {
            Some((Wish::Stop, "Stop", "stop"))
        }
        Stage::Ended { .. } => Some((Wish::Start, "Start", "play")),
        Stage::Stopping | Stage::Deleting => None,
    }
}

/// Says a change of state, and nothing at the first sight.
fn announce(name: Memo<String>, now: Memo<reading::Reading>) {
    let announcer = Announcer::get();
    let word = Memo::new(move |_| now.read().word);
    Effect::new(move |before: Option<&'static str>| {
        let word = word.get();
        if before.is_some_and(|before| before != word) {
            announcer.say(format!("{}: {word}", name.get_untracked()));
        }
        word
    });
}
