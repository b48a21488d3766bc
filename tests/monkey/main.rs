//! The monkey: uses the console in three windows at random, by what the accessibility tree offers, while
//! the server changes beside it, and reports what no user should see.
//!
//! `VESTIBULE_MONKEY_SECONDS` is its time, `VESTIBULE_MONKEY_SEED` its seed; `VESTIBULE_MONKEY_STEPS` names a file with
//! the steps of a failure to play again.

mod desk;
mod game;
mod player;
mod world;

use anyhow::Result;

#[tokio::test]
async fn monkey() -> Result<()> {
    game::play().await
}
