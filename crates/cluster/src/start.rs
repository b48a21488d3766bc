//! Starting the components of a cluster.

use crate::component::{Component, Program};
use crate::folder::{Folder, write_private};
use crate::kubectl::Kubectl;
use crate::node::{self, NODE};
use crate::pki::{Identity, Pki};
use crate::ports::Ports;
use crate::programs::Programs;
use crate::{flags, kubeconfig, volumes, wait};
use anyhow::Result;
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;

/// Starts components.
pub struct Start<'a> {
    pub programs: &'a Programs,
    pub folder: &'a Folder,
    pub pki: &'a Pki,
    pub ports: Ports,
    pub kubectl: &'a Kubectl,
}

impl Start<'_> {
    /// Starts etcd, and waits until it listens: the API server ends if it doesn't.
    pub fn etcd(&self) -> Result<Component> {
        let arguments = flags::etcd(self.folder, self.pki, self.ports);
        let mut etcd = self.component("etcd", &arguments)?;
        wait::until("etcd", || {
            etcd.check()?;
            let connection = TcpStream::connect((Ipv4Addr::LOCALHOST, self.ports.etcd));
            Ok(connection.err().map(|error| error.to_string()))
        })?;
        Ok(etcd)
    }

    /// Starts the API server, and waits until it is ready: its clients end if it isn't.
    pub fn api_server(&self) -> Result<Component> {
        let arguments = flags::api_server(self.pki, self.ports);
        let mut api_server = self.component("kube-apiserver", &arguments)?;
        let kubectl = self.kubectl;
        let port = self.ports.api_server;
        wait::until("the API server", || {
            api_server.check()?;
            // Without a listener, starting kubectl is in vain.
            if let Err(error) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
                return Ok(Some(error.to_string()));
            }
            Ok(failure(kubectl.run(&["get", "--raw", "/readyz"])))
        })?;
        Ok(api_server)
    }

    /// Starts the controller manager.
    pub fn controller_manager(&self) -> Result<Component> {
        let name = "kube-controller-manager";
        let kubeconfig = self.kubeconfig(name, &self.pki.controller_manager)?;
        let arguments = flags::controller_manager(self.pki, self.ports, &kubeconfig);
        self.component(name, &arguments)
    }

    /// Waits until the controller manager works, which makes a service account for each namespace.
    pub fn wait_for_controllers(&self, controller_manager: &mut Component) -> Result<()> {
        wait::until("the controller manager", || {
            controller_manager.check()?;
            let account = ["get", "serviceaccount", "default"];
            Ok(failure(self.kubectl.run(&account)))
        })
    }

    /// Starts the scheduler, and waits until it is ready.
    pub fn scheduler(&self) -> Result<Component> {
        let name = "kube-scheduler";
        let kubeconfig = self.kubeconfig(name, &self.pki.scheduler)?;
        let mut scheduler = self.component(name, &flags::scheduler(self.ports, &kubeconfig))?;
        let address = format!("--server=https://127.0.0.1:{}", self.ports.scheduler);
        // The scheduler signs its certificate itself.
        let any = "--insecure-skip-tls-verify";
        wait::until("the scheduler", || {
            scheduler.check()?;
            let readiness = ["get", "--raw", "/readyz", &address, any];
            Ok(failure(self.kubectl.run(&readiness)))
        })?;
        Ok(scheduler)
    }

    /// Starts the node, and waits until it is ready for pods.
    pub fn node(&self) -> Result<Component> {
        let kubeconfig = self.kubeconfig("kubelet", &self.pki.kubelet)?;
        let kubelet = self.programs.path("kubelet")?;
        let arguments = node::arguments(self.folder, self.pki, &kubelet, &kubeconfig)?;
        let volumes = volumes::create(self.folder)?.display().to_string();
        self.kubectl
            .run(&["apply", "--server-side", "-f", &volumes])?;
        let mut node = self.program("node", &arguments, true)?;
        let path = "jsonpath={.status.conditions[?(@.type=='Ready')].status}";
        wait::until("the node", || {
            node.check()?;
            Ok(match self.kubectl.run(&["get", "node", NODE, "-o", path]) {
                Ok(status) if status == "True" => None,
                Ok(status) => Some(format!("Ready is {status:?}")),
                Err(error) => Some(format!("{error:#}")),
            })
        })?;
        Ok(node)
    }

    fn component(&self, name: &'static str, arguments: &[String]) -> Result<Component> {
        self.program(name, arguments, false)
    }

    fn program(&self, name: &'static str, arguments: &[String], mounts: bool) -> Result<Component> {
        let program = Program {
            name,
            guard: &self.programs.path("guard")?,
            path: &self.programs.path(name)?,
            arguments,
            mounts,
        };
        Component::start(&program, &self.folder.join("logs"))
    }

    fn kubeconfig(&self, name: &str, client: &Identity) -> Result<PathBuf> {
        let path = self.folder.join("pki").join(format!("{name}.kubeconfig"));
        let authority = &self.pki.authority_certificate;
        let text = kubeconfig::text(self.ports.api_server, authority, client);
        write_private(&path, &text)?;
        Ok(path)
    }
}

/// Returns the text of the error.
fn failure(result: Result<String>) -> Option<String> {
    result.err().map(|error| format!("{error:#}"))
}
