//! Rows of the transcript. A row that grows is updated; the others stay as they are.

use super::markdown::Markdown;
use super::marks::{Found, marked};
use super::window::TranscriptWindow;
use crate::effect::Effect;
use crate::pages::log::marked_pieces;
use crate::pages::workbench::tabs::texts;
use crate::ui::{ButtonVariant, CopyButton, Text, When};
use leptos::prelude::*;
use std::collections::HashMap;
use vestibule_client::log::styled;
use vestibule_client::transcript::{Row, Span, Transcript};
use vestibule_model::tab::transcript::EventKind;

/// Rows of the held part.
#[derive(Clone, Copy)]
pub struct Rows {
    /// Numbers of the first events of the rows.
    pub ids: RwSignal<Vec<u64>>,
    /// Number of the first event since the user was here last.
    pub first_new: Memo<Option<u64>>,
    rows: StoredValue<HashMap<u64, (Span, ArcRwSignal<Row>)>>,
    window: TranscriptWindow,
}

impl Rows {
    /// Follows the held part.
    pub fn new(window: TranscriptWindow, first_new: Memo<Option<u64>>) -> Self {
        let rows = Self {
            ids: RwSignal::default(),
            first_new,
            rows: StoredValue::default(),
            window,
        };
        Effect::new(move |_| {
            let break_at = first_new.get();
            window
                .transcript
                .with(|transcript| rows.update(transcript, break_at));
        });
        rows
    }

    fn update(self, transcript: &Transcript, break_at: Option<u64>) {
        let spans = transcript.spans(break_at);
        let ids: Vec<u64> = spans.iter().map(|span| span.first).collect();
        let mut before = self
            .rows
            .try_update_value(std::mem::take)
            .unwrap_or_default();
        let mut rows = HashMap::with_capacity(spans.len());
        for span in spans {
            let known = before.remove(&span.first);
            let signal = match known {
                Some((known, signal)) if known == span => signal,
                known => {
                    let Some(row) = transcript.row(span) else {
                        continue;
                    };
                    match known {
                        Some((_, signal)) => {
                            signal.set(row);
                            signal
                        }
                        None => ArcRwSignal::new(row),
                    }
                }
            };
            rows.insert(span.first, (span, signal));
        }
        self.rows.set_value(rows);
        if *self.ids.read_untracked() != ids {
            self.ids.set(ids);
        }
    }

    /// Renders a row.
    pub fn view(self, id: u64) -> AnyView {
        let row = self
            .rows
            .with_value(|rows| rows.get(&id).map(|(_, row)| row.clone()));
        let Some(row) = row else {
            return ().into_any();
        };
        let found = found(self.window, id, row.clone());
        let content = content(self.window, row, found);
        let first_new = self.first_new;
        let is_first_new = move || first_new.get() == Some(id);
        view! {
            <div class="row" data-seq=id.to_string() data-found=move || found.read().as_str()>
                {move || is_first_new().then(|| view! { <p class="transcript-new">{texts::SINCE}</p> })}
                {content}
            </div>
        }
        .into_any()
    }
}

/// Returns the match of a row.
fn found(window: TranscriptWindow, first: u64, row: ArcRwSignal<Row>) -> Memo<Found> {
    Memo::new(move |_| {
        let events = first..=row.read().last;
        window.search.with(|search| {
            let current = search.current().map(|(_, seq)| seq);
            match search.found().range(events.clone()).next() {
                Some(_) => Found {
                    is_current: current.is_some_and(|seq| events.contains(&seq)),
                    wanted: search.text().to_owned(),
                },
                None => Found::default(),
            }
        })
    })
}

/// Renders the content. Output is text in lines; what people and the agent say are blocks.
fn content(window: TranscriptWindow, row: ArcRwSignal<Row>, found: Memo<Found>) -> AnyView {
    let event = row.read_untracked().event.clone();
    let text = event.text;
    match event.kind {
        EventKind::Stdout | EventKind::Stderr => {
            let is_error = event.kind == EventKind::Stderr;
            let pieces = move || {
                let lines = styled(&row.read().event.text);
                let found = found.read();
                let lines = lines.iter();
                lines
                    .flat_map(|line| marked_pieces(line, &found.wanted))
                    .collect_view()
            };
            view! {
                <div
                    class="turn-output"
                    data-error=is_error.then_some("")
                    role=is_error.then_some("group")
                    aria-label=is_error.then_some(texts::ERROR_OUTPUT)
                >{pieces}"\n"</div>
            }
            .into_any()
        }
        EventKind::User => {
            let at = event.at;
            view! {
                <div class="turn" data-kind="user">
                    <p class="turn-head"><b>{texts::YOU}</b><When at=Signal::derive(move || at) /></p>
                    <p class="turn-text">{move || marked(&text, &found.read().wanted)}</p>
                </div>
            }
            .into_any()
        }
        EventKind::Assistant => {
            let text = Signal::derive(move || row.read().event.text.clone());
            let query = Signal::derive(move || found.read().wanted.clone());
            view! {
                <div class="turn" data-kind="assistant" role="group" aria-label=texts::ANSWER><Markdown text=text query=query /></div>
            }
            .into_any()
        }
        EventKind::Exit => end(window, event.seq, text, event.exit_code != Some(0)),
        EventKind::Tool => view! {
            <p class="turn-tool">{move || marked(&text, &found.read().wanted)}</p>
        }
        .into_any(),
        EventKind::Status | EventKind::Unknown(_) => view! {
            <p class="turn-status">{move || marked(&text, &found.read().wanted)}</p>
        }
        .into_any(),
    }
}

/// Renders the end of a turn.
fn end(window: TranscriptWindow, seq: u64, text: String, is_failure: bool) -> AnyView {
    let output = Callback::new(move |()| Box::pin(window.output_of(seq)) as Text);
    view! {
        <div class="turn-foot">
            <p class="turn-end" data-failed=is_failure.then_some("")>{text}</p>
            <CopyButton variant=ButtonVariant::Quiet label=texts::COPY_TURN text=output />
        </div>
    }
    .into_any()
}
