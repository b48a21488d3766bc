//! Identifiers of tabs and messages, made by the client, so that a repeated request has one effect.

use crate::api::clock;
use vestibule_model::ids::{MessageId, TabId};

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

fn uuid_7(millis: u64, random: [u8; 10]) -> String {
    let mut bytes = [0_u8; 16];
    bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    bytes[6..].copy_from_slice(&random);
    bytes[6] = 0x70 | bytes[6] & 0x0f;
    bytes[8] = 0x80 | bytes[8] & 0x3f;
    let text = hex(&bytes);
    let parts = [
        &text[..8],
        &text[8..12],
        &text[12..16],
        &text[16..20],
        &text[20..],
    ];
    parts.join("-")
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_uuids_of_version_7_and_sort_by_time() {
        let id = uuid_7(0x0193_9f6e_7b2a, [0xff; 10]);
        assert_eq!(id, "01939f6e-7b2a-7fff-bfff-ffffffffffff");
        assert!(TabId::parse(&id).is_some());
        assert!(TabId::parse(&uuid_7(0, [0; 10])).is_some());
        assert!(uuid_7(0x0193_9f6e_7b2b, [0; 10]) > id);
    }
}
