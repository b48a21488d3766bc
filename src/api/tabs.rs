//! Calls about tabs.

use super::calls::workbench_path;
use super::client::{Call, Receiving, Sending, receive, send};
use serde_json::json;
use vestibule_model::ids::{MessageId, TabId, WorkbenchId};
use vestibule_model::tab::queue::{Message, NewDraft, NewMessage, Seen, StopTurn, TabDraft};
use vestibule_model::tab::transcript::TranscriptPage;
use vestibule_model::tab::{NewTab, Tab, TabList, TabPatch};

/// Address of the socket that carries terminals and agents.
pub const TAB_SOCKET: &str = "/api/tabs/socket";

/// Returns the path of a workbench's tabs.
pub fn tabs_path(id: &WorkbenchId) -> String {
    format!("{}/tabs", workbench_path(id))
}

fn tab_path(id: &TabId) -> String {
    format!("/api/tabs/{id}")
}

/// Opens a tab. A second request with the same id has no effect.
pub fn open_tab(id: TabId, body: NewTab) -> Receiving<Tab> {
    receive(Call::put(tab_path(&id), &body))
}

/// Renames or moves a tab.
pub fn change_tab(id: TabId, body: TabPatch) -> Receiving<Tab> {
    receive(Call::patch(tab_path(&id), &body))
}

/// Opens the session of a tab again.
pub fn retry_tab(id: TabId) -> Receiving<Tab> {
    receive(Call::post(format!("{}/retry", tab_path(&id)), &json!({})))
}

/// Closes a tab.
pub fn close_tab(id: TabId) -> Sending {
    send(Call::delete(tab_path(&id)))
}

/// Fetches the open tabs of a workbench.
pub fn tabs(workbench: WorkbenchId) -> Receiving<TabList> {
    receive(Call::get(tabs_path(&workbench), None))
}

/// Sends a message to an agent. A second request with the same id has no effect.
pub fn send_message(tab: TabId, id: MessageId, text: String) -> Receiving<Message> {
    let path = format!("{}/messages/{id}", tab_path(&tab));
    receive(Call::put(path, &NewMessage { text }))
}

/// Cancels a waiting message.
pub fn cancel_message(tab: TabId, id: MessageId) -> Receiving<Message> {
    receive(Call::delete(format!("{}/messages/{id}", tab_path(&tab))))
}

/// Stops the turn of a message.
pub fn stop_turn(tab: TabId, message_id: MessageId) -> Receiving<Message> {
    let path = format!("{}/stop", tab_path(&tab));
    receive(Call::post(path, &StopTurn { message_id }))
}

/// Fetches the user's draft.
pub fn tab_draft(tab: TabId) -> Receiving<TabDraft> {
    receive(Call::get(format!("{}/draft", tab_path(&tab)), None))
}

/// Stores the user's draft. With a version it is refused if another window has stored one since.
pub fn store_tab_draft(tab: TabId, text: String, version: Option<u64>) -> Receiving<TabDraft> {
    let body = NewDraft { text, version };
    receive(Call::put(format!("{}/draft", tab_path(&tab)), &body))
}

/// Notes the last event that the user has seen.
pub fn note_seen(tab: TabId, event: u64) -> Receiving<TabDraft> {
    let path = format!("{}/seen", tab_path(&tab));
    receive(Call::put(path, &Seen { event }))
}

/// Part of a transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TranscriptRange {
    /// The newest events.
    End,
    /// The last events before a number.
    Before(u64),
    /// The first events after a number.
    After(u64),
}

/// Fetches a page of a transcript with at most so many events.
pub fn transcript(tab: TabId, place: TranscriptRange, limit: u32) -> Receiving<TranscriptPage> {
    let place = match place {
        TranscriptRange::End => String::new(),
        TranscriptRange::Before(number) => format!("&before={number}"),
        TranscriptRange::After(number) => format!("&after={number}"),
    };
    let path = format!("{}/transcript?limit={limit}{place}", tab_path(&tab));
    receive(Call::get(path, None))
}

/// Returns the path of an attachment with this name.
pub(super) fn attachment_path(tab: &TabId, name: &str) -> String {
    let name = js_sys::encode_uri_component(name);
    format!("{}/files/{name}", tab_path(tab))
}

/// Returns the address of the whole transcript as a text.
pub fn transcript_download(tab: &TabId) -> String {
    format!("{}/transcript/download", tab_path(tab))
}
