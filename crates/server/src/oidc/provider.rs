//! A provider: its published configuration, the redirect to it, and the answer from it.

use super::admission::{Person, admit};
use super::attempt::Pending;
use super::claims::Claims;
use super::discovery::{Discovery, Fault, get, json, send};
use super::http::Http;
use super::id_token::{Expected, Keys, TokenFault, signed_claims, subject, verify};
use super::refused::SignInRefusal;
use super::settings::ProviderSettings;
use crate::{clock, tokens};
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openidconnect::{ClientSecret, HttpRequest, PkceCodeChallenge};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, Semaphore};
use url::form_urlencoded::{Serializer, byte_serialize};

/// Time for which a provider's configuration is kept.
const KEPT: Duration = Duration::from_secs(60 * 60);
/// Codes that are exchanged at one time. Each is a request to the provider that any browser can cause,
/// and the next ones wait.
const EXCHANGES: usize = 16;
/// Longest wait of a code.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// Time after which a provider that failed is asked again.
const FAILURE_KEPT: Duration = Duration::from_secs(5);

/// Provider's configuration as it was last requested.
#[derive(Debug)]
struct CachedDiscovery {
    requested: Instant,
    /// The reason against sign-ins if the request failed.
    found: Result<Discovery, SignInRefusal>,
}

/// An OpenID Connect provider.
#[derive(Debug)]
pub struct Provider {
    settings: ProviderSettings,
    secret: Option<ClientSecret>,
    http: Arc<Http>,
    cached: Mutex<Option<CachedDiscovery>>,
    exchanges: Semaphore,
}

/// Redirect to the provider.
#[derive(Debug, Clone)]
pub struct Redirect {
    /// The address to which the browser goes.
    pub address: String,
    /// The sign-in that begins.
    pub pending: Pending,
}

/// Tokens for a code.
struct Tokens {
    id: String,
    access: String,
}

impl Provider {
    pub(super) fn new(
        settings: ProviderSettings,
        secret: Option<ClientSecret>,
        http: Arc<Http>,
    ) -> Self {
        Self {
            settings,
            secret,
            http,
            cached: Mutex::default(),
            exchanges: Semaphore::new(EXCHANGES),
        }
    }

    /// Returns the settings.
    pub fn settings(&self) -> &ProviderSettings {
        &self.settings
    }

    /// Begins a sign-in that returns to `next`. `origin` is that of the console.
    pub async fn begin(&self, origin: &str, next: String) -> Result<Redirect, SignInRefusal> {
        let mut address = self.discovery(false).await?.authorization;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (state, nonce) = (tokens::random(), tokens::random());
        let scopes = ["openid".to_owned()];
        let scopes = scopes.iter().chain(&self.settings.scopes).cloned();
        address
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", &self.callback(origin))
            .append_pair("scope", &scopes.collect::<Vec<_>>().join(" "))
            .append_pair("state", &state)
            .append_pair("nonce", &nonce)
            .append_pair("code_challenge", challenge.as_str())
            .append_pair("code_challenge_method", challenge.method().as_str());
        let pending = Pending {
            provider: self.settings.id.clone(),
            state,
            nonce,
            verifier: verifier.secret().clone(),
            next,
            until: 0,
        };
        Ok(Redirect {
            address: address.into(),
            pending,
        })
    }

    /// Exchanges the code of a sign-in, and returns the person, if the rules let them in.
    pub async fn finish(
        &self,
        origin: &str,
        code: String,
        pending: &Pending,
    ) -> Result<Person, SignInRefusal> {
        let turn = tokio::time::timeout(LONGEST_WAIT, self.exchanges.acquire()).await;
        let _turn = turn.map_err(|_| SignInRefusal::TooMany)?;
        let discovery = self.discovery(false).await?;
        let found = self.exchange(&discovery, origin, &code, pending).await;
        let tokens = found.map_err(|fault| self.refused(&fault))?;
        let claims = match self.verify(&discovery, &tokens, pending) {
            // The provider may have changed its keys since they were read.
            Err(TokenFault::UnknownKey(_)) => {
                let discovery = self.discovery(true).await?;
                self.verify(&discovery, &tokens, pending)
            }
            outcome => outcome,
        };
        let claims = claims.map_err(|fault| self.invalid_answer(&fault))?;
        let subject = subject(&claims).map_err(|why| self.invalid_answer(&why))?;
        let subject = subject.to_owned();
        let mut claims = Claims::of(claims);
        if let Some(address) = &discovery.userinfo {
            // Without these claims a person would lose roles, so that the sign-in fails instead.
            let info = get(&self.http, address, Some(&tokens.access)).await;
            let info = info.map_err(|fault| self.refused(&fault))?;
            let info = self.userinfo(&discovery, &info, &subject);
            claims.add(info.map_err(|why| self.invalid_answer(&why))?);
        }
        let admitted = admit(&self.settings, &subject, &claims);
        let missing = claims.missing_lists();
        if !missing.is_empty() {
            tracing::warn!(
                provider = self.settings.id,
                claims = missing.join(", "),
                "a provider leaves out a person's list, which is too long for a token; roles by it stay as they were. Let it send fewer groups, such as those assigned to this application"
            );
        }
        admitted
    }

