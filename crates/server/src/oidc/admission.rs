//! Decision who may sign in through a provider, and with which roles.

use super::claims::Claims;
use super::refused::SignInRefusal;
use super::settings::ProviderSettings;
use vestibule_model::access::Scope;
use vestibule_model::people::{check_email, check_title};
use vestibule_model::validation::{MAX_USERNAME_CHARS, check_username};

/// Person who may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The subject, which with the issuer is the identity.
    pub subject: String,
    /// Username of a new user.
    pub username: String,
    /// Display name of a new user.
    pub display_name: String,
    /// Verified address of a new user.
    pub email: Option<String>,
    /// Roles by the claims.
    pub roles: Vec<(String, Scope)>,
    /// Roles by claims that the provider has left out: a person who has them keeps them.
    pub undecided: Vec<(String, Scope)>,
}

/// Applies a provider's rules to a person.
pub fn admit(
    settings: &ProviderSettings,
    subject: &str,
    claims: &Claims,
) -> Result<Person, SignInRefusal> {
    let email = claims.verified_email();
    let domain = email.and_then(|email| Some(email.rsplit_once('@')?.1));
    let is_in_domain = settings.allowed_domains.is_empty()
        || settings
            .allowed_domains
            .iter()
            .any(|one| domain.is_some_and(|domain| domain.eq_ignore_ascii_case(one)));
    let has_claim = settings.allowed_claims.is_empty()
        || settings
            .allowed_claims
            .iter()
            .any(|one| claims.has(&one.claim, &one.value));
    let mut allowed = settings.allowed_claims.iter();
    if is_in_domain && !has_claim && allowed.any(|one| claims.leaves_out(&one.claim)) {
        return Err(SignInRefusal::NoList);
    }
    if !is_in_domain || !has_claim {
        return Err(SignInRefusal::NotAllowed);
    }
    let (mut roles, mut undecided) = (Vec::new(), Vec::new());
    for one in &settings.roles {
        let role = (one.role.clone(), one.scope());
        if claims.has(&one.claim, &one.value) && !roles.contains(&role) {
            roles.push(role);
        } else if claims.leaves_out(&one.claim) {
            undecided.push(role);
        }
    }
    let username = username(settings, claims);
    let name = claims.text("name").unwrap_or_default();
    let display_name = check_title("name", &name, false).unwrap_or_else(|_| username.clone());
    Ok(Person {
        subject: subject.to_owned(),
        username,
        display_name,
        email: email.and_then(|email| check_email("email", email).ok()),
        roles,
        undecided,
    })
}

