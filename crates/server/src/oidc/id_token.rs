//! Verification of ID tokens (OpenID Connect Core, section 3.1.3.7). Pure.
//!
//! The signature, `iss`, `sub`, `aud`, `exp`, `nonce` and `at_hash` decide. All other claims are left as
//! they are: many providers do not keep to the standard's types, which is no reason to keep people out.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm};
use openidconnect::{
    AccessToken, AccessTokenHash, JsonWebKey as _, JsonWebKeyUse as _, JwsSigningAlgorithm as _,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use vestibule_model::time::{Millis, Timestamp};

/// Difference of the clocks of provider and server.
const LEEWAY: Millis = Millis::from_secs(60);
/// Longest subject (OpenID Connect Core, section 2).
const MOST_SUBJECT: usize = 255;

/// Sign-in that an ID token must be about.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The issuer.
    pub issuer: &'a str,
    /// The client at the provider.
    pub client_id: &'a str,
    /// Other audiences that a token may have as well.
    pub trusted_audiences: &'a [String],
    /// The nonce of the sign-in.
    pub nonce: &'a str,
    /// The access token that came with it.
    pub access_token: &'a str,
    /// The time.
    pub now: Timestamp,
}

/// Keys that may have signed.
#[derive(Debug, Clone, Copy)]
pub struct Keys<'a> {
    /// The provider's keys.
    pub published: &'a [CoreJsonWebKey],
    /// The client's secret, if the provider signs by it.
    pub secret: Option<&'a str>,
}

/// Reason against a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenFault {
    /// No known key fits: the provider may have new ones.
    UnknownKey(String),
    /// Anything else.
    Invalid(String),
}

impl std::fmt::Display for TokenFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownKey(why) | Self::Invalid(why) => f.write_str(why),
        }
    }
}

fn invalid(why: impl Into<String>) -> TokenFault {
    TokenFault::Invalid(why.into())
}

#[derive(Deserialize)]
struct Header {
    alg: CoreJwsSigningAlgorithm,
    #[serde(default)]
    kid: Option<Value>,
    #[serde(default)]
    crit: Option<Value>,
}

/// Claims with a valid signature.
struct Signed {
    claims: Map<String, Value>,
    algorithm: CoreJwsSigningAlgorithm,
    key: CoreJsonWebKey,
}

/// Returns the claims of an ID token that is about this sign-in.
pub fn verify(
    token: &str,
    keys: Keys<'_>,
    expected: Expected<'_>,
) -> Result<Map<String, Value>, TokenFault> {
    let Signed {
        claims,
        algorithm,
        key,
    } = signed(token, keys)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(expected.issuer) {
        let named = text("iss").unwrap_or("nobody");
        return Err(invalid(format!("the ID token's issuer is {named}")));
    }
    subject(&claims).map_err(invalid)?;
    audience(&claims, expected)?;
    let end = claims.get("exp").and_then(Value::as_f64);
    let end = end.ok_or_else(|| invalid("the ID token has no end"))?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a number outside of i64 becomes its nearest value"
    )]
    let end = Timestamp::from_millis((end * 1000.0) as i64);
    if end + LEEWAY <= expected.now {
        return Err(invalid(format!(
            "the ID token ended at {end}, and this server's clock shows {}",
            expected.now
        )));
    }
    if text("nonce") != Some(expected.nonce) {
        return Err(invalid("the ID token is about another sign-in (nonce)"));
    }
    if let Some(hash) = claims.get("at_hash") {
        let token = AccessToken::new(expected.access_token.to_owned());
        let actual = AccessTokenHash::from_token(&token, &algorithm, &key)
            .map_err(|error| invalid(format!("the hash of the access token: {error}")))?;
        if hash.as_str() != Some(actual.as_str()) {
            return Err(invalid("the access token is not the ID token's (at_hash)"));
        }
    }
    Ok(claims)
}

/// Returns the claims of a token with a valid signature, such as a signed answer of userinfo.
pub fn signed_claims(token: &str, keys: Keys<'_>) -> Result<Map<String, Value>, TokenFault> {
    Ok(signed(token, keys)?.claims)
}

/// Returns the subject of claims.
pub fn subject(claims: &Map<String, Value>) -> Result<&str, String> {
    let subject = claims.get("sub").and_then(Value::as_str);
    let subject = subject.filter(|text| !text.is_empty() && text.len() <= MOST_SUBJECT);
    subject.ok_or_else(|| {
        format!("the subject (sub) has to be a text of 1 to {MOST_SUBJECT} characters")
    })
}

