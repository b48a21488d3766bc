//! Case folding, to compare texts.

/// Folds a text for comparisons that ignore case: "Straße" and "STRASSE" are equal, and a final
/// sigma equals a sigma.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        fold_letters(text)
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn fold_letters(text: &str) -> String {
    text.chars()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .collect()
}

/// Folds letters by the browser, which has the tables of all letters already; they would be a tenth of the console's size.
#[cfg(target_arch = "wasm32")]
fn fold_letters(text: &str) -> String {
    let folded = js_sys::JsString::from(text).to_upper_case().to_lower_case();
    // The browser's function depends on whole words; see above.
    String::from(folded).replace('ς', "σ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_makes_no_difference() {
        for (one, other) in [
            ("Straße", "STRASSE"),
            ("ΟΔΟΣ", "οδος"),
            ("ΟΔΟΣ", "οδοσ"),
            ("Ada", "aDA"),
            ("Ǆ", "ǆ"),
            ("ÉCOLE", "école"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} {other}");
        }
        assert_ne!(fold("école"), fold("ecole"));
    }
}