/// Returns a username from the claims: letters without their marks, and in Latin script if they are in
/// another one. Other characters that no username has are left out. A part of an address is better than
/// a name in another script.
fn username(settings: &ProviderSettings, claims: &Claims) -> String {
    let email = claims.text("email");
    let local = email.and_then(|email| Some(email.split('@').next()?.to_owned()));
    let named: Vec<String> = [claims.text(&settings.username_claim), local]
        .into_iter()
        .flatten()
        .collect();
    let fit = |text: &str| {
        let kept = text
            .chars()
            .filter(|c| check_username("", &c.to_string()).is_ok());
        let kept: String = kept.take(MAX_USERNAME_CHARS - 4).collect();
        Some(kept).filter(|name| !name.is_empty())
    };
    let is_latin = |text: &&String| text.chars().all(|c| c < '\u{250}' || !c.is_alphabetic());
    let latin = named.iter().filter(is_latin);
    let found = latin
        .chain(&named)
        .find_map(|text| fit(&deunicode::deunicode_with_tofu(text, "")));
    found.unwrap_or_else(|| "user".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn settings(rules: &str) -> ProviderSettings {
        let text = format!(
            "id = \"lab\"\nname = \"Lab\"\nissuer = \"https://a.example\"\nclient_id = \"v\"\n{rules}"
        );
        toml::from_str(&text).expect("valid")
    }

    fn admitted(rules: &str, claims: Value) -> Result<Person, SignInRefusal> {
        admit(&settings(rules), "s-1", &claims.into())
    }

    #[test]
    fn only_a_verified_address_is_in_a_domain() {
        let rules = "allowed_domains = [\"example.org\"]";
        let with = |email: &str, verified: Value| {
            admitted(rules, json!({"email": email, "email_verified": verified})).is_ok()
        };
        assert!(with("ada@example.org", json!(true)));
        assert!(with("ada@EXAMPLE.org", json!(true)));
        assert!(!with("ada@example.org", json!(false)));
        assert!(with("ada@example.org", json!("true")));
        assert!(!with("ada@example.org", json!("yes")));
        assert!(!with("ada@example.org", json!(1)));
        assert!(!with("ada@example.org.evil.example", json!(true)));
        assert!(!with("ada@sub.example.org", json!(true)));
        assert!(!with("example.org", json!(true)));
        assert!(admitted(rules, json!({})).is_err());
    }

    #[test]
    fn a_claim_may_be_needed_in_addition() {
        let rules = "allowed_domains = [\"a.org\"]\nallowed_claims = [{claim = \"realm.roles\", value = \"staff\"}]";
        let with = |realm: Value| {
            let claims = json!({"email": "x@a.org", "email_verified": true, "realm": realm});
            admitted(rules, claims)
        };
        assert!(with(json!({"roles": ["guest", "staff"]})).is_ok());
        assert!(with(json!({"roles": "staff"})).is_ok());
        assert_eq!(
            with(json!({"roles": ["staffer"]})),
            Err(SignInRefusal::NotAllowed)
        );
        assert_eq!(with(json!(null)), Err(SignInRefusal::NotAllowed));
    }

    #[test]
    fn claims_give_roles_in_scopes() {
        let rules = r#"
            role = [
                {claim = "groups", value = "ops", role = "administrator"},
                {claim = "groups", value = "ml", role = "workspace-member", workspace = "ws-1"},
                {claim = "team", value = "ml", role = "workspace-member", workspace = "ws-1"},
                {claim = "groups", value = "x", role = "workbench-guest", workbench = "wb-1"},
            ]"#;
        let person = admitted(rules, json!({"groups": ["ml", "x"], "team": "ml"}));
        let person = person.expect("admitted");
        let member = (
            "workspace-member".to_owned(),
            Scope::Workspace("ws-1".to_owned()),
        );
        let guest = (
            "workbench-guest".to_owned(),
            Scope::Workbench("wb-1".to_owned()),
        );
        assert_eq!(person.roles, [member, guest]);
        assert!(
            admitted(rules, json!({}))
                .expect("admitted")
                .roles
                .is_empty()
        );
    }

    /// In use, H5: a token without the list of groups took the roles that the list had given.
    #[test]
    fn a_list_that_the_provider_leaves_out_takes_no_role() {
        let rules = "role = [{claim = \"groups\", value = \"ops\", role = \"administrator\"}]";
        let left_out = json!({"_claim_names": {"groups": "src1"}});
        let person = admitted(rules, left_out.clone()).expect("admitted");
        let ops = ("administrator".to_owned(), Scope::Platform(true));
        assert_eq!((person.roles.len(), person.undecided), (0, vec![ops]));
        let person = admitted(rules, json!({"groups": []})).expect("admitted");
        assert!(person.roles.is_empty() && person.undecided.is_empty());
        let rules = "allowed_claims = [{claim = \"groups\", value = \"staff\"}]";
        assert_eq!(admitted(rules, left_out), Err(SignInRefusal::NoList));
    }

    #[test]
    fn a_username_has_only_characters_of_usernames() {
        for (claims, name) in [
            (json!({"preferred_username": "ada"}), "ada"),
            (
                json!({"preferred_username": "Ada Lövelace\u{202e}"}),
                "AdaLovelace",
            ),
            (
                json!({"preferred_username": "日本", "email": "jo@x.org"}),
                "jo",
            ),
            (json!({"preferred_username": 7}), "7"),
            (json!({"preferred_username": "Zoë"}), "Zoe"),
            (json!({"preferred_username": "Łukasz Żółć"}), "LukaszZolc"),
            (json!({"preferred_username": "山田"}), "ShanTian"),
            (json!({"preferred_username": "Иван"}), "Ivan"),
            (json!({"preferred_username": ["x"]}), "user"),
            (json!({}), "user"),
        ] {
            assert_eq!(admitted("", claims).expect("admitted").username, name);
        }
        let long = admitted("", json!({"preferred_username": "a".repeat(500)}));
        assert!(check_username("", &long.expect("admitted").username).is_ok());
    }
}
