//! What an engine has to make of everything that can happen to a workbench: one table of
//! scenarios, run against any engine through the real controller.
//!
//! Another engine's crate takes this folder in by its path, makes its own [`Ground`], and calls
//! [`conform!`].

mod bench;
mod check;
mod ground;
mod lanes;
mod scenario;
mod store;
pub mod table;

pub use bench::play;
pub use ground::{App, Ground, House};

/// One test for each scenario, on the ground that the expression makes.
macro_rules! conform {
    ($ground:expr; $($scenario:ident)+) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $scenario() {
                $crate::suite::play(stringify!($scenario), $ground).await;
            }
        )+

        /// A scenario that nobody plays would pass for one that is passed.
        #[test]
        fn no_scenario_is_left_out() {
            let played = [$(stringify!($scenario)),+];
            let names: Vec<&str> = $crate::suite::table::all().map(|s| s.name).collect();
            assert_eq!(names, played);
        }
    };
}
pub(crate) use conform;
