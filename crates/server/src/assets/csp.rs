//! The Content-Security-Policy of the console's page.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// Returns the policy for a page: its own inline scripts are allowed by their hashes, and frames
/// may show the apps' origins.
pub(super) fn policy(page: &str, app_origins: &str) -> String {
    let mut scripts = String::from("'self'");
    for script in inline_scripts(page) {
        let hash = STANDARD.encode(Sha256::digest(script.as_bytes()));
        // Writing to a String cannot fail.
        let _ = write!(scripts, " 'sha256-{hash}'");
    }
    format!(
        "default-src 'none'; script-src {scripts} 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
         frame-src {app_origins}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

/// Returns the text of every `<script>` without `src`. The page is our own build's: tags in lower
/// case, no `>` inside attributes.
fn inline_scripts(page: &str) -> impl Iterator<Item = &str> {
    page.split("<script").skip(1).filter_map(|rest| {
        let (attributes, rest) = rest.split_once('>')?;
        let (text, _) = rest.split_once("</script>")?;
        let has_source = attributes
            .split_ascii_whitespace()
            .any(|attribute| attribute.starts_with("src="));
        (!has_source && !text.is_empty()).then_some(text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_scripts_are_allowed_by_hash_and_nothing_else_inline_is() {
        let page = "<script src=\"/a.js\"></script><script type=\"module\">\nalert(1)\n</script>";
        let policy = policy(page, "http://*.vestibule.localhost:8080");
        let hash = STANDARD.encode(Sha256::digest(b"\nalert(1)\n"));
        assert!(policy.contains(&format!(
            "script-src 'self' 'sha256-{hash}' 'wasm-unsafe-eval';"
        )));
        assert!(policy.contains("frame-src http://*.vestibule.localhost:8080;"));
        assert!(policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("unsafe-inline"));
    }
}
