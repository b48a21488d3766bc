//! One-time tickets: they carry a signed-in user from the console to an app's own origin.

use crate::tokens;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use vestibule_model::ids::{UserId, WorkbenchId};

/// Lifetime of a ticket.
pub const TICKET_LIFE: Duration = Duration::from_secs(60);

/// Most unused tickets in memory; beyond that the oldest is removed.
const MAX_TICKETS: usize = 10_000;

/// Grant of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketGrant {
    /// The user.
    pub user_id: UserId,
    /// The user's name.
    pub username: String,
    /// The client's address.
    pub address: String,
    /// The hash of the console session's token: the app's session ends with it.
    pub session: String,
    /// The workbench that it opens.
    pub workbench_id: WorkbenchId,
}

/// Unused tickets. In memory: after a restart of the server the console asks for new ones.
#[derive(Debug, Default)]
pub struct Tickets(Mutex<HashMap<String, (Instant, TicketGrant)>>);

impl Tickets {
    /// Issues a ticket.
    pub fn issue(&self, pass: TicketGrant) -> String {
        self.issue_at(pass, Instant::now())
    }

    /// Redeems a ticket once. Returns its grant, or `None` if it is unknown, expired or for another
    /// workbench.
    pub fn redeem(&self, ticket: &str, workbench_id: &WorkbenchId) -> Option<TicketGrant> {
        self.redeem_at(ticket, workbench_id, Instant::now())
    }

    fn issue_at(&self, pass: TicketGrant, now: Instant) -> String {
        let mut tickets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tickets.retain(|_, (until, _)| *until > now);
        if tickets.len() >= MAX_TICKETS
            && let Some(oldest) = tickets
                .iter()
                .min_by_key(|(_, (until, _))| *until)
                .map(|(key, _)| key.clone())
        {
            tickets.remove(&oldest);
        }
        let ticket = tokens::random();
        tickets.insert(tokens::hash(&ticket), (now + TICKET_LIFE, pass));
        ticket
    }

    fn redeem_at(
        &self,
        ticket: &str,
        workbench_id: &WorkbenchId,
        now: Instant,
    ) -> Option<TicketGrant> {
        let mut tickets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A ticket is used up even if it is refused.
        let (until, pass) = tickets.remove(&tokens::hash(ticket))?;
        (until > now && pass.workbench_id == *workbench_id).then_some(pass)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass() -> TicketGrant {
        TicketGrant {
            user_id: "u-1".into(),
            username: "ada".to_owned(),
            address: "192.0.2.1".to_owned(),
            session: "s".into(),
            workbench_id: "wb-aaaa".into(),
        }
    }

    #[test]
    fn a_ticket_is_good_once() {
        let tickets = Tickets::default();
        let ticket = tickets.issue(pass());
        assert_eq!(tickets.redeem(&ticket, &"wb-aaaa".into()), Some(pass()));
        assert_eq!(tickets.redeem(&ticket, &"wb-aaaa".into()), None);
    }

    #[test]
    fn a_ticket_for_another_workbench_is_refused_and_gone() {
        let tickets = Tickets::default();
        let ticket = tickets.issue(pass());
        assert_eq!(tickets.redeem(&ticket, &"wb-bbbb".into()), None);
        assert_eq!(tickets.redeem(&ticket, &"wb-aaaa".into()), None);
    }

    #[test]
    fn a_ticket_ends_after_a_minute() {
        let tickets = Tickets::default();
        let start = Instant::now();
        let ticket = tickets.issue_at(pass(), start);
        assert_eq!(
            tickets.redeem_at(&ticket, &"wb-aaaa".into(), start + TICKET_LIFE),
            None
        );
    }
}
