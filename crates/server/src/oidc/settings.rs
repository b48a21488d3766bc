//! The file of providers.

use crate::toml_fault::toml_fault;
use anyhow::{Context as _, bail, ensure};
use openidconnect::{ClientSecret, IssuerUrl};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use vestibule_engine::local::small_file;
use vestibule_model::access::Scope;
use vestibule_model::people::check_role_name;

/// Settings of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderSettings {
    /// Name in addresses, in grants and in the audit log.
    pub id: String,
    /// Name on the sign-in page.
    pub name: String,
    /// The issuer, below which the provider publishes its configuration.
    pub issuer: IssuerUrl,
    /// Identifier of this installation at the provider.
    pub client_id: String,
    client_secret_file: Option<PathBuf>,
    client_secret_env: Option<String>,
    client_secret_credential: Option<String>,
    /// Audiences that an ID token may have beside the client, such as the project at Zitadel.
    #[serde(default)]
    pub trusted_audiences: Vec<String>,
    /// Scopes beside `openid`.
    #[serde(default = "usual_scopes")]
    pub scopes: Vec<String>,
    /// The claim that becomes the name of a new user.
    #[serde(default = "usual_username")]
    pub username_claim: String,
    /// Domains of verified addresses, one of which a person must have; any if it is empty.
    #[serde(default)]
    pub allowed_domains: Vec<String>,
    /// Claims, one of which a person must have; any if it is empty.
    #[serde(default)]
    pub allowed_claims: Vec<ClaimValue>,
    /// `true` if everybody at the provider may sign in.
    #[serde(default)]
    allow_everyone: bool,
    /// `true` if a user is created at a person's first sign-in.
    #[serde(default = "yes")]
    pub create_users: bool,
    /// Role of new users on the platform; without it that of the installation.
    default_role: Option<String>,
    /// Roles by claim.
    #[serde(default, rename = "role")]
    pub roles: Vec<Mapping>,
}

/// Claim with a value.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimValue {
    /// Name of the claim; dots lead into objects.
    pub claim: String,
    /// The value, or one of the values of a list.
    pub value: String,
}

/// Role of the persons who have a claim.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Name of the claim.
    pub claim: String,
    /// The value, or one of the values of a list.
    pub value: String,
    /// The role.
    pub role: String,
    workspace: Option<String>,
    workbench: Option<String>,
}

impl Mapping {
    /// Returns the scope of the role.
    pub fn scope(&self) -> Scope {
        match (&self.workspace, &self.workbench) {
            (Some(id), _) => Scope::Workspace(id.clone()),
            (None, Some(id)) => Scope::Workbench(id.clone()),
            (None, None) => Scope::Platform(true),
        }
    }
}

fn usual_scopes() -> Vec<String> {
    vec!["profile".to_owned(), "email".to_owned()]
}

fn usual_username() -> String {
    "preferred_username".to_owned()
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "provider")]
    providers: Vec<ProviderSettings>,
}

/// Reads and checks the file.
pub(super) fn load(file: &Path) -> anyhow::Result<Vec<ProviderSettings>> {
    let shown = file.display();
    let text = small_file::read_text(file)
        .with_context(|| format!("failed to read the providers in {shown}"))?;
    parse(&text).with_context(|| format!("the file of providers {shown} is wrong"))
}

fn parse(text: &str) -> anyhow::Result<Vec<ProviderSettings>> {
    let File { providers } = toml::from_str(text).map_err(|error| toml_fault(text, &error))?;
    let mut ids = BTreeSet::new();
    for one in &providers {
        let id = &one.id;
        if let Err(error) = check_role_name("id", id) {
            bail!("the id {id:?} cannot be used: {}", error.message);
        }
        ensure!(ids.insert(id), "the id {id} is there twice");
        one.check()
            .with_context(|| format!("the provider {id} is wrong"))?;
    }
    Ok(providers)
}

impl ProviderSettings {
    fn check(&self) -> anyhow::Result<()> {
        let issuer = self.issuer.url();
        let is_local = issuer.host_str().is_some_and(|host| {
            host == "localhost" || host.ends_with(".localhost") || host == "127.0.0.1"
        });
        ensure!(
            issuer.scheme() == "https" || (issuer.scheme() == "http" && is_local),
            "the issuer must be an https:// address"
        );
        ensure!(
            self.allow_everyone
                || !self.allowed_domains.is_empty()
                || !self.allowed_claims.is_empty(),
            "say who may sign in: allowed_domains, allowed_claims, or allow_everyone = true"
        );
        let secrets = [
            self.client_secret_file.is_some(),
            self.client_secret_env.is_some(),
            self.client_secret_credential.is_some(),
        ];
        ensure!(
            secrets.into_iter().filter(|is_set| *is_set).count() <= 1,
            "the client's secret is set twice"
        );
        let both = |one: &Mapping| one.workspace.is_some() && one.workbench.is_some();
        ensure!(
            !self.roles.iter().any(both),
            "a role has a workspace and a workbench; use one of them"
        );
        Ok(())
    }

