//! How a list is read by parts: what the event stream's news about a row is to it, and how what has
//! changed is added. It comes with the stream's part.

use super::list::ByParts;
use super::poll::Matter;
use super::status;
use vestibule_model::feed::News;
use vestibule_model::roll::{Roll, Turn};

/// How lists are read by parts.
pub const BY_PARTS: ByParts = ByParts {
    hear,
    merge: Roll::merge,
};

fn hear(roll: &mut Roll, news: &News) -> (Matter, Turn) {
    match news {
        News::Gone { id, seq } => (Matter::Seen, roll.remove(id, *seq)),
        News::Workbench { id, .. } => {
            let row = roll.row(id);
            let is_known = row.is_some_and(|row| !status::is_news(news, row));
            let matter = if is_known {
                Matter::Nothing
            } else {
                Matter::Due
            };
            (matter, Turn::default())
        }
        _ => (Matter::Nothing, Turn::default()),
    }
}
