//! The arguments of each component.

use crate::folder::Folder;
use crate::pki::Pki;
use crate::ports::Ports;
use std::path::Path;

/// The addresses of services.
const SERVICES: &str = "10.96.0.0/24";
/// The issuer of service accounts' tokens.
const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";

/// Returns etcd's arguments.
pub fn etcd(folder: &Folder, pki: &Pki, ports: Ports) -> Vec<String> {
    let client = format!("https://127.0.0.1:{}", ports.etcd);
    let peer = format!("https://127.0.0.1:{}", ports.etcd_peer);
    let authority = pki.etcd_authority.display();
    let certificate = pki.etcd_server.certificate.display();
    let key = pki.etcd_server.key.display();
    vec![
        "--name=vestibule".to_owned(),
        format!("--data-dir={}", folder.join("etcd/data").display()),
        format!("--listen-client-urls={client}"),
        format!("--advertise-client-urls={client}"),
        format!("--listen-peer-urls={peer}"),
        format!("--initial-advertise-peer-urls={peer}"),
        format!("--initial-cluster=vestibule={peer}"),
        "--client-cert-auth".to_owned(),
        format!("--trusted-ca-file={authority}"),
        format!("--cert-file={certificate}"),
        format!("--key-file={key}"),
        "--peer-client-cert-auth".to_owned(),
        format!("--peer-trusted-ca-file={authority}"),
        format!("--peer-cert-file={certificate}"),
        format!("--peer-key-file={key}"),
        // The data need not survive a power failure.
        "--unsafe-no-fsync".to_owned(),
    ]
}

/// Returns the API server's arguments.
pub fn api_server(pki: &Pki, ports: Ports) -> Vec<String> {
    let authority = pki.authority.certificate.display();
    vec![
        "--bind-address=127.0.0.1".to_owned(),
        format!("--secure-port={}", ports.api_server),
        format!("--tls-cert-file={}", pki.api_server.certificate.display()),
        format!("--tls-private-key-file={}", pki.api_server.key.display()),
        format!("--client-ca-file={authority}"),
        "--authorization-mode=Node,RBAC".to_owned(),
        "--enable-admission-plugins=NodeRestriction".to_owned(),
        format!("--service-cluster-ip-range={SERVICES}"),
        format!("--service-account-issuer={ISSUER}"),
        format!(
            "--service-account-key-file={}",
            pki.token_public_key.display()
        ),
        format!(
            "--service-account-signing-key-file={}",
            pki.token_key.display()
        ),
        format!("--etcd-servers=https://127.0.0.1:{}", ports.etcd),
        format!("--etcd-cafile={}", pki.etcd_authority.display()),
        format!("--etcd-certfile={}", pki.etcd_client.certificate.display()),
        format!("--etcd-keyfile={}", pki.etcd_client.key.display()),
        format!(
            "--kubelet-client-certificate={}",
            pki.kubelet_client.certificate.display()
        ),
        format!("--kubelet-client-key={}", pki.kubelet_client.key.display()),
        // The node's name is in no DNS.
        "--kubelet-preferred-address-types=InternalIP".to_owned(),
        // Endpoints must not be loopback addresses.
        "--endpoint-reconciler-type=none".to_owned(),
    ]
}

/// Returns the controller manager's arguments.
pub fn controller_manager(pki: &Pki, ports: Ports, kubeconfig: &Path) -> Vec<String> {
    let authority = pki.authority.certificate.display();
    let mut arguments = client(kubeconfig, ports.controller_manager);
    arguments.extend([
        "--use-service-account-credentials".to_owned(),
        // It makes 40 accounts before others; at the default of 20 requests/s the start waits.
        "--kube-api-qps=500".to_owned(),
        "--kube-api-burst=500".to_owned(),
        format!("--root-ca-file={authority}"),
        format!(
            "--service-account-private-key-file={}",
            pki.token_key.display()
        ),
        format!("--cluster-signing-cert-file={authority}"),
        format!("--cluster-signing-key-file={}", pki.authority.key.display()),
        format!("--service-cluster-ip-range={SERVICES}"),
    ]);
    arguments
}

/// Returns the scheduler's arguments.
pub fn scheduler(ports: Ports, kubeconfig: &Path) -> Vec<String> {
    client(kubeconfig, ports.scheduler)
}

/// Returns the arguments of a component that is a client of the API server.
fn client(kubeconfig: &Path, port: u16) -> Vec<String> {
    let kubeconfig = kubeconfig.display();
    vec![
        format!("--kubeconfig={kubeconfig}"),
        format!("--authentication-kubeconfig={kubeconfig}"),
        format!("--authorization-kubeconfig={kubeconfig}"),
        "--bind-address=127.0.0.1".to_owned(),
        format!("--secure-port={port}"),
        // There is no second one, and waiting for a lease delays the start.
        "--leader-elect=false".to_owned(),
    ]
}