fn signed(token: &str, keys: Keys<'_>) -> Result<Signed, TokenFault> {
    let (message, signature) = token
        .rsplit_once('.')
        .ok_or_else(|| invalid("no signed token"))?;
    let (header, payload) = message
        .split_once('.')
        .filter(|(_, payload)| !payload.contains('.'))
        .ok_or_else(|| invalid("no signed token; encrypted ones aren't supported"))?;
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part.trim_end_matches('='));
    let header: Header = decode(header)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| invalid("the token's header has no known algorithm"))?;
    if header.crit.is_some() {
        return Err(invalid("the token's header needs an unknown extension"));
    }
    let signature = decode(signature).map_err(|_| invalid("the signature is no base64url"))?;
    let key = key_of(&header, message.as_bytes(), &signature, keys)?;
    let claims = decode(payload)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| invalid("the token has no claims"))?;
    Ok(Signed {
        claims,
        algorithm: header.alg,
        key,
    })
}

/// Returns the key that has made the signature.
fn key_of(
    header: &Header,
    message: &[u8],
    signature: &[u8],
    keys: Keys<'_>,
) -> Result<CoreJsonWebKey, TokenFault> {
    let fits = |key: &CoreJsonWebKey| {
        key.verify_signature(&header.alg, message, signature)
            .is_ok()
    };
    if header.alg.uses_shared_secret() {
        let secret = keys
            .secret
            .ok_or_else(|| invalid("signed by a secret that isn't shared with this server"))?;
        let key = CoreJsonWebKey::new_symmetric(secret.as_bytes().to_vec());
        return match fits(&key) {
            true => Ok(key),
            false => Err(invalid("the signature isn't by the client's secret")),
        };
    }
    let kind = header.alg.key_type();
    let kind = kind.ok_or_else(|| invalid("the token isn't signed"))?;
    let id = header.kid.as_ref().and_then(Value::as_str);
    let may_sign = |key: &&CoreJsonWebKey| {
        let has_id = match (id, key.key_id()) {
            (Some(id), Some(own)) => own.as_str() == id,
            _ => true,
        };
        let signs = key.key_use().is_none_or(|usage| usage.allows_signature());
        *key.key_type() == kind && has_id && signs
    };
    let mut candidates = keys.published.iter().filter(may_sign);
    candidates.find(|key| fits(key)).cloned().ok_or_else(|| {
        let id = id.unwrap_or("without a name");
        TokenFault::UnknownKey(format!(
            "none of the provider's keys fits the signature (key {id})"
        ))
    })
}

