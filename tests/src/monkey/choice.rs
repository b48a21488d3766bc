//! The choice of the next step: seeded, and weighted towards what was used least.

use crate::monkey::coverage::Coverage;
use crate::monkey::places::{is_console, page_of};
use crate::monkey::step::{Control, ServerStep, Step};
use crate::monkey::tree::{Found, Tree};
use fastrand::Rng;

/// Sizes of windows: a desktop, a tablet, a phone, and the narrowest one.
const SIZES: [(u32, u32); 5] = [
    (1280, 800),
    (1920, 1080),
    (800, 1000),
    (390, 844),
    (360, 640),
];

/// Texts that people type, and some that they do not.
const TEXTS: [&str; 9] = [
    "Alpha",
    "echo hello",
    "Ünïcode 名前 🙂",
    "<b>not bold</b>",
    "12",
    "",
    "API_KEY",
    "nothing like it",
    "a name that is much longer than the space that there is for it, and goes on and on and on",
];

/// Keys that have a meaning on many pages.
const KEYS: [&str; 10] = [
    "Escape",
    "Enter",
    "Tab",
    "ArrowDown",
    "Delete",
    "F2",
    "/",
    "?",
    "Ctrl+k",
    "Ctrl+z",
];

/// Apps that start, build or fail in different ways.
const APPS: [&str; 7] = [
    "welcome",
    "slow",
    "talks",
    "brief",
    "missing",
    "unprepared",
    "scribe",
];

/// What the choice in a window depends on.
pub struct Situation<'a> {
    /// Number of the window.
    pub window: usize,
    /// Path of its page.
    pub path: &'a str,
    /// Its accessibility tree.
    pub tree: &'a Tree,
    /// The window has a network.
    pub is_online: bool,
    /// Addresses that could be opened.
    pub places: &'a [String],
}

/// Returns the next step in a window.
pub fn next_step(rng: &mut Rng, coverage: &Coverage, now: &Situation<'_>) -> Step {
    let window = now.window;
    if !is_console(now.path) {
        return Step::Back { window };
    }
    // Offline there is little to see; most of the time the network returns soon.
    if !now.is_online && rng.f32() < 0.25 {
        return Step::Network {
            window,
            online: true,
        };
    }
    if page_of(now.path) == "/sign-in" && rng.f32() < 0.8 {
        return Step::SignIn { window };
    }
    let unseen: Vec<&String> = now
        .places
        .iter()
        .filter(|place| !coverage.has_page(&page_of(&place.replace('@', ""))))
        .collect();
    if !unseen.is_empty() && rng.f32() < 0.1 {
        let path = unseen[rng.usize(..unseen.len())].clone();
        return Step::Open { window, path };
    }
    match rng.u32(..100) {
        0..=2 => Step::Back { window },
        3 => Step::Forward { window },
        4..=5 => Step::Reload { window },
        6..=7 => {
            let (width, height) = SIZES[rng.usize(..SIZES.len())];
            Step::Resize {
                window,
                width,
                height,
            }
        }
        8..=9 if now.is_online => Step::Network {
            window,
            online: false,
        },
        10..=13 if !now.places.is_empty() => {
            let path = now.places[rng.usize(..now.places.len())].clone();
            Step::Open { window, path }
        }
        14..=18 => {
            let key = KEYS[rng.usize(..KEYS.len())].to_owned();
            Step::Key { window, key }
        }
        _ => match choose(rng, coverage, now) {
            Some(found) => use_of(rng, window, found),
            None => Step::Key {
                window,
                key: "Escape".to_owned(),
            },
        },
    }
}

fn choose<'a>(rng: &mut Rng, coverage: &Coverage, now: &Situation<'a>) -> Option<&'a Found> {
    let found = &now.tree.found;
    let weights: Vec<f32> = found
        .iter()
        .map(|one| weight(coverage, now.path, one))
        .collect();
    let mut at = rng.f32() * weights.iter().sum::<f32>();
    for (one, weight) in found.iter().zip(weights) {
        at -= weight;
        if at <= 0.0 && weight > 0.0 {
            return Some(one);
        }
    }
    found.last()
}

/// Returns the weight of a control: it falls with its use, and is small for what ends the visit.
fn weight(coverage: &Coverage, path: &str, found: &Found) -> f32 {
    /// Beginnings of the names of controls after which less is left to do.
    const ENDS: [&str; 6] = ["Sign out", "Delete", "Remove", "Leave", "Disable", "Reset"];
    let Control { role, name, .. } = &found.control;
    let count = coverage.count(path, &found.control).min(1000);
    let count = u16::try_from(count).map_or(f32::MAX, f32::from);
    let mut weight = 1.0 / ((1.0 + count) * (1.0 + count)) + 0.004;
    if found.is_disabled || found.is_settled {
        weight *= 0.15;
    }
    if ENDS.iter().any(|end| name.starts_with(end)) {
        weight *= 0.4;
    }
    weight
        * match role.as_str() {
            "Iframe" => 0.3,
            // Lists of many links and boxes would hide the buttons beside them.
            "link" | "checkbox" | "option" => 0.5,
            _ => 1.0,
        }
}

