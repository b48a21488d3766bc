//! Credentials of a run: an authority of its own signs the certificate of the gate and that of its
//! clients, so that the key of one run opens no other.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde::{Deserialize, Serialize};
use std::io;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Name of every gate in its certificate: clients know the run by its authority.
pub const SERVER_NAME: &str = "runner.vestibule.internal";

/// Time for which certificates are valid: longer than any run.
const VALID: Duration = Duration::days(5 * 365);
/// Difference between two clocks that is tolerated.
const CLOCK_DIFFERENCE: Duration = Duration::DAY;

/// Failure to issue credentials.
#[derive(Debug, thiserror::Error)]
#[error("failed to issue a certificate: {0}")]
pub struct CredentialError(#[from] rcgen::Error);

/// Credentials of a run. Have no `Debug`, because they contain keys.
pub struct Credentials {
    /// Certificate of the gate, in PEM.
    pub certificate: String,
    /// Key of that certificate, in PEM.
    pub key: String,
    /// Credentials of the gate's clients.
    pub client: ClientCredentials,
}

/// Credentials of a gate's clients, in PEM. Have no `Debug`, because they contain a key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientCredentials {
    /// Certificate of the authority.
    pub authority: String,
    /// Certificate of the client.
    pub certificate: String,
    /// Key of that certificate.
    pub key: String,
}

impl Credentials {
    /// Issues credentials for a run. The key of their authority is kept nowhere.
    ///
    /// # Errors
    /// Fails if the system has no random numbers.
    pub fn issue(run: &str) -> Result<Self, CredentialError> {
        let mut params = params(run, &[])?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyCertSign,
        ];
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let sign = |name: &str, names: &[&str], usage| -> Result<_, rcgen::Error> {
            let mut params = self::params(name, names)?;
            params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
            params.extended_key_usages = vec![usage];
            let key = KeyPair::generate()?;
            let certificate = params.signed_by(&key, &authority)?;
            Ok((certificate.pem(), key.serialize_pem()))
        };
        let (certificate, key) = sign(run, &[SERVER_NAME], ExtendedKeyUsagePurpose::ServerAuth)?;
        let (of_client, client_key) = sign("vestibule", &[], ExtendedKeyUsagePurpose::ClientAuth)?;
        Ok(Self {
            certificate,
            key,
            client: ClientCredentials {
                authority: authority.pem(),
                certificate: of_client,
                key: client_key,
            },
        })
    }
}

fn params(name: &str, names: &[&str]) -> Result<CertificateParams, rcgen::Error> {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let now = OffsetDateTime::now_utc();
    params.not_before = now - CLOCK_DIFFERENCE;
    params.not_after = now + VALID;
    Ok(params)
}

/// Makes a stream to a gate a connection that only the gate of this run can have.
///
/// # Errors
/// Fails if the other side is not that gate, or refuses these credentials.
pub async fn connect<S>(stream: S, credentials: &ClientCredentials) -> io::Result<TlsStream<S>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(io::Error::other)?
        .with_root_certificates(roots(&credentials.authority)?)
        .with_client_auth_cert(
            certificates(&credentials.certificate)?,
            private_key(&credentials.key)?,
        )
        .map_err(io::Error::other)?;
    let name = ServerName::try_from(SERVER_NAME).map_err(io::Error::other)?;
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

/// Returns the cryptography, which is the same on both sides.
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Returns the authorities in a text of PEM.
pub(super) fn roots(pem: &str) -> io::Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(pem)? {
        roots.add(certificate).map_err(io::Error::other)?;
    }
    Ok(roots)
}

/// Returns the certificates in a text of PEM.
pub(super) fn certificates(pem: &str) -> io::Result<Vec<CertificateDer<'static>>> {
    let all = CertificateDer::pem_slice_iter(pem.as_bytes());
    all.collect::<Result<_, _>>().map_err(io::Error::other)
}

/// Returns the key in a text of PEM.
pub(super) fn private_key(pem: &str) -> io::Result<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(io::Error::other)
}
