//! Sessions of runs: terminals, agents and files, as every engine provides them.

mod agents;
mod step;
mod table;
mod terminals;

use super::bench::Bench;
use super::ground::TestEngineHost;
use super::scenario::{Do, USUAL, until_ready};
use agents::Agents;
use bytes::Bytes;
use step::{Step, tab};
use terminals::Terminals;
use vestibule_engine::Engine;
use vestibule_engine::agents::{AgentAnswer, AgentRequest};
use vestibule_model::ids::WorkbenchId;

pub use table::all;

/// Number of the only run.
const RUN: u64 = 1;

/// Runs a scenario; panics with the difference if something else was observed.
pub async fn play(name: &str, ground: impl TestEngineHost) {
    let scenario = all()
        .find(|scenario| scenario.name == name)
        .unwrap_or_else(|| panic!("the table has no {name:?}"));
    let mut player = Player {
        bench: Bench::new(ground, None),
        terminals: Terminals::default(),
        agents: Agents::default(),
    };
    player.bench.begin().await;
    player
        .bench
        .start(&player.bench.id.clone(), scenario.app, &USUAL);
    player.bench.apply(&until_ready()).await;
    for step in &scenario.steps {
        player.take(step).await;
    }
    player.disconnect();
    player.bench.clear_up().await;
}

struct Player {
    bench: Bench,
    terminals: Terminals,
    agents: Agents,
}

impl Player {
    async fn take(&mut self, step: &Step) {
        let id = self.bench.id.clone();
        match step {
            Step::Happens(event) => self.happens(event).await,
            Step::Upload(name, content) => self.upload(&id, name, content).await,
            Step::AbortUpload(name) => {
                let mut upload = self
                    .bench
                    .engine()
                    .begin_upload(&id, name)
                    .await
                    .expect("begun");
                upload
                    .write(Bytes::from_static(b"half"))
                    .await
                    .expect("written");
            }
            Step::Terminal(number, step) => {
                let run_tab = RunTab::new(&self.bench, &id, *number);
                self.terminals.take(&run_tab, step).await;
            }
            Step::Agent(number, step) => {
                let run_tab = RunTab::new(&self.bench, &id, *number);
                self.agents.take(&run_tab, step).await;
            }
        }
    }

    async fn happens(&mut self, event: &Do) {
        if matches!(event, Do::EndServer) {
            self.disconnect();
        }
        self.bench.apply(event).await;
    }

    /// Drops the connections, as the end of a server does.
    fn disconnect(&mut self) {
        self.terminals.disconnect();
    }

    async fn upload(&self, id: &WorkbenchId, name: &str, content: &'static str) {
        let mut upload = self
            .bench
            .engine()
            .begin_upload(id, name)
            .await
            .expect("begun");
        for piece in content.as_bytes().chunks(3) {
            upload
                .write(Bytes::from_static(piece))
                .await
                .expect("written");
        }
        let path = upload.finish().await.expect("complete");
        assert_eq!(path, format!("attachments/{name}"));
    }
}

/// A tab of the workbench's run.
struct RunTab<'a> {
    engine: &'a dyn Engine,
    id: &'a WorkbenchId,
    number: u8,
}

impl<'a> RunTab<'a> {
    fn new(bench: &'a Bench, id: &'a WorkbenchId, number: u8) -> Self {
        Self {
            engine: bench.engine(),
            id,
            number,
        }
    }

    async fn ask(&self, request: AgentRequest) -> AgentAnswer {
        let tab = tab(self.number);
        self.engine.agent(self.id, RUN, &tab, request).await
    }
}
