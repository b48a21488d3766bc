//! Faults of TOML files, each in one line.

use anyhow::anyhow;

/// Returns an error of a text with its line, and without the excerpt in which the library shows the place: the text
/// may contain secrets.
pub fn toml_fault(text: &str, error: &toml::de::Error) -> anyhow::Error {
    let message = error.message().lines().collect::<Vec<_>>().join(", ");
    match error.span().and_then(|span| text.get(..span.start)) {
        Some(before) => {
            let line = 1 + before.matches('\n').count();
            anyhow!("line {line}: {message}")
        }
        None => anyhow!(message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Faults, RL.
    #[test]
    fn fault_is_one_line_with_its_place_and_without_the_text() {
        let text = "a = 1\nsecret = = \"x\"\n";
        let error = text.parse::<toml::Table>().expect_err("wrong");
        let told = format!("{:#}", toml_fault(text, &error));
        assert!(told.starts_with("line 2: "), "{told}");
        assert!(!told.contains('\n') && !told.contains("secret"), "{told}");
    }
}