fn use_of(rng: &mut Rng, window: usize, found: &Found) -> Step {
    let control = found.control.clone();
    match control.role.as_str() {
        "textbox" | "searchbox" | "spinbutton" => {
            let text = text_for(rng, &control);
            Step::Type {
                window,
                control,
                text,
            }
        }
        "Iframe" if rng.bool() => Step::Type {
            window,
            control,
            text: "echo hello".to_owned(),
        },
        "combobox" => Step::Choose {
            window,
            control,
            down: rng.usize(..4),
        },
        _ => Step::Click { window, control },
    }
}

/// Returns a text for a field: one that it understands, or any.
fn text_for(rng: &mut Rng, control: &Control) -> String {
    let name = control.name.to_lowercase();
    let fitting = if control.role == "spinbutton" {
        ["5", "60", "0", "-1"][rng.usize(..4)]
    } else if name.contains("password") {
        "wrong horse battery"
    } else if name.contains("e-mail") && name.contains("user") {
        "bob"
    } else if name.contains("e-mail") {
        "carol@example.org"
    } else if name.contains("username") {
        "carol"
    } else if name.contains("secret's name") {
        "API_KEY"
    } else if name.contains("name") {
        ["Studio", "Carol", "Fresh"][rng.usize(..3)]
    } else {
        "echo hello"
    };
    match rng.u32(..10) {
        0..=6 => fitting.to_owned(),
        _ => TEXTS[rng.usize(..TEXTS.len())].to_owned(),
    }
}

/// Returns the next change on the server.
pub fn next_server_step(rng: &mut Rng) -> ServerStep {
    let which = rng.usize(..12);
    match rng.u32(..20) {
        0..=2 => ServerStep::Create {
            name: format!("Made {}", rng.u32(1..100)),
            app: APPS[rng.usize(..APPS.len())].to_owned(),
        },
        3..=6 => ServerStep::Start { which },
        7..=9 => ServerStep::Stop { which },
        10 => ServerStep::Restart { which },
        11 => ServerStep::Delete { which },
        12 => ServerStep::Rename {
            which,
            name: format!("Renamed {}", rng.u32(1..100)),
        },
        13..=14 => ServerStep::Share { which },
        15..=16 => ServerStep::Kill { which },
        17 => ServerStep::Build {
            app: ["prepared", "crooked"][rng.usize(..2)].to_owned(),
        },
        18 => {
            let roles = [
                "workspace-viewer",
                "workspace-member",
                "workspace-maintainer",
            ];
            ServerStep::Role {
                role: roles[rng.usize(..3)].to_owned(),
            }
        }
        _ => ServerStep::Secret {
            name: "API_KEY".to_owned(),
            is_set: rng.bool(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, role: &str, is_disabled: bool) -> Found {
        let control = Control {
            role: role.into(),
            name: name.into(),
            ordinal: 0,
        };
        Found {
            control,
            node: 1,
            is_disabled,
            is_settled: false,
        }
    }

    fn steps(seed: u64, tree: &Tree, path: &str) -> Vec<Step> {
        let mut rng = Rng::with_seed(seed);
        let mut coverage = Coverage::default();
        let places = ["/account".to_owned()];
        let now = Situation {
            window: 0,
            path,
            tree,
            is_online: true,
            places: &places,
        };
        (0..600)
            .map(|_| {
                let step = next_step(&mut rng, &coverage, &now);
                if let Some(control) = step.control() {
                    coverage.uses(path, control);
                }
                step
            })
            .collect()
    }

    #[test]
    fn a_seed_gives_the_same_steps_and_each_control_is_used() {
        let tree = Tree {
            found: vec![
                found("New", "button", false),
                found("Delete", "button", false),
                found("Name", "textbox", false),
                found("Off", "button", true),
            ],
            ..Tree::default()
        };
        let all = steps(7, &tree, "/workspaces");
        assert_eq!(all, steps(7, &tree, "/workspaces"));
        assert_ne!(all, steps(8, &tree, "/workspaces"));
        let uses = |name: &str| {
            let of = |step: &&Step| step.control().is_some_and(|control| control.name == name);
            all.iter().filter(of).count()
        };
        assert!(uses("New") > 20 && uses("Delete") > 5 && uses("Name") > 20 && uses("Off") > 0);
        assert!(uses("New") > uses("Off"));
        assert!(
            all.iter()
                .any(|step| matches!(step, Step::Network { online: false, .. }))
        );
        assert!(all.iter().any(|step| matches!(step, Step::Open { .. })));
    }

    #[test]
    fn a_page_without_controls_and_one_that_is_not_the_consoles_are_left() {
        assert!(
            steps(1, &Tree::default(), "/api/docs")
                .iter()
                .all(|step| *step == Step::Back { window: 0 })
        );
        let all = steps(1, &Tree::default(), "/workspaces");
        assert!(all.iter().any(|step| matches!(step, Step::Key { .. })));
        let all = steps(1, &Tree::default(), "/sign-in");
        assert!(
            all.iter()
                .filter(|step| matches!(step, Step::SignIn { .. }))
                .count()
                > 200
        );
    }

    #[test]
    fn changes_on_the_server_are_of_all_kinds() {
        let mut rng = Rng::with_seed(3);
        let all: Vec<ServerStep> = (0..400).map(|_| next_server_step(&mut rng)).collect();
        assert!(
            all.iter()
                .any(|step| matches!(step, ServerStep::Kill { .. }))
        );
        assert!(
            all.iter()
                .any(|step| matches!(step, ServerStep::Role { .. }))
        );
        assert!(
            all.iter()
                .any(|step| matches!(step, ServerStep::Secret { is_set: false, .. }))
        );
    }
}
