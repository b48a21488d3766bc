//! Refused attempts to create a Pod.

use super::objects::Refusal;
use vestibule_model::observed::Creation;

/// Beginning of what a webhook or policy says about a request that it denied.
const DENIED: [&str; 3] = [
    " denied the request: ",
    " denied request: ",
    " denied the request",
];

impl Refusal {
    /// Returns the API server's words.
    pub(super) fn message(&self) -> String {
        match self.message.trim() {
            "" => format!(
                "The API server answered with {} {}.",
                self.code, self.reason
            ),
            message => message.to_owned(),
        }
    }
}

/// Returns the outcome of an attempt that was answered like this.
pub(super) fn creation(refusal: &Refusal) -> Creation {
    // What is there already was created by an earlier attempt.
    if refusal.reason == "AlreadyExists" {
        return Creation::Unhindered;
    }
    let message = refusal.message();
    let is_policy = message.contains("violates PodSecurity")
        || DENIED.iter().any(|words| message.contains(words));
    match is_policy {
        true => Creation::Denied(message),
        false => Creation::Failed(message),
    }
}
