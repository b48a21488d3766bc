//! Search, order and pages of many users.

use crate::people::list;
use crate::support::Server;
use std::time::Instant;
use vestibule_server::clock;
use vestibule_server::store::UserFilter;

/// FIELD 37: sorting covered one page only, and 50,000 users took a minute.
#[tokio::test]
async fn field_37_fifty_thousand_users_are_searched_sorted_and_paged() {
    let server = Server::empty();
    let admin = server.admin().await;
    fill(&server, 50_000);
    let began = Instant::now();
    let mut names: Vec<String> = Vec::new();
    let mut cursor = String::new();
    for _ in 0..4 {
        let path = format!("/api/users?sort=displayName&order=desc&limit=500{cursor}");
        let page = admin.get(&path).await.value();
        let shown = list(&page)
            .iter()
            .map(|one| one["displayName"].as_str().expect("a name"));
        names.extend(shown.map(str::to_owned));
        cursor = format!("&cursor={}", page["nextCursor"].as_str().expect("more"));
    }
    assert_eq!(names.len(), 2_000);
    assert_eq!(names[0], "Person 9999");
    let mut sorted = names.clone();
    sorted.sort_by_key(|name| std::cmp::Reverse(name.to_lowercase()));
    sorted.dedup();
    assert_eq!(names, sorted, "no gaps, no repetitions");
    let found = admin.get("/api/users?search=SON+4242").await.value();
    assert_eq!(list(&found).len(), 11);
    let found = admin.get("/api/users?search=%25").await.value();
    assert_eq!(list(&found).len(), 0, "a wildcard is a character");
    println!(
        "4 pages and 2 searches of 50,000 users in {:?}",
        began.elapsed()
    );
    for bad in ["sort=age", "order=up", "status=gone", "limit=0", "cursor=x"] {
        admin.get(&format!("/api/users?{bad}")).await.problem(422);
    }
}

fn fill(server: &Server, count: u32) {
    let connection = rusqlite::Connection::open(server.dir.path().join("vestibule.db"));
    let connection = connection.expect("a database");
    connection
        .execute(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1)
             INSERT INTO users (id, username, display_name, password_hash, created_at)
             SELECT 'u-bulk' || i, 'user' || i, 'Person ' || i, 'x', i FROM n",
            [count],
        )
        .expect("rows");
    let wanted = UserFilter {
        limit: 1,
        ..UserFilter::default()
    };
    let users = server.state.store.users(&wanted, clock::now());
    let page = users.expect("users");
    assert_eq!((page.users.len(), page.total), (1, u64::from(count) + 1));
}