fn audience(claims: &Map<String, Value>, expected: Expected<'_>) -> Result<(), TokenFault> {
    let all: Vec<&str> = match claims.get("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !all.contains(&expected.client_id) {
        return Err(invalid(format!(
            "the ID token is for {}, and not for the client {}",
            all.join(", "),
            expected.client_id
        )));
    }
    let is_trusted = |one: &&&str| {
        **one == expected.client_id || expected.trusted_audiences.iter().any(|it| it == **one)
    };
    let others: Vec<&str> = all.iter().filter(|one| !is_trusted(one)).copied().collect();
    if !others.is_empty() {
        return Err(invalid(format!(
            "the ID token is also for {}; if that is right, name it in trusted_audiences",
            others.join(", ")
        )));
    }
    // The token may have been made for another one of its audiences.
    let by = claims.get("azp").and_then(Value::as_str);
    match by {
        Some(by) if all.len() > 1 && by != expected.client_id => Err(invalid(format!(
            "the ID token was made for {by} (azp), and not for the client {}",
            expected.client_id
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use openidconnect::PrivateSigningKey as _;
    use openidconnect::core::CoreHmacKey;
    use serde_json::json;

    const SECRET: &str = "a secret of the tests";

    fn sign(header: &Value, claims: &Value, secret: &str) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let key = CoreHmacKey::new(secret);
        let signature = key
            .sign(&CoreJwsSigningAlgorithm::HmacSha256, message.as_bytes())
            .expect("a signature");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn claims() -> Value {
        json!({"iss": "https://a.example", "sub": "s-1", "aud": "v", "exp": 1000, "nonce": "n"})
    }

    fn checked(change: Value, trusted: &[&str]) -> Result<Map<String, Value>, String> {
        let mut claims = claims();
        for (name, value) in change.as_object().expect("an object") {
            claims[name] = value.clone();
        }
        let trusted: Vec<String> = trusted.iter().map(|&one| one.to_owned()).collect();
        let expected = Expected {
            issuer: "https://a.example",
            client_id: "v",
            trusted_audiences: &trusted,
            nonce: "n",
            access_token: "t",
            now: Timestamp::from_millis(1_000_000),
        };
        let keys = Keys {
            published: &[],
            secret: Some(SECRET),
        };
        let token = sign(&json!({"alg": "HS256"}), &claims, SECRET);
        verify(&token, keys, expected).map_err(|fault| fault.to_string())
    }

    /// In use, H3: claims that nobody needs kept everybody out.
    #[test]
    fn claims_that_are_not_needed_may_have_any_type() {
        for change in [
            json!({"email_verified": "true"}),
            json!({"updated_at": "2026-11-25T10:00:00Z"}),
            json!({"preferred_username": 7}),
            json!({"locale": {"country": "DE"}}),
            json!({"iat": "now", "auth_time": null, "address": "x", "gender": 1}),
            json!({"aud": ["v"], "azp": "x", "exp": 1000.5}),
        ] {
            assert!(checked(change.clone(), &[]).is_ok(), "{change}");
        }
    }

    #[test]
    fn what_a_sign_in_rests_on_is_checked() {
        for (change, says) in [
            (json!({"iss": "https://b.example"}), "https://b.example"),
            (json!({"iss": "https://a.example/"}), "issuer"),
            (json!({"sub": ""}), "sub"),
            (json!({"sub": 7}), "sub"),
            (json!({"sub": "s".repeat(256)}), "sub"),
            (json!({"aud": "w"}), "for w"),
            (json!({"aud": null}), "client v"),
            (json!({"exp": 939}), "ended"),
            (json!({"exp": null}), "no end"),
            (json!({"nonce": "m"}), "nonce"),
            (json!({"nonce": null}), "nonce"),
            (json!({"at_hash": "x"}), "at_hash"),
            (json!({"at_hash": 7}), "at_hash"),
        ] {
            let why = checked(change.clone(), &[]).expect_err("a refusal");
            assert!(why.contains(says), "{change}: {why}");
        }
        // Clocks differ.
        assert!(checked(json!({"exp": 941}), &[]).is_ok());
    }

    /// In use, H4: more than one audience was refused without its name.
    #[test]
    fn another_audience_is_named_and_can_be_trusted() {
        let both = json!({"aud": ["v", "project-7"]});
        let why = checked(both.clone(), &[]).expect_err("a refusal");
        assert!(
            why.contains("project-7") && why.contains("trusted_audiences"),
            "{why}"
        );
        assert!(checked(both, &["project-7"]).is_ok());
        let for_other = json!({"aud": ["v", "project-7"], "azp": "project-7"});
        let why = checked(for_other, &["project-7"]).expect_err("a refusal");
        assert!(why.contains("azp"), "{why}");
        assert!(checked(json!({"aud": ["project-7"]}), &["project-7"]).is_err());
    }

    #[test]
    fn only_a_signature_by_a_known_key_counts() {
        let expected = Expected {
            issuer: "https://a.example",
            client_id: "v",
            trusted_audiences: &[],
            nonce: "n",
            access_token: "t",
            now: Timestamp::from_millis(0),
        };
        let with = |token: &str, secret: Option<&str>| {
            let keys = Keys {
                published: &[],
                secret,
            };
            verify(token, keys, expected)
        };
        let good = sign(&json!({"alg": "HS256"}), &claims(), SECRET);
        assert!(with(&good, Some(SECRET)).is_ok());
        assert!(with(&good, None).is_err());
        assert!(with(&good, Some("another secret")).is_err());
        let unsigned = sign(&json!({"alg": "none"}), &claims(), SECRET);
        let (message, _) = unsigned.rsplit_once('.').expect("a token");
        for token in [
            unsigned.as_str(),
            &format!("{message}."),
            message,
            "a.b.c.d.e",
            "",
            &sign(&json!({"alg": "HS256", "crit": ["x"]}), &claims(), SECRET),
            &sign(&json!({"alg": "XS1"}), &claims(), SECRET),
        ] {
            assert!(with(token, Some(SECRET)).is_err(), "{token}");
        }
        let rsa = sign(&json!({"alg": "RS256", "kid": "k"}), &claims(), SECRET);
        assert!(matches!(
            with(&rsa, Some(SECRET)),
            Err(TokenFault::UnknownKey(_))
        ));
    }
}
