//! A running cluster.

use crate::component::Component;
use crate::folder::{Folder, write_private};
use crate::kubeconfig;
use crate::kubectl::Kubectl;
use crate::node::{Image, NODE};
use crate::pki::Pki;
use crate::ports::Ports;
use crate::programs::Programs;
use crate::start::Start;
use anyhow::{Context, Result};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Number of starts, if ports that were free are taken before a component listens.
const STARTS: usize = 3;

/// The options of a cluster.
#[derive(Debug, Clone)]
pub struct Options {
    /// The programs to run.
    pub programs: Programs,
    /// A folder that is kept, and whose earlier data is used. `None` for a temporary folder.
    pub folder: Option<PathBuf>,
    /// `true` to start a node, which runs pods. It needs root.
    pub node: bool,
}

impl Options {
    /// Returns the options of a cluster without a node, in a temporary folder.
    pub fn new(programs: Programs) -> Self {
        Self {
            programs,
            folder: None,
            node: false,
        }
    }

    /// Returns `true` if a node can run here.
    pub fn can_have_node() -> Result<bool> {
        let own = fs::metadata("/proc/self").context("failed to find this process")?;
        Ok(own.uid() == 0)
    }
}

/// A running cluster. It stops when it is dropped.
#[derive(Debug)]
pub struct Cluster {
    // Components stop in this order. A cluster can be without a node.
    node: Option<Component>,
    scheduler: Component,
    controller_manager: Component,
    api_server: Component,
    etcd: Component,
    kubectl: Kubectl,
    programs: Programs,
    ports: Ports,
    pki: Pki,
    folder: Folder,
}

impl Cluster {
    /// Starts a cluster, and waits until it accepts requests and its controllers work.
    pub fn start(options: &Options) -> Result<Self> {
        let mut starts = 0;
        loop {
            starts += 1;
            match Self::try_start(options) {
                Err(error) if starts < STARTS && is_port_taken(&error) => {}
                result => return result,
            }
        }
    }

    fn try_start(options: &Options) -> Result<Self> {
        let folder = Folder::open(options.folder.as_deref())?;
        let pki = Pki::create(&folder.join("pki"), NODE)?;
        let ports = Ports::find()?;
        let authority = &pki.authority_certificate;
        let admin = kubeconfig::text(ports.api_server, authority, &pki.admin);
        write_private(&folder.join("kubeconfig"), &admin)?;
        let kubectl = Kubectl::new(&options.programs, &folder)?;
        let start = Start {
            programs: &options.programs,
            folder: &folder,
            pki: &pki,
            ports,
            kubectl: &kubectl,
        };
        let etcd = start.etcd()?;
        let api_server = start.api_server()?;
        let mut controller_manager = start.controller_manager()?;
        let scheduler = start.scheduler()?;
        start.wait_for_controllers(&mut controller_manager)?;
        Image::waiting().write(&folder)?;
        let node = options.node.then(|| start.node()).transpose()?;
        Ok(Self {
            node,
            scheduler,
            controller_manager,
            api_server,
            etcd,
            kubectl,
            programs: options.programs.clone(),
            ports,
            pki,
            folder,
        })
    }

    /// Returns the path of the administrator's kubeconfig.
    pub fn kubeconfig(&self) -> &Path {
        self.kubectl.kubeconfig()
    }

    /// Returns the folder with the components' logs.
    pub fn logs(&self) -> PathBuf {
        self.folder.join("logs")
    }

    /// Returns the ids of the processes that hold the components.
    pub fn process_ids(&self) -> Vec<u32> {
        self.components().map(Component::process_id).collect()
    }

    /// Runs kubectl as administrator; returns its standard output.
    pub fn kubectl(&self, arguments: &[&str]) -> Result<String> {
        self.kubectl.run(arguments)
    }

    /// Returns kubectl's command, without arguments, as administrator.
    pub fn kubectl_command(&self) -> Command {
        self.kubectl.command()
    }

    /// Stops the API server and starts it again at the same port.
    pub fn restart_api_server(&mut self) -> Result<()> {
        self.stop_api_server();
        self.start_api_server()
    }

    /// Stops the API server; clients' connections are refused.
    pub fn stop_api_server(&mut self) {
        self.api_server.stop();
    }

    /// Starts the API server after [`Cluster::stop_api_server`], and waits until it is ready.
    pub fn start_api_server(&mut self) -> Result<()> {
        self.api_server = self.starter().api_server()?;
        Ok(())
    }

    /// Makes an image available to the node's pods, or changes it for later pulls.
    pub fn add_image(&self, image: &Image) -> Result<()> {
        image.write(&self.folder)
    }

    /// Stops the node and kills its containers, as a power failure does.
    pub fn stop_node(&mut self) {
        self.node = None;
    }

    /// Starts a node, and waits until it is ready.
    pub fn start_node(&mut self) -> Result<()> {
        self.stop_node();
        self.node = Some(self.starter().node()?);
        Ok(())
    }

    /// Returns an error with the last lines of its log if a component has ended.
    pub fn check(&mut self) -> Result<()> {
        let components = [
            &mut self.etcd,
            &mut self.api_server,
            &mut self.controller_manager,
            &mut self.scheduler,
        ];
        let mut components = components.into_iter().chain(&mut self.node);
        components.try_for_each(Component::check)
    }

    /// Stops all components, the clients of each before it.
    pub fn stop(&mut self) {
        self.stop_node();
        self.scheduler.stop();
        self.controller_manager.stop();
        self.api_server.stop();
        self.etcd.stop();
    }

    fn components(&self) -> impl Iterator<Item = &Component> {
        [
            &self.scheduler,
            &self.controller_manager,
            &self.api_server,
            &self.etcd,
        ]
        .into_iter()
        .chain(&self.node)
    }

    fn starter(&self) -> Start<'_> {
        Start {
            programs: &self.programs,
            folder: &self.folder,
            pki: &self.pki,
            ports: self.ports,
            kubectl: &self.kubectl,
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Returns `true` if a component ended because its port was taken.
fn is_port_taken(error: &anyhow::Error) -> bool {
    format!("{error:#}").contains("address already in use")
}
