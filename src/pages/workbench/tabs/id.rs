//! Identifiers of tabs and messages, made by the client, so that a repeated request has one effect.

use crate::api::clock;
use vestibule_model::ids::{MessageId, TabId, hex, uuid_7};

/// Returns a new identifier of a tab.
pub fn new_tab_id() -> TabId {
    TabId::new(new_uuid())
}

/// Returns a new identifier of a message.
pub fn new_message_id() -> MessageId {
    MessageId::new(new_uuid())
}

/// Returns a UUID of version 7 (RFC 9562, section 5.7).
fn new_uuid() -> String {
    let mut random = [0_u8; 10];
    fill(&mut random);
    let millis = u64::try_from(clock::now().as_millis()).unwrap_or(0);
    uuid_7(millis, random)
}

/// Returns a random text that no other page can guess.
pub fn secret_key() -> String {
    let mut random = [0_u8; 16];
    fill(&mut random);
    hex(&random)
}

fn fill(bytes: &mut [u8]) {
    let crypto = web_sys::window().and_then(|window| window.crypto().ok());
    // Fails only for more than 65,536 bytes.
    let _ = crypto.map(|crypto| crypto.get_random_values_with_u8_array(bytes));
}
