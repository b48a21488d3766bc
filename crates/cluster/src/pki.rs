//! Certificates and keys of a cluster.

use crate::folder::write_private;
use anyhow::{Context, Result};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use std::path::{Path, PathBuf};
use time::{Duration, OffsetDateTime};

/// The first address of the range of services: the service `kubernetes`.
const SERVICE_ADDRESS: &str = "10.96.0.1";
/// The group that may do everything.
const ADMIN_GROUP: &str = "system:masters";

/// A certificate and its key, in PEM.
#[derive(Debug)]
pub struct Identity {
    pub certificate: String,
    pub key: String,
}

/// The paths of a certificate and its key.
#[derive(Debug, Clone)]
pub struct IdentityFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// All certificates and keys of a cluster.
#[derive(Debug)]
pub struct Pki {
    /// Signs the certificates of the API server and its clients.
    pub authority: IdentityFiles,
    /// The certificate of `authority`, in PEM.
    pub authority_certificate: String,
    /// Signs etcd's certificates: a certificate of a cluster's user must not open the database.
    pub etcd_authority: PathBuf,
    pub etcd_server: IdentityFiles,
    pub etcd_client: IdentityFiles,
    pub api_server: IdentityFiles,
    /// Signs the tokens of service accounts.
    pub token_key: PathBuf,
    pub token_public_key: PathBuf,
    pub admin: Identity,
    pub controller_manager: Identity,
    pub scheduler: Identity,
    pub kubelet: Identity,
    /// Identifies the API server to the kubelet.
    pub kubelet_client: IdentityFiles,
}

impl Pki {
    /// Makes new certificates in the folder, with that of the node's kubelet. The key of service accounts stays, so that tokens of
    /// a folder's earlier cluster stay valid.
    pub fn create(folder: &Path, node: &str) -> Result<Self> {
        let authority = Authority::new("vestibule-cluster")?;
        let etcd = Authority::new("vestibule-cluster-etcd")?;
        let names = [
            "127.0.0.1",
            "localhost",
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            "kubernetes.default.svc.cluster.local",
            SERVICE_ADDRESS,
        ];
        let (token_key, token_public_key) = token_keys(folder)?;
        Ok(Self {
            authority: write(folder, "ca", &authority.identity())?,
            authority_certificate: authority.identity().certificate,
            etcd_authority: write(folder, "etcd-ca", &etcd.identity())?.certificate,
            etcd_server: write(
                folder,
                "etcd",
                &etcd.server("etcd", &["127.0.0.1", "localhost"])?,
            )?,
            etcd_client: write(folder, "etcd-client", &etcd.client("kube-apiserver", None)?)?,
            api_server: write(
                folder,
                "kube-apiserver",
                &authority.server("kube-apiserver", &names)?,
            )?,
            token_key,
            token_public_key,
            admin: authority.client("vestibule-admin", Some(ADMIN_GROUP))?,
            controller_manager: authority.client("system:kube-controller-manager", None)?,
            scheduler: authority.client("system:kube-scheduler", None)?,
            kubelet: authority.client(&format!("system:node:{node}"), Some("system:nodes"))?,
            kubelet_client: write(
                folder,
                "kubelet-client",
                &authority.client("kube-apiserver", Some(ADMIN_GROUP))?,
            )?,
        })
    }
}

/// A certificate authority.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new(name: &str) -> Result<Self> {
        let mut params = params(name, &[])?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyCertSign,
        ];
        let issuer = CertifiedIssuer::self_signed(params, new_key()?)
            .with_context(|| format!("failed to make the authority {name}"))?;
        Ok(Self { issuer })
    }

    fn identity(&self) -> Identity {
        Identity {
            certificate: self.issuer.pem(),
            key: self.issuer.key().serialize_pem(),
        }
    }

    /// Makes a certificate for connections in both directions, as etcd's members use.
    fn server(&self, name: &str, addresses: &[&str]) -> Result<Identity> {
        let mut params = params(name, addresses)?;
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        self.sign(params)
    }

    fn client(&self, user: &str, group: Option<&str>) -> Result<Identity> {
        let mut params = params(user, &[])?;
        if let Some(group) = group {
            let name = &mut params.distinguished_name;
            name.push(DnType::OrganizationName, group);
        }
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(params)
    }

    fn sign(&self, mut params: CertificateParams) -> Result<Identity> {
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        let key = new_key()?;
        let certificate = params
            .signed_by(&key, &self.issuer)
            .context("failed to sign a certificate")?;
        Ok(Identity {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        })
    }
}

fn params(name: &str, addresses: &[&str]) -> Result<CertificateParams> {
    let addresses: Vec<String> = addresses.iter().map(|&name| name.to_owned()).collect();
    let mut params =
        CertificateParams::new(addresses).context("failed to describe a certificate")?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let now = OffsetDateTime::now_utc();
    params.not_before = now - Duration::HOUR;
    params.not_after = now + Duration::days(365);
    Ok(params)
}

fn new_key() -> Result<KeyPair> {
    KeyPair::generate().context("failed to make a key")
}

/// Returns the paths of the private and the public key of service accounts.
fn token_keys(folder: &Path) -> Result<(PathBuf, PathBuf)> {
    let private = folder.join("service-accounts.key");
    let public = folder.join("service-accounts.pub");
    if !(private.is_file() && public.is_file()) {
        let key = new_key()?;
        write_private(&public, &key.public_key_pem())?;
        write_private(&private, &key.serialize_pem())?;
    }
    Ok((private, public))
}

fn write(folder: &Path, name: &str, identity: &Identity) -> Result<IdentityFiles> {
    let files = IdentityFiles {
        certificate: folder.join(format!("{name}.crt")),
        key: folder.join(format!("{name}.key")),
    };
    write_private(&files.certificate, &identity.certificate)?;
    write_private(&files.key, &identity.key)?;
    Ok(files)
}
