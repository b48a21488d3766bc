//! A provider's published configuration. Only what a sign-in needs is read, so that a mistake in the
//! rest keeps nobody out.

use super::http::{Http, HttpError};
use openidconnect::core::{CoreJsonWebKey, CoreJsonWebKeySet};
use openidconnect::{HttpRequest, IssuerUrl};
use serde_json::{Map, Value};
use url::Url;

/// Configuration of a provider with its keys.
#[derive(Debug, Clone)]
pub struct Discovery {
    /// Address to which a browser goes.
    pub authorization: Url,
    /// Address at which a code is exchanged.
    pub token: Url,
    /// Address of further claims.
    pub userinfo: Option<Url>,
    /// `true` if the client's secret goes into the body of a request.
    pub secret_in_body: bool,
    /// `true` if the provider signs by the client's secret.
    pub signs_by_secret: bool,
    /// Keys of the provider's signatures.
    pub keys: Vec<CoreJsonWebKey>,
}

/// Fault of a provider.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// No answer.
    #[error(transparent)]
    NoAnswer(#[from] HttpError),
    /// The provider says that it failed.
    #[error("{0}")]
    Failed(String),
    /// The answer is not valid.
    #[error("{0}")]
    Invalid(String),
}

impl Discovery {
    /// Requests the configuration and the keys of an issuer.
    pub async fn request(http: &Http, issuer: &IssuerUrl) -> Result<Self, Fault> {
        let address = issuer
            .join(".well-known/openid-configuration")
            .map_err(|error| Fault::Invalid(format!("the issuer's address: {error}")))?;
        let document = json(&get(http, &address, None).await?)
            .ok_or_else(|| Fault::Invalid(format!("{address} has no JSON object")))?;
        let named = document.get("issuer").and_then(Value::as_str);
        if named != Some(issuer.as_str()) {
            let named = named.unwrap_or("no issuer");
            return Err(Fault::Invalid(format!(
                "{address} is about {named}, and the settings name {}",
                issuer.as_str()
            )));
        }
        let jwks = needed(&document, "jwks_uri")?;
        let keys = get(http, &jwks, None).await?;
        let keys: CoreJsonWebKeySet = serde_json::from_slice(&keys)
            .map_err(|error| Fault::Invalid(format!("{jwks} has no keys: {error}")))?;
        let methods = texts(&document, "token_endpoint_auth_methods_supported");
        let has = |name: &str| methods.iter().any(|one| one == name);
        let algorithms = texts(&document, "id_token_signing_alg_values_supported");
        Ok(Self {
            authorization: needed(&document, "authorization_endpoint")?,
            token: needed(&document, "token_endpoint")?,
            userinfo: address_of(&document, "userinfo_endpoint"),
            secret_in_body: has("client_secret_post") && !has("client_secret_basic"),
            signs_by_secret: algorithms.iter().any(|one| one.starts_with("HS")),
            keys: keys.keys().clone(),
        })
    }
}

/// Requests an address, with an access token if there is one, and returns the body.
pub async fn get(http: &Http, address: &Url, token: Option<&str>) -> Result<Vec<u8>, Fault> {
    let request = axum::http::Request::get(address.as_str())
        .header("accept", "application/json, application/jwt;q=0.5");
    let request = match token {
        Some(token) => request.header("authorization", format!("Bearer {token}")),
        None => request,
    };
    let request = request
        .body(Vec::new())
        .map_err(|error| Fault::Invalid(format!("the address {address}: {error}")))?;
    send(http, request).await
}

/// Sends a request and returns the body of an answer of success.
pub async fn send(http: &Http, request: HttpRequest) -> Result<Vec<u8>, Fault> {
    let address = request.uri().to_string();
    let answer = http.send(request).await?;
    let status = answer.status();
    if status.is_success() {
        return Ok(answer.into_body());
    }
    let why = json(answer.body()).unwrap_or_default();
    let part = |name: &str| why.get(name).and_then(Value::as_str).unwrap_or_default();
    let why = format!(
        "{address} answers {} {} {}",
        status.as_u16(),
        part("error"),
        part("error_description")
    );
    let why = why.trim_end().to_owned();
    Err(match status.is_server_error() {
        true => Fault::Failed(why),
        false => Fault::Invalid(why),
    })
}

/// Returns the members of a JSON object, whatever type the answer claims to have.
pub fn json(body: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(body).ok()
}

fn texts(document: &Map<String, Value>, name: &str) -> Vec<String> {
    let found = document.get(name).and_then(Value::as_array);
    let texts = found.into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

fn address_of(document: &Map<String, Value>, name: &str) -> Option<Url> {
    Url::parse(document.get(name)?.as_str()?).ok()
}

fn needed(document: &Map<String, Value>, name: &str) -> Result<Url, Fault> {
    address_of(document, name)
        .ok_or_else(|| Fault::Invalid(format!("the configuration has no address {name}")))
}
