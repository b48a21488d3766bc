//! Identifiers made by the client, so that a repeated request creates one workbench.

use vestibule_model::ids::{ID_ALPHABET, ID_LENGTH, WorkbenchId};

/// Returns a random workbench identifier.
pub fn random_workbench_id() -> WorkbenchId {
    let mut bytes = [0u8; ID_LENGTH * 4];
    let filled = web_sys::window()
        .and_then(|window| window.crypto().ok())
        .and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes).ok());
    if filled.is_none() {
        for byte in &mut bytes {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "0 to 255 by construction"
            )]
            let random = (js_sys::Math::random() * 256.0) as u8;
            *byte = random;
        }
    }
    WorkbenchId::new(encode(&bytes))
}

/// Writes random bytes in the alphabet of identifiers, without favouring its first letters.
fn encode(bytes: &[u8]) -> String {
    let letters = ID_ALPHABET.len();
    let fair = 256 / letters * letters;
    let word: String = bytes
        .iter()
        .map(|byte| usize::from(*byte))
        .filter(|byte| *byte < fair)
        .map(|byte| char::from(ID_ALPHABET[byte % letters]))
        .take(ID_LENGTH)
        .collect();
    format!("wb-{word}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_bytes_become_a_workbench_id() {
        let bytes: Vec<u8> = (0..32).map(|i| i * 7).collect();
        let id = encode(&bytes);
        assert!(WorkbenchId::parse(&id).is_some(), "{id}");
        assert_eq!(id.len(), 3 + ID_LENGTH);
    }
}
