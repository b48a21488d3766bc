//! Episodes: each begins with a new server, and plays random steps. Afterwards each failure's list of steps
//! is shortened, and everything that was reached is reported.

use crate::player::Player;
use crate::world::World;
use anyhow::{Context, Result, bail};
use fastrand::Rng;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use vestibule_e2e::monkey::{
    Coverage, Failure, Reached, Situation, Step, from_lines, next_server_step, next_step,
    of_stories, shorten, to_lines,
};

/// Steps of an episode: enough to go deep, few enough to be played again.
const STEPS: usize = 160;
/// Number of steps between two comparisons with the API.
const COMPARED_EVERY: usize = 15;
/// Number of successive steps for which the browser may give no answer.
const ERRORS: usize = 4;
/// Time that a replayed step waits for its control, which may come faster or slower than before.
const PATIENCE: Duration = Duration::from_secs(4);
/// Shortest time for shortening the steps of a failure.
const SHORTENED_WITHIN: Duration = Duration::from_secs(60);
/// Share of the time that shortening may take in addition.
const SHORTENING: u32 = 2;

/// A step with the places of all windows before it.
#[derive(Clone)]
struct Played {
    step: Step,
    places: Vec<String>,
}

/// A failure with the steps up to it.
struct Seen {
    failure: Failure,
    episode: u64,
    steps: Vec<Played>,
}

/// Plays for the time of the environment, or the steps of a file.
pub async fn play() -> Result<()> {
    if let Some(file) = std::env::var_os("VESTIBULE_MONKEY_STEPS") {
        return replay(Path::new(&file)).await;
    }
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse::<u64>().ok())
    };
    let seconds = number("VESTIBULE_MONKEY_SECONDS").unwrap_or(60);
    let seed = number("VESTIBULE_MONKEY_SEED").unwrap_or_else(|| {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        since.as_secs()
    });
    say(&format!("seed {seed}, {seconds} s"));
    let mut player = Player::new().await?;
    let limit = Duration::from_secs(seconds);
    let began = Instant::now();
    let (mut count, mut episodes, mut seen) = (0, 0, Vec::<Seen>::new());
    while began.elapsed() < limit {
        if episodes > 0 {
            player.begin().await?;
        }
        count += episode(&mut player, seed, episodes, began + limit, &mut seen).await?;
        episodes += 1;
    }
    let hours = began.elapsed().as_secs_f64() / 3600.0;
    report(&player, count, f64::from(u32::try_from(count)?) / hours);
    if seen.is_empty() {
        return Ok(());
    }
    let mut text = format!(
        "the monkey found {} failures with seed {seed}:\n",
        seen.len()
    );
    let each = limit * SHORTENING / u32::try_from(seen.len())?;
    let each = each.max(SHORTENED_WITHIN);
    player.patience = PATIENCE;
    for one in seen {
        let steps = shortened(&mut player, &one, each).await;
        let file = keep(&steps)?;
        let _ = writeln!(
            text,
            "\n{} (episode {}, {} of {} steps, in {file})",
            one.failure,
            one.episode,
            steps.len(),
            one.steps.len()
        );
        text.push_str(&to_lines(&steps));
    }
    bail!(text)
}

/// Plays one episode; returns the number of steps.
async fn episode(
    player: &mut Player,
    seed: u64,
    episode: u64,
    until: Instant,
    seen: &mut Vec<Seen>,
) -> Result<usize> {
    let mut rng = Rng::with_seed(seed.wrapping_mul(1_000_003).wrapping_add(episode));
    let places = World::places();
    let windows = player.desk.windows.len();
    let mut window = 0;
    let mut steps: Vec<Played> = Vec::new();
    let (mut done, mut errors) = (0, 0);
    while steps.len() < STEPS && Instant::now() < until {
        if rng.f32() < 0.1 {
            window = rng.usize(..windows);
        }
        let step = if rng.f32() < 0.12 {
            Step::Server {
                happens: next_server_step(&mut rng),
            }
        } else {
            let tree = player.desk.tree(window).await.unwrap_or_default();
            let state = &player.desk.windows[window];
            let now = Situation {
                window,
                path: &state.path,
                tree: &tree,
                is_online: state.is_online,
                places: &places,
            };
            next_step(&mut rng, &player.coverage, &now)
        };
        steps.push(Played {
            step: step.clone(),
            places: places_of(player),
        });
        let outcome = match player.play(&step).await {
            Ok(outcome) => outcome,
            // The page may be replaced while it is examined.
            Err(error) if errors < ERRORS => {
                say(&format!("no answer at {step:?}: {error:#}"));
                errors += 1;
                continue;
            }
            Err(error) => return Err(error.context(format!("failed at {step:?}"))),
        };
        errors = 0;
        done += usize::from(outcome.is_done);
        let mut failures = outcome.failures;
        if steps.len().is_multiple_of(COMPARED_EVERY) {
            failures.extend(player.compare(window).await?);
        }
        let mut is_over = false;
        for failure in failures {
            is_over |= failure.kind.ends_the_page();
            if seen.iter().all(|one| !one.failure.is_like(&failure)) {
                say(&format!(
                    "step {} of episode {episode}: {failure}",
                    steps.len()
                ));
                seen.push(Seen {
                    failure,
                    episode,
                    steps: steps.clone(),
                });
            }
        }
        if is_over {
            break;
        }
    }
    Ok(done)
}

