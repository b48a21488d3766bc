//! Row of the table: its cells, and which of them differ.

use crate::state::State;
use vestibule_model::condition::ConditionType;
use vestibule_model::fold::fold;
use vestibule_model::ids::{UserId, WorkbenchId};
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::time::Timestamp;
use vestibule_model::workbench::Workbench;

/// Row of the table: the shown data of a workbench.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The workbench.
    pub id: WorkbenchId,
    /// Its name.
    pub name: String,
    /// Catalogue entry of its app.
    pub app: String,
    /// Title of its app.
    pub title: String,
    /// Identifier of its owner.
    pub owner: Option<UserId>,
    /// Display name of its owner.
    pub owner_name: Option<String>,
    /// Its state.
    pub state: State,
    /// Its phase.
    pub phase: Phase,
    /// Time of the current run's request.
    pub started: Option<Timestamp>,
    /// Time since which it is in its state, as far as that was observed.
    pub since: Option<Timestamp>,
    /// Its message.
    pub message: String,
    /// Case-folded name for sorting.
    pub(super) folded_name: String,
    /// Case-folded title for sorting.
    pub(super) folded_title: String,
    /// Case-folded text for searching.
    pub(super) folded: String,
}

/// A cell of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    /// Name.
    Name,
    /// App.
    App,
    /// Owner.
    Owner,
    /// State.
    State,
    /// Phase.
    Phase,
    /// Time of the run's request.
    Started,
    /// Time in state.
    Since,
    /// Message.
    Message,
}

const CELLS: [Cell; 8] = [
    Cell::Name,
    Cell::App,
    Cell::Owner,
    Cell::State,
    Cell::Phase,
    Cell::Started,
    Cell::Since,
    Cell::Message,
];

/// A set of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cells(u8);

impl Cells {
    /// Every cell.
    pub const ALL: Self = Self(u8::MAX);

    /// Returns whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns whether the set contains this cell.
    pub fn has(self, cell: Cell) -> bool {
        self.0 & bit(cell) != 0
    }

    /// Returns the cells from left to right.
    pub fn iter(self) -> impl Iterator<Item = Cell> {
        CELLS.into_iter().filter(move |cell| self.has(*cell))
    }
}

fn bit(cell: Cell) -> u8 {
    match cell {
        Cell::Name => 1,
        Cell::App => 1 << 1,
        Cell::Owner => 1 << 2,
        Cell::State => 1 << 3,
        Cell::Phase => 1 << 4,
        Cell::Started => 1 << 5,
        Cell::Since => 1 << 6,
        Cell::Message => 1 << 7,
    }
}

impl Row {
    /// Returns the row of a workbench. `title` is the app's title, and `owner` the shown name of
    /// the owner, both searchable.
    pub fn of(workbench: &Workbench, title: &str, owner: &str) -> Self {
        let run = workbench.run.as_ref();
        let message = workbench.status.message.clone().unwrap_or_default();
        let owner_name = workbench.created_by_name.clone();
        let searched = [
            &workbench.name,
            &workbench.app,
            title,
            owner,
            owner_name.as_deref().unwrap_or_default(),
            &message,
        ];
        Self {
            id: workbench.id.clone(),
            folded_name: fold(&workbench.name),
            folded_title: fold(title),
            folded: fold(&searched.join("\n")),
            title: title.to_owned(),
            name: workbench.name.clone(),
            app: workbench.app.clone(),
            owner: workbench.created_by.clone(),
            owner_name,
            state: State::of(workbench),
            phase: workbench.status.phase.clone(),
            started: run.and_then(|run| run.started_at),
            since: since(workbench),
            message,
        }
    }

    /// Returns the cells in which another row differs.
    pub fn difference(&self, other: &Self) -> Cells {
        let pairs = [
            (Cell::Name, self.name == other.name),
            (
                Cell::App,
                self.app == other.app && self.title == other.title,
            ),
            (
                Cell::Owner,
                self.owner == other.owner && self.owner_name == other.owner_name,
            ),
            (Cell::State, self.state == other.state),
            (Cell::Phase, self.phase == other.phase),
            (Cell::Started, self.started == other.started),
            (Cell::Since, self.since == other.since),
            (Cell::Message, self.message == other.message),
        ];
        pairs
            .into_iter()
            .filter(|(_, is_equal)| !is_equal)
            .fold(Cells::default(), |cells, (cell, _)| {
                Cells(cells.0 | bit(cell))
            })
    }
}

/// Returns the start of the current state: the end of the run, the change of `Ready`, or the
/// command to start.
pub fn since(workbench: &Workbench) -> Option<Timestamp> {
    let status = &workbench.status;
    let started = workbench.run.as_ref().and_then(|run| run.started_at);
    let changed = |kind: ConditionType| status.condition(&kind)?.last_transition_time;
    match &workbench.k8s_status {
        K8sStatus::Running => changed(ConditionType::Ready).or(status.start_time),
        K8sStatus::Failed | K8sStatus::Killed => {
            status.completion_time.or(changed(ConditionType::Failed))
        }
        K8sStatus::Complete => status.completion_time.or(changed(ConditionType::Completed)),
        K8sStatus::Stopped => status.completion_time.or(workbench.created_at),
        // If readiness was lost, that began the state; else the start did.
        K8sStatus::Progressing => changed(ConditionType::Ready)
            .filter(|at| started.is_some_and(|started| *at > started))
            .filter(|_| status.phase == Phase::Running)
            .or(started),
        K8sStatus::Unknown(_) => None,
    }
}
