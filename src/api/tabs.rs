//! Calls about tabs.

use super::calls::workbench_path;
use super::client::{Answer, Call, read, send};
use super::error::ApiError;
use serde_json::json;
use vestibule_model::ids::{MessageId, TabId, WorkbenchId};
use vestibule_model::tab::queue::{Draft, Message, NewDraft, NewMessage, Seen, StopTurn};
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
pub async fn open_tab(id: TabId, body: NewTab) -> Result<Tab, ApiError> {
    read(&send(Call::put(tab_path(&id), &body)).await?)
}

/// Renames or moves a tab.
pub async fn change_tab(id: TabId, body: TabPatch) -> Result<Tab, ApiError> {
    read(&send(Call::patch(tab_path(&id), &body)).await?)
}

/// Opens the session of a tab again.
pub async fn retry_tab(id: TabId) -> Result<Tab, ApiError> {
    read(&send(Call::post(format!("{}/retry", tab_path(&id)), &json!({}))).await?)
}

/// Closes a tab.
pub async fn close_tab(id: TabId) -> Result<Answer, ApiError> {
    send(Call::delete(tab_path(&id))).await
}

/// Fetches the open tabs of a workbench.
pub async fn tabs(workbench: WorkbenchId) -> Result<TabList, ApiError> {
    read(&send(Call::get(tabs_path(&workbench), None)).await?)
}

/// Sends a message to an agent. A second request with the same id has no effect.
pub async fn send_message(tab: TabId, id: MessageId, text: String) -> Result<Message, ApiError> {
    let path = format!("{}/messages/{id}", tab_path(&tab));
    read(&send(Call::put(path, &NewMessage { text })).await?)
}

/// Takes a message back that waits.
pub async fn cancel_message(tab: TabId, id: MessageId) -> Result<Message, ApiError> {
    read(&send(Call::delete(format!("{}/messages/{id}", tab_path(&tab)))).await?)
}

/// Stops the turn of a message.
pub async fn stop_turn(tab: TabId, message_id: MessageId) -> Result<Message, ApiError> {
    let path = format!("{}/stop", tab_path(&tab));
    read(&send(Call::post(path, &StopTurn { message_id })).await?)
}

/// Fetches the user's draft.
pub async fn tab_draft(tab: TabId) -> Result<Draft, ApiError> {
    read(&send(Call::get(format!("{}/draft", tab_path(&tab)), None)).await?)
}

/// Stores the user's draft. With a version it is refused if another window has stored one since.
pub async fn store_tab_draft(
    tab: TabId,
    text: String,
    version: Option<u64>,
) -> Result<Draft, ApiError> {
    let body = NewDraft { text, version };
    read(&send(Call::put(format!("{}/draft", tab_path(&tab)), &body)).await?)
}

/// Notes the last event that the user has seen.
pub async fn note_seen(tab: TabId, event: u64) -> Result<Draft, ApiError> {
    let path = format!("{}/seen", tab_path(&tab));
    read(&send(Call::put(path, &Seen { event })).await?)
}

/// Part of a transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TranscriptPlace {
    /// The newest events.
    End,
    /// The last events before a number.
    Before(u64),
    /// The first events after a number.
    After(u64),
}

/// Fetches a page of a transcript with at most so many events.
pub async fn transcript(
    tab: TabId,
    place: TranscriptPlace,
    limit: u32,
) -> Result<TranscriptPage, ApiError> {
    let place = match place {
        TranscriptPlace::End => String::new(),
        TranscriptPlace::Before(number) => format!("&before={number}"),
        TranscriptPlace::After(number) => format!("&after={number}"),
    };
    let path = format!("{}/transcript?limit={limit}{place}", tab_path(&tab));
    read(&send(Call::get(path, None)).await?)
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
