//! Claims about a person.

use serde_json::{Map, Value};

/// Claims of a verified ID token and of the userinfo endpoint.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// Returns these claims, of a token that was verified.
    pub fn of(claims: Map<String, Value>) -> Self {
        Self(claims)
    }

    /// Adds claims that are not there yet.
    pub fn add(&mut self, more: Map<String, Value>) {
        for (name, value) in more {
            self.0.entry(name).or_insert(value);
        }
    }

    /// Returns a claim. A name with dots that no claim has leads into objects, whose names may have dots
    /// themselves, as those of clients do.
    fn get(&self, name: &str) -> Option<&Value> {
        find(&self.0, name)
    }

    /// Returns a claim that is a text or a number.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// Returns `true` if the provider has left out this claim, which does not mean that it is empty:
    /// it names the claim in `_claim_names`, or says `hasgroups`, where a list is too long for a token.
    pub fn leaves_out(&self, name: &str) -> bool {
        let first = name.split('.').next().unwrap_or_default();
        let elsewhere = self.0.get("_claim_names").and_then(Value::as_object);
        let is_elsewhere = elsewhere
            .is_some_and(|names| [name, first].iter().any(|name| names.contains_key(*name)));
        let has_groups = matches!(
            self.0.get("hasgroups"),
            Some(Value::Bool(true)) | Some(Value::String(_))
        );
        self.get(name).is_none() && (is_elsewhere || (first == "groups" && has_groups))
    }

    /// Returns the names of the claims that the provider has left out.
    pub fn missing_lists(&self) -> Vec<&str> {
        let elsewhere = self.0.get("_claim_names").and_then(Value::as_object);
        let names = elsewhere
            .into_iter()
            .flat_map(Map::keys)
            .map(String::as_str);
        let mut missing: Vec<&str> = names.filter(|name| self.leaves_out(name)).collect();
        if missing.is_empty() && self.leaves_out("groups") {
            missing.push("groups");
        }
        missing
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

    /// Returns the e-mail address, if the provider has verified it. Some say so by a text.
    pub fn verified_email(&self) -> Option<&str> {
        let is_verified = match self.get("email_verified")? {
            Value::Bool(is_verified) => *is_verified,
            Value::String(text) => text == "true",
            _ => false,
        };
        let email = self.get("email").and_then(Value::as_str);
        email.filter(|_| is_verified)
    }
}

fn find<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    claims.get(name).or_else(|| {
        let mut dots = name.match_indices('.');
        dots.find_map(|(at, _)| {
            let inner = claims.get(&name[..at])?.as_object()?;
            find(inner, &name[at + 1..])
        })
    })
}

#[cfg(test)]
impl From<Value> for Claims {
    fn from(value: Value) -> Self {
        Self(value.as_object().cloned().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_with_dots_lead_into_objects_whose_names_have_dots() {
        let claims = Claims::from(json!({
            "https://a.example/roles": ["x"],
            "resource_access": {"vestibule.example.org": {"roles": ["staff"]}, "plain": {"a": "b"}},
        }));
        assert!(claims.has("https://a.example/roles", "x"));
        assert!(claims.has("resource_access.vestibule.example.org.roles", "staff"));
        assert!(claims.has("resource_access.plain.a", "b"));
        assert!(!claims.has("resource_access.vestibule.roles", "staff"));
        assert!(!claims.has("resource_access.", "staff"));
    }

    #[test]
    fn a_list_that_is_left_out_is_no_empty_list() {
        for (claims, is_missing) in [
            (json!({"_claim_names": {"groups": "src1"}}), true),
            (json!({"hasgroups": true}), true),
            (json!({"hasgroups": "true"}), true),
            (json!({"hasgroups": false}), false),
            (json!({"hasgroups": true, "groups": ["a"]}), false),
            (json!({"_claim_names": {"roles": "src1"}}), false),
            (json!({"groups": []}), false),
            (json!({}), false),
        ] {
            assert_eq!(
                Claims::from(claims.clone()).leaves_out("groups"),
                is_missing,
                "{claims}"
            );
        }
        let claims = Claims::from(json!({"_claim_names": {"roles": "src1"}, "hasgroups": true}));
        assert_eq!(claims.missing_lists(), ["roles"]);
    }
}
