//! Claims about a person.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// Claims of a verified ID token and of the userinfo endpoint.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// Returns the claims of an ID token. The token must have been verified before.
    pub fn of_verified(token: &str) -> Option<Self> {
        let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
        serde_json::from_slice(&payload).ok().map(Self)
    }

    /// Adds claims that are not there yet.
    pub fn add(&mut self, more: Value) {
        let Value::Object(more) = more else { return };
        for (name, value) in more {
            self.0.entry(name).or_insert(value);
        }
    }

    /// Returns a claim. A name with dots that no claim has leads into objects.
    fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).or_else(|| {
            let (first, rest) = name.split_once('.')?;
            let pointer = format!("/{}", rest.replace('.', "/"));
            self.0.get(first)?.pointer(&pointer)
        })
    }

    /// Returns a claim that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    /// Returns whether a claim is this value, or a list with it.
    pub fn has(&self, name: &str, value: &str) -> bool {
        match self.get(name) {
            Some(Value::String(text)) => text == value,
            Some(Value::Array(all)) => all.iter().any(|one| one.as_str() == Some(value)),
            Some(Value::Bool(is_set)) => is_set.to_string() == value,
            Some(Value::Number(number)) => number.to_string() == value,
            _ => false,
        }
    }

    /// Returns the e-mail address, if the provider has verified it.
    pub fn verified_email(&self) -> Option<&str> {
        let is_verified = self.get("email_verified") == Some(&Value::Bool(true));
        self.text("email").filter(|_| is_verified)
    }
}

#[cfg(test)]
impl From<Value> for Claims {
    fn from(value: Value) -> Self {
        let mut claims = Self::default();
        claims.add(value);
        claims
    }
}