fn places_of(player: &Player) -> Vec<String> {
    player
        .desk
        .windows
        .iter()
        .map(|window| player.world.place(&window.path))
        .collect()
}

/// Returns the shortest list found within the time that leads to the failure again; all steps if none does.
async fn shortened(player: &mut Player, seen: &Seen, limit: Duration) -> Vec<Step> {
    let until = Instant::now() + limit;
    let all: Vec<Step> = seen
        .steps
        .iter()
        .map(|played| played.step.clone())
        .collect();
    let mut best = None;
    // Most failures depend on a few steps: from the pages on which the windows were then.
    for count in [3, 8, 20, 50] {
        let Some(begin) = seen.steps.len().checked_sub(count) else {
            break;
        };
        let opens = seen.steps[begin].places.iter().enumerate();
        let opens = opens.map(|(window, path)| Step::Open {
            window,
            path: path.clone(),
        });
        let steps: Vec<Step> = opens.chain(all[begin..].iter().cloned()).collect();
        if Instant::now() > until {
            break;
        }
        if fails(player, &steps, &seen.failure).await {
            best = Some(steps);
            break;
        }
    }
    let steps = match best {
        Some(steps) => steps,
        None if Instant::now() < until && fails(player, &all, &seen.failure).await => all,
        // It depends on the time as well.
        None => return all,
    };
    shorten(steps, async |steps: &[Step]| {
        if Instant::now() > until {
            return None;
        }
        Some(fails(player, steps, &seen.failure).await)
    })
    .await
}

/// Returns `true` if these steps lead to such a failure on a new server.
async fn fails(player: &mut Player, steps: &[Step], failure: &Failure) -> bool {
    let found = async {
        player.begin().await?;
        // What was audited before is audited again.
        player.coverage = Coverage::default();
        let found = play_all(player, steps, Some(failure)).await?;
        anyhow::Ok(found.iter().any(|one| one.is_like(failure)))
    };
    found.await.unwrap_or(false)
}

/// Plays steps; returns the failures, all or up to the first one like `until`.
async fn play_all(
    player: &mut Player,
    steps: &[Step],
    until: Option<&Failure>,
) -> Result<Vec<Failure>> {
    let mut found: Vec<Failure> = Vec::new();
    let mut windows = BTreeSet::new();
    for step in steps {
        windows.extend(step.window());
        let outcome = player.play(step).await?;
        found.extend(outcome.failures);
        if until.is_none() && !outcome.is_done {
            say(&format!("its control isn't there: {step:?}"));
        }
        if until.is_some_and(|until| found.iter().any(|one| one.is_like(until))) {
            return Ok(found);
        }
    }
    for window in windows {
        found.extend(player.compare(window).await?);
    }
    Ok(found)
}

async fn replay(file: &Path) -> Result<()> {
    let text = fs::read_to_string(file).context("failed to read the steps")?;
    let steps = from_lines(&text)?;
    let mut player = Player::new().await?;
    player.patience = PATIENCE;
    let found = play_all(&mut player, &steps, None).await?;
    if found.is_empty() {
        say(&format!("{} steps without a failure", steps.len()));
        return Ok(());
    }
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    bail!("{}", lines.join("\n"))
}

fn keep(steps: &[Step]) -> Result<String> {
    let file = tempfile::Builder::new()
        .prefix("vestibule-monkey-")
        .suffix(".jsonl")
        .tempfile();
    let (_, path) = file
        .context("failed to make a file")?
        .keep()
        .context("failed to keep the steps")?;
    fs::write(&path, to_lines(steps)).context("failed to write the steps")?;
    Ok(path.display().to_string())
}

/// Prints what was reached, and what of that which the stories name was not.
fn report(player: &Player, count: usize, an_hour: f64) {
    say(&player.coverage.report());
    let stories = stories(&Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e"));
    let missing = player.coverage.missing(&stories);
    let reached = stories.len() - missing.len();
    let names: Vec<&str> = missing.iter().map(|(_, name)| name.as_str()).collect();
    say(&format!(
        "of {} buttons and dialogs that stories name, {reached} were reached; not: {}",
        stories.len(),
        names.join(", ")
    ));
    say(&format!("{count} steps, {an_hour:.0} an hour"));
}

fn stories(folder: &Path) -> BTreeSet<Reached> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(stories(&path));
        } else if let Ok(text) = fs::read_to_string(&path) {
            found.extend(of_stories(&text));
        }
    }
    found
}

#[expect(clippy::print_stdout, reason = "the report of the run")]
fn say(text: &str) {
    println!("monkey: {text}");
}