    /// Returns the role of new users, `None` for that of the installation.
    pub fn default_role(&self) -> Option<&str> {
        self.default_role.as_deref().filter(|role| *role != "none")
    }

    /// Returns `true` if new users get the role of the installation.
    pub fn has_usual_role(&self) -> bool {
        self.default_role.is_none()
    }

    /// Reads the client's secret, and returns the file in which it is. A client without a secret is
    /// a public one, which PKCE protects.
    pub(super) fn secret(
        &self,
        folder: &Path,
        env: &impl Fn(&str) -> Option<String>,
    ) -> anyhow::Result<(Option<ClientSecret>, Option<PathBuf>)> {
        let id = &self.id;
        let file = match (&self.client_secret_file, &self.client_secret_credential) {
            (Some(file), _) => folder.join(file),
            (None, Some(name)) => {
                let at = env("CREDENTIALS_DIRECTORY").with_context(|| {
                    format!("the provider {id} needs a credential of systemd, and there is none")
                })?;
                Path::new(&at).join(name)
            }
            (None, None) => {
                let Some(name) = &self.client_secret_env else {
                    return Ok((None, None));
                };
                let text = env(name)
                    .with_context(|| format!("the provider {id} needs the variable {name}"))?;
                return Ok((Some(ClientSecret::new(text)), None));
            }
        };
        let text = small_file::read_text(&file).with_context(|| {
            let shown = file.display();
            format!("failed to read the secret of the provider {id} in {shown}")
        })?;
        let secret = text.trim().to_owned();
        ensure!(
            !secret.is_empty(),
            "the secret of the provider {id} is empty"
        );
        Ok((Some(ClientSecret::new(secret)), Some(file)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = "[[provider]]\nid = \"lab\"\nname = \"Lab\"\nclient_id = \"v\"\n";

    fn read_error(more: &str) -> String {
        match parse(&format!("{LEAST}{more}")) {
            Ok(_) => String::new(),
            Err(error) => format!("{error:#}"),
        }
    }

    #[test]
    fn mistakes_are_named() {
        let issuer = "issuer = \"https://login.example.org\"\n";
        for (more, says) in [
            ("", "issuer"),
            (
                "issuer = \"http://login.example.org\"\nallow_everyone = true",
                "https://",
            ),
            (issuer, "who may sign in"),
            (
                &format!("{issuer}allow_everyone = true\nclient_secret = \"x\""),
                "client_secret",
            ),
            (
                &format!(
                    "{issuer}allow_everyone = true\nclient_secret_file = \"x\"\nclient_secret_env = \"X\""
                ),
                "twice",
            ),
            (
                &format!(
                    "{issuer}allow_everyone = true\n[[provider.role]]\nclaim = \"g\"\nvalue = \"x\"\nrole = \"r\"\nworkspace = \"a\"\nworkbench = \"b\""
                ),
                "one of them",
            ),
            (
                &format!("{issuer}allow_everyone = true\n{LEAST}{issuer}allow_everyone = true"),
                "twice",
            ),
        ] {
            let message = read_error(more);
            assert!(message.contains(says), "{more}: {message}");
        }
        assert_eq!(
            read_error(&format!("{issuer}allowed_domains = [\"example.org\"]")),
            ""
        );
        assert_eq!(
            read_error("issuer = \"http://127.0.0.1:4000\"\nallow_everyone = true"),
            ""
        );
    }

    #[test]
    fn a_secret_comes_from_a_file_a_variable_or_a_credential() {
        let dir = tempfile::tempdir().expect("a folder");
        std::fs::write(dir.path().join("secret"), "quiet\n").expect("a file");
        let env = |name: &str| match name {
            "CREDENTIALS_DIRECTORY" => Some(dir.path().display().to_string()),
            "LAB_SECRET" => Some("loud".to_owned()),
            _ => None,
        };
        let read = |line: &str| {
            let text = format!(
                "{LEAST}issuer = \"https://login.example.org\"\nallow_everyone = true\n{line}"
            );
            let settings = parse(&text).expect("valid").remove(0);
            let found = settings.secret(dir.path(), &env);
            found.map(|(secret, _)| secret.map(|secret| secret.secret().clone()))
        };
        let is = |text: &str| Some(text.to_owned());
        assert_eq!(
            read("client_secret_file = \"secret\"").expect("read"),
            is("quiet")
        );
        assert_eq!(
            read("client_secret_credential = \"secret\"").expect("read"),
            is("quiet")
        );
        assert_eq!(
            read("client_secret_env = \"LAB_SECRET\"").expect("read"),
            is("loud")
        );
        assert_eq!(read("").expect("read"), None);
        assert!(read("client_secret_file = \"nothing\"").is_err());
        assert!(read("client_secret_env = \"NOTHING\"").is_err());
    }
}