    fn callback(&self, origin: &str) -> String {
        let id = &self.settings.id;
        format!("{origin}/api/auth/providers/{id}/callback")
    }

    async fn exchange(
        &self,
        discovery: &Discovery,
        origin: &str,
        code: &str,
        pending: &Pending,
    ) -> Result<Tokens, Fault> {
        let request = self.token_request(discovery, origin, code, pending);
        let request = request.map_err(|error| Fault::Invalid(error.to_string()))?;
        let answer = send(&self.http, request).await?;
        let answer = json(&answer)
            .ok_or_else(|| Fault::Invalid("the tokens are no JSON object".to_owned()))?;
        let text = |name: &str| {
            let found = answer.get(name).and_then(Value::as_str);
            found
                .map(str::to_owned)
                .ok_or_else(|| Fault::Invalid(format!("the answer has no {name}")))
        };
        Ok(Tokens {
            id: text("id_token")?,
            access: text("access_token")?,
        })
    }

    /// Returns the request that exchanges a code (RFC 6749 sections 2.3.1 and 4.1.3, RFC 7636).
    fn token_request(
        &self,
        discovery: &Discovery,
        origin: &str,
        code: &str,
        pending: &Pending,
    ) -> axum::http::Result<HttpRequest> {
        let mut body = Serializer::new(String::new());
        body.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", &self.callback(origin))
            .append_pair("code_verifier", &pending.verifier);
        let id = &self.settings.client_id;
        let request = Request::post(discovery.token.as_str())
            .header("accept", "application/json")
            .header("content-type", "application/x-www-form-urlencoded");
        let request = match &self.secret {
            Some(secret) if !discovery.secret_in_body => {
                let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                let pair = format!("{}:{}", encoded(id), encoded(secret.secret()));
                request.header("authorization", format!("Basic {}", STANDARD.encode(pair)))
            }
            Some(secret) => {
                body.append_pair("client_id", id)
                    .append_pair("client_secret", secret.secret());
                request
            }
            None => {
                body.append_pair("client_id", id);
                request
            }
        };
        request.body(body.finish().into_bytes())
    }

    fn keys<'a>(&'a self, discovery: &'a Discovery) -> Keys<'a> {
        let secret = self.secret.as_ref().filter(|_| discovery.signs_by_secret);
        Keys {
            published: &discovery.keys,
            secret: secret.map(|secret| secret.secret().as_str()),
        }
    }

    fn verify(
        &self,
        discovery: &Discovery,
        tokens: &Tokens,
        pending: &Pending,
    ) -> Result<Map<String, Value>, TokenFault> {
        let expected = Expected {
            issuer: self.settings.issuer.as_str(),
            client_id: &self.settings.client_id,
            trusted_audiences: &self.settings.trusted_audiences,
            nonce: &pending.nonce,
            access_token: &tokens.access,
            now: clock::now(),
        };
        verify(&tokens.id, self.keys(discovery), expected)
    }

    /// Returns the claims of the userinfo endpoint, which are about the same person. They are JSON, or
    /// a signed token, whatever type the answer claims to have.
    fn userinfo(
        &self,
        discovery: &Discovery,
        body: &[u8],
        expected: &str,
    ) -> Result<Map<String, Value>, String> {
        let claims = match json(body) {
            Some(claims) => claims,
            None => {
                let token = std::str::from_utf8(body).unwrap_or_default().trim();
                signed_claims(token, self.keys(discovery))
                    .map_err(|fault| format!("userinfo is neither JSON nor signed: {fault}"))?
            }
        };
        match subject(&claims)? == expected {
            true => Ok(claims),
            false => Err("userinfo is about another person".to_owned()),
        }
    }

    /// Returns the provider's configuration with its keys. It is read when it is first needed; those
    /// who ask meanwhile wait for the same answer.
    async fn discovery(&self, fresh: bool) -> Result<Discovery, SignInRefusal> {
        let mut cached = self.cached.lock().await;
        if let Some(cached) = &*cached {
            let age = cached.requested.elapsed();
            match &cached.found {
                Ok(found) if !fresh && age < KEPT => return Ok(found.clone()),
                Err(refused) if age < FAILURE_KEPT => return Err(*refused),
                _ => {}
            }
        }
        let read = Discovery::request(&self.http, &self.settings.issuer).await;
        let found = read.map_err(|fault| self.refused(&fault));
        *cached = Some(CachedDiscovery {
            requested: Instant::now(),
            found: found.clone(),
        });
        found
    }

    /// Logs a fault of the provider and returns what the sign-in page says.
    fn refused(&self, fault: &Fault) -> SignInRefusal {
        let provider = &self.settings.id;
        match fault {
            Fault::NoAnswer(error) => {
                tracing::warn!(provider, error = chain(error), "a provider does not answer");
                SignInRefusal::Unreachable
            }
            Fault::Failed(why) => {
                tracing::warn!(provider, error = why, "a provider failed");
                SignInRefusal::ProviderFailed
            }
            Fault::Invalid(why) => self.invalid_answer(why),
        }
    }

    fn invalid_answer(&self, error: &dyn std::fmt::Display) -> SignInRefusal {
        let provider = &self.settings.id;
        tracing::warn!(provider, %error, "a provider's answer is not valid");
        SignInRefusal::BadAnswer
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
