//! Files that a user attaches to a message: they are sent to the workbench's folder one after the other,
//! and their paths go into the text.

use crate::api::{ApiError, Upload};
use crate::pages::workbench::tabs::texts;
use crate::ui::{Announcer, Button, ButtonVariant, For, Icon};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::collections::HashMap;
use vestibule_model::ids::TabId;
use vestibule_model::tab::attachment::{Attachment, MAX_BYTES, name_problem};
use web_sys::{DataTransfer, File, FileList};

/// Attachment that is not in the workbench's folder yet.
#[derive(Clone)]
struct Item {
    key: u32,
    name: String,
    /// Share that is sent, in percent.
    percent: RwSignal<u32>,
    /// Reason why it was not sent.
    error: Option<String>,
    /// `true` if it can be sent at all.
    is_sendable: bool,
}

/// Attachments of a composer.
#[derive(Clone, Copy)]
pub struct Attachments {
    tab: StoredValue<TabId>,
    items: RwSignal<Vec<Item>>,
    files: StoredValue<HashMap<u32, File>, LocalStorage>,
    last_key: StoredValue<u32>,
    /// The one that is being sent, by its key.
    sending: StoredValue<Option<(u32, Upload)>, LocalStorage>,
    /// Receives the key and the path of each that was stored.
    on_stored: Callback<(u32, String)>,
    announcer: Announcer,
}

impl Attachments {
    /// Returns the attachments of a tab.
    pub fn new(tab: TabId, on_stored: Callback<(u32, String)>) -> Self {
        Self {
            tab: StoredValue::new(tab),
            items: RwSignal::default(),
            files: StoredValue::new_local(HashMap::new()),
            last_key: StoredValue::new(0),
            sending: StoredValue::new_local(None),
            on_stored,
            announcer: Announcer::expect(),
        }
    }

    /// Sends the files of a list, if there is one.
    pub fn add_list(self, list: Option<FileList>) {
        let Some(list) = list else {
            return;
        };
        for file in (0..list.length()).filter_map(|at| list.get(at)) {
            self.add(file);
        }
        self.send_next();
    }

    /// Sends a text as a file, and returns the key of the attachment.
    pub fn add_text(self, name: &str, text: &str) -> Option<u32> {
        let parts = js_sys::Array::of1(&text.into());
        // Only parts of another kind are refused.
        let file = File::new_with_str_sequence(&parts, name).ok()?;
        let key = self.add(file);
        self.send_next();
        Some(key)
    }

    fn add(self, file: File) -> u32 {
        let key = self.last_key.get_value() + 1;
        self.last_key.set_value(key);
        let name = file.name();
        let error = problem(&name, file.size());
        self.files.update_value(|files| {
            files.insert(key, file);
        });
        self.items.update(|items| {
            items.push(Item {
                key,
                name,
                percent: RwSignal::new(0),
                is_sendable: error.is_none(),
                error,
            });
        });
        key
    }

    /// Sends the first one that waits, unless another is being sent.
    fn send_next(self) {
        if self.sending.with_value(Option::is_some) {
            return;
        }
        let next = self
            .items
            .with_untracked(|items| items.iter().find(|item| item.error.is_none()).cloned());
        let Some(item) = next else {
            return;
        };
        let file = self.files.with_value(|files| files.get(&item.key).cloned());
        let Some(file) = file else {
            return;
        };
        let Item { key, percent, .. } = item;
        let on_progress = move |share: f64| {
            percent.try_set(to_percent(share));
        };
        let upload = Upload::start(&self.tab.get_value(), &file, on_progress, move |outcome| {
            // The request is dropped after this call, which it makes.
            spawn_local(async move { self.ended(key, outcome) });
        });
        match upload {
            Ok(upload) => self.sending.set_value(Some((key, upload))),
            Err(error) => self.ended(key, Err(error)),
        }
    }

    fn ended(self, key: u32, outcome: Result<Attachment, ApiError>) {
        let is_sent = |sending: &Option<(u32, Upload)>| {
            sending.as_ref().is_some_and(|(sent, _)| *sent == key)
        };
        if self.sending.try_with_value(is_sent) != Some(true) {
            return;
        }
        self.sending.set_value(None);
        match outcome {
            Ok(stored) => {
                self.forget(key);
                self.announcer.say(texts::attached(&stored.path));
                self.on_stored.run((key, stored.path));
            }
            Err(error) => {
                self.announcer.say(error.sentence());
                self.set_error(key, Some(error.sentence()));
            }
        }
        self.send_next();
    }

