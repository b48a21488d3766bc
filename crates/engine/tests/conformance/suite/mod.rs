//! Conformance suite: one table of scenarios, run against any engine through the real controller.
//!
//! Another engine's crate includes this folder by its path, implements [`Ground`], and calls
//! [`conform!`].

mod bench;
mod check;
mod ground;
mod lanes;
mod scenario;
pub mod table;

pub use bench::play;
pub use ground::{App, Ground, TestHost};

/// Defines one test for each scenario, on the ground that the expression creates.
macro_rules! conform {
    ($ground:expr; $($scenario:ident)+) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $scenario() {
                $crate::suite::play(stringify!($scenario), $ground).await;
            }
        )+

        /// A scenario without a test would pass unnoticed.
        #[test]
        fn every_scenario_has_a_test() {
            let played = [$(stringify!($scenario)),+];
            let names: Vec<&str> = $crate::suite::table::all().map(|s| s.name).collect();
            assert_eq!(names, played);
        }
    };
}
pub(crate) use conform;
