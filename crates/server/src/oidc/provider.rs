//! A provider: its published configuration, the redirect to it, and the answer from it.

use super::admission::{Person, admit};
use super::attempt::Pending;
use super::claims::Claims;
use super::http::Http;
use super::refused::SignInRefusal;
use super::settings::ProviderSettings;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreGenderClaim, CoreIdToken,
    CoreProviderMetadata, CoreTokenResponse,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AuthType, AuthorizationCode, ClaimsVerificationError,
    ClientId, ClientSecret, CsrfToken, DiscoveryError, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, Scope, SubjectIdentifier, TokenResponse as _, UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, Semaphore};

/// Time for which a provider's configuration is kept.
const KEPT: Duration = Duration::from_secs(60 * 60);
/// Codes that are exchanged at one time. Each is a request to the provider that any browser can cause,
/// and the next ones wait.
const EXCHANGES: usize = 16;
/// Longest wait of a code.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// Time after which a provider that failed is asked again.
const FAILURE_KEPT: Duration = Duration::from_secs(5);

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Provider's configuration as it was last requested.
#[derive(Debug)]
struct CachedMetadata {
    requested: Instant,
    /// `None` if the request failed.
    metadata: Option<CoreProviderMetadata>,
}

/// An OpenID Connect provider.
#[derive(Debug)]
pub struct Provider {
    settings: ProviderSettings,
    secret: Option<ClientSecret>,
    http: Arc<Http>,
    cached: Mutex<Option<CachedMetadata>>,
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

/// Claims that OpenID Connect does not define.
#[derive(Debug, Serialize, Deserialize)]
struct Others {
    #[serde(flatten)]
    all: Map<String, Value>,
}

impl AdditionalClaims for Others {}

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
        let client = self.client(origin, false).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let scopes = self.settings.scopes.iter();
        let (address, state, nonce) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(scopes.map(|scope| Scope::new(scope.clone())))
            .set_pkce_challenge(challenge)
            .url();
        let pending = Pending {
            provider: self.settings.id.clone(),
            state: state.secret().clone(),
            nonce: nonce.secret().clone(),
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
        let client = self.client(origin, false).await?;
        let exchange = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| self.invalid_answer(&error))?
            .set_pkce_verifier(PkceCodeVerifier::new(pending.verifier.clone()));
        let tokens = match exchange.request_async(&*self.http).await {
            Ok(tokens) => tokens,
            Err(RequestTokenError::Request(error)) => return Err(self.unreachable(&error)),
            Err(error) => return Err(self.invalid_answer(&error)),
        };
        let id_token = tokens
            .id_token()
            .ok_or_else(|| self.invalid_answer(&"no ID token"))?;
        let nonce = Nonce::new(pending.nonce.clone());
        let subject = match self.verify(&client, &tokens, id_token, &nonce) {
            // The provider may have changed its keys since they were read.
            Err(ClaimsVerificationError::SignatureVerification(_)) => {
                let client = self.client(origin, true).await?;
                self.verify(&client, &tokens, id_token, &nonce)
            }
            outcome => outcome,
        };
        let subject = subject.map_err(|error| self.invalid_answer(&error))?;
        let mut claims = Claims::of_verified(&id_token.to_string())
            .ok_or_else(|| self.invalid_answer(&"an ID token without claims"))?;
        let subject_text = subject.as_str().to_owned();
        if let Ok(request) = client.user_info(tokens.access_token().clone(), Some(subject)) {
            let info: Result<UserInfoClaims<Others, CoreGenderClaim>, _> =
                request.request_async(&*self.http).await;
            // Without these claims a person would lose roles, so that the sign-in fails instead.
            let info = info.map_err(|error| self.unreachable(&error))?;
            claims.add(serde_json::to_value(info).unwrap_or_default());
        }
        admit(&self.settings, &subject_text, &claims)
    }

    /// Returns the subject of an ID token with a valid signature, issuer, audience, time and nonce.
    fn verify(
        &self,
        client: &Client,
        tokens: &CoreTokenResponse,
        id_token: &CoreIdToken,
        nonce: &Nonce,
    ) -> Result<SubjectIdentifier, ClaimsVerificationError> {
        let verifier = client.id_token_verifier();
        let claims = id_token.claims(&verifier, nonce)?;
        if let Some(expected) = claims.access_token_hash() {
            let other =
                |error: &dyn std::fmt::Display| ClaimsVerificationError::Other(error.to_string());
            let algorithm = id_token.signing_alg().map_err(|error| other(&error))?;
            let key = id_token
                .signing_key(&verifier)
                .map_err(|error| other(&error))?;
            let actual = AccessTokenHash::from_token(tokens.access_token(), algorithm, key)
                .map_err(|error| other(&error))?;
            if actual != *expected {
                return Err(other(&"the access token is not the ID token's"));
            }
        }
        Ok(claims.subject().clone())
    }

    async fn client(&self, origin: &str, fresh: bool) -> Result<Client, SignInRefusal> {
        let metadata = self.metadata(fresh).await?;
        let id = &self.settings.id;
        let callback_url = format!("{origin}/api/auth/providers/{id}/callback");
        let callback_url =
            RedirectUrl::new(callback_url).map_err(|error| self.invalid_answer(&error))?;
        let methods = metadata.token_endpoint_auth_methods_supported();
        let in_body = methods.is_some_and(|all| {
            !all.contains(&CoreClientAuthMethod::ClientSecretBasic)
                && all.contains(&CoreClientAuthMethod::ClientSecretPost)
        });
        let client_id = ClientId::new(self.settings.client_id.clone());
        let client = CoreClient::from_provider_metadata(metadata, client_id, self.secret.clone())
            .set_redirect_uri(callback_url);
        Ok(match in_body {
            true => client.set_auth_type(AuthType::RequestBody),
            false => client,
        })
    }

    /// Returns the provider's configuration with its keys. It is read when it is first needed; those
    /// who ask meanwhile wait for the same answer.
    async fn metadata(&self, fresh: bool) -> Result<CoreProviderMetadata, SignInRefusal> {
        let mut cached = self.cached.lock().await;
        if let Some(cached) = &*cached {
            match &cached.metadata {
                Some(metadata) if !fresh && cached.requested.elapsed() < KEPT => {
                    return Ok(metadata.clone());
                }
                None if cached.requested.elapsed() < FAILURE_KEPT => {
                    return Err(SignInRefusal::Unreachable);
                }
                _ => {}
            }
        }
        let issuer = self.settings.issuer.clone();
        let read = CoreProviderMetadata::discover_async(issuer, &*self.http).await;
        *cached = Some(CachedMetadata {
            requested: Instant::now(),
            metadata: read.as_ref().ok().cloned(),
        });
        read.map_err(|error| match error {
            DiscoveryError::Request(error) => self.unreachable(&error),
            error => self.unreachable(&error),
        })
    }

    fn unreachable(&self, error: &dyn std::error::Error) -> SignInRefusal {
        let provider = &self.settings.id;
        tracing::warn!(provider, error = chain(error), "a provider does not answer");
        SignInRefusal::Unreachable
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