    fn set_error(self, key: u32, error: Option<String>) {
        self.items.update(|items| {
            if let Some(item) = items.iter_mut().find(|item| item.key == key) {
                item.error = error;
            }
        });
    }

    fn retry(self, key: u32) {
        self.set_error(key, None);
        self.send_next();
    }

    /// Cancels an attachment, or removes a failed one.
    fn remove(self, key: u32) {
        self.forget(key);
        self.sending.update_value(|sending| {
            sending.take_if(|(sent, _)| *sent == key);
        });
        self.send_next();
    }

    fn forget(self, key: u32) {
        self.items
            .update(|items| items.retain(|item| item.key != key));
        self.files.update_value(|files| {
            files.remove(&key);
        });
    }
}

/// Returns `true` if a drag or a paste holds files.
pub fn holds_files(transfer: Option<&DataTransfer>) -> bool {
    transfer.is_some_and(|transfer| {
        transfer
            .types()
            .iter()
            .any(|kind| kind.as_string().as_deref() == Some("Files"))
    })
}

fn problem(name: &str, bytes: f64) -> Option<String> {
    let max = u32::try_from(MAX_BYTES).map_or(f64::MAX, f64::from);
    name_problem(name).or_else(|| (bytes > max).then(texts::too_large))
}

/// Returns a share from 0 to 1 in percent.
fn to_percent(share: f64) -> u32 {
    (0..=100)
        .rev()
        .find(|percent| f64::from(*percent) <= share * 100.0)
        .unwrap_or(0)
}

/// The button that chooses files.
#[component]
pub fn AttachButton(attachments: Attachments, refused: Signal<Option<String>>) -> impl IntoView {
    let node = NodeRef::<html::Input>::new();
    let choose = move || {
        if let Some(input) = node.get_untracked() {
            input.click();
        }
    };
    let chosen = move |_| {
        if let Some(input) = node.get_untracked() {
            attachments.add_list(input.files());
            // The same file can be chosen again.
            input.set_value("");
        }
    };
    view! {
        <input type="file" multiple=true hidden=true tabindex="-1" aria-hidden="true" node_ref=node on:change=chosen />
        <Button variant=ButtonVariant::Quiet label=texts::ATTACH refused=refused on_press=choose><Icon name="clip" /></Button>
    }
}

/// The attachments that are on their way, or failed; absent while there is none.
#[component]
pub fn AttachmentList(attachments: Attachments) -> impl IntoView {
    let is_any = Memo::new(move |_| !attachments.items.read().is_empty());
    view! {
        <Show when=move || is_any.get()>
            <ul class="agent-queue" aria-label=texts::ATTACHMENTS>
                <For
                    each=move || attachments.items.get()
                    key=|item| (item.key, item.error.clone())
                    let:item
                >
                    {row(attachments, item)}
                </For>
            </ul>
        </Show>
    }
}

fn row(attachments: Attachments, item: Item) -> AnyView {
    let Item {
        key,
        name,
        percent,
        error,
        is_sendable,
    } = item;
    let remove = texts::remove_attachment(&name, error.is_some());
    let retry = texts::retry_attachment(&name);
    let progress = texts::progress_of(&name);
    let state = match error {
        None => view! {
            <progress class="progress" aria-label=progress max="100" prop:value=move || percent.get()></progress>
        }
        .into_any(),
        Some(error) => view! {
            <span class="agent-refusal" role="alert">{error}</span>
            {is_sendable.then(|| view! {
                <Button variant=ButtonVariant::Quiet label=retry on_press=move || attachments.retry(key)>
                    {texts::RETRY}
                </Button>
            })}
        }
        .into_any(),
    };
    view! {
        <li>
            <span class="agent-queued">{name}</span>
            {state}
            <Button variant=ButtonVariant::Quiet label=remove on_press=move || attachments.remove(key)><Icon name="close" /></Button>
        </li>
    }
    .into_any()
}
