//! Shortening of a failing list of steps by delta debugging (Zeller and Hildebrandt, "ddmin").

/// Returns a shorter list that still fails, by leaving out ever smaller parts. `fails` plays a list; it
/// returns `None` when there is no time left, and the shortest list so far is returned.
pub async fn shorten<T: Clone>(
    mut steps: Vec<T>,
    mut fails: impl AsyncFnMut(&[T]) -> Option<bool>,
) -> Vec<T> {
    let mut size = steps.len().div_ceil(2);
    while steps.len() > 1 {
        let mut is_shorter = false;
        let mut begin = 0;
        while begin < steps.len() {
            let end = (begin + size).min(steps.len());
            let rest = [&steps[..begin], &steps[end..]].concat();
            if rest.is_empty() {
                break;
            }
            match fails(&rest).await {
                None => return steps,
                Some(true) => {
                    steps = rest;
                    is_shorter = true;
                }
                Some(false) => begin = end,
            }
        }
        // Each single step is needed.
        if size == 1 && !is_shorter {
            break;
        }
        size = (size / 2).max(1);
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_needed_steps_remain_in_their_order() {
        let mut tries = 0;
        let short = shorten((0..100).collect(), async |steps: &[i32]| {
            tries += 1;
            let at = |step| steps.iter().position(|one| *one == step);
            Some(matches!((at(17), at(63), at(99)), (Some(a), Some(b), Some(c)) if a < b && b < c))
        })
        .await;
        assert_eq!(short, [17, 63, 99]);
        assert!(tries < 120, "{tries}");
    }

    #[tokio::test]
    async fn a_single_step_and_a_failure_without_steps_are_fine() {
        let short = shorten(vec![1, 2, 3, 4], async |steps: &[i32]| {
            Some(steps.contains(&3))
        });
        assert_eq!(short.await, [3]);
        let short = shorten(vec![1, 2, 3], async |_: &[i32]| Some(false));
        assert_eq!(short.await, [1, 2, 3]);
    }

    #[tokio::test]
    async fn the_shortest_so_far_is_returned_when_the_time_is_over() {
        let mut left = 1;
        let short = shorten((0..8).collect(), async |steps: &[i32]| {
            left -= 1;
            (left >= 0).then(|| steps.contains(&7))
        })
        .await;
        assert_eq!(short, [4, 5, 6, 7]);
    }
}
