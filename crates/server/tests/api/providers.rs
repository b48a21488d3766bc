//! Sign-in through a certified OpenID Connect provider.

mod lab;

use crate::support::{Client, PASSWORD, Server};
use lab::{Lab, OPEN, Person, ada, begin, come_back, providers, reason, session, sign_in};
use serde_json::{Value, json};
use vestibule_server::auth::limiter::ATTEMPTS;
use vestibule_server::auth::password;
use vestibule_server::clock;
use vestibule_server::store::{Actor, NewUser};

async fn me(server: &Server, cookie: &str) -> Value {
    let client = server.client().with_cookie(cookie);
    let answer = client.get("/api/auth/me").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.value()
}

async fn account(admin: &Client<'_>, id: &Value) -> Value {
    let id = id.as_str().expect("an id");
    admin.get(&format!("/api/users/{id}")).await.value()
}

fn grants(user: &Value) -> Vec<(&str, &Value)> {
    let grants = user["grants"].as_array().expect("grants").iter();
    grants
        .map(|one| (one["role"].as_str().unwrap_or_default(), &one["source"]))
        .collect()
}

#[tokio::test]
async fn a_person_signs_in_and_comes_back_to_the_page() {
    let Some(lab) = Lab::start().await else {
        return;
    };
    let server = lab.server(OPEN).await;
    let ways = server.client().get("/api/auth/providers").await.value();
    assert_eq!(ways["headerUser"], Value::Null);
    assert_eq!(ways["providers"], json!([{"id": "lab", "name": "The lab"}]));

    let answer = sign_in(&server, "ada-1").await;
    assert_eq!(answer.header("location"), "/account");
    assert!(answer.cookies().contains("__Host-vestibule-sign-in-"));
    let cookie = session(&answer);
    let who = me(&server, &cookie).await;
    assert_eq!(who["user"]["username"], "ada");
    assert_eq!(who["user"]["displayName"], "Ada Lovelace");
    let admin = server.sign_in("admin").await;
    let user = account(&admin, &who["user"]["id"]).await;
    assert_eq!(user["email"], "ada@example.org");
    assert_eq!(user["providers"], json!(["lab"]));
    assert_eq!(grants(&user), [("workspace-creator", &Value::Null)]);
    let log = admin.get("/api/audit?action=session.create").await.value();
    assert_eq!(log["items"][1]["after"], json!({"provider": "lab"}));
    let log = admin.get("/api/audit?action=user.create").await.value();
    assert_eq!(log["items"][0]["actorName"], "provider lab");

    // The same person is the same user, whatever the name and the address are now.
    let mut later = ada(&[]);
    later["preferred_username"] = json!("countess");
    later["email"] = json!("countess@example.org");
    lab.accounts(&json!({"ada-1": later})).await;
    let again = me(&server, &session(&sign_in(&server, "ada-1").await)).await;
    assert_eq!(again["user"], who["user"]);

    // Signing out is local, and there is no password to sign in with.
    let client = server.client().with_cookie(&cookie);
    assert_eq!(
        client.post("/api/auth/sign-out", &json!({})).await.status,
        204
    );
    client.get("/api/auth/me").await.problem(401);
    for password in ["", "x"] {
        let body = json!({"username": "ada", "password": password});
        server
            .client()
            .post("/api/auth/sign-in", &body)
            .await
            .problem(401);
    }
}

#[tokio::test]
async fn neither_a_name_nor_an_address_makes_a_person_another_user() {
    let Some(lab) = Lab::start().await else {
        return;
    };
    let server = lab.server(OPEN).await;
    let admin = server.sign_in("admin").await;
    let mut thief = ada(&[]);
    thief["preferred_username"] = json!("Admin");
    lab.accounts(&json!({"m-1": thief, "ada-1": ada(&[]), "ada-2": ada(&[])}))
        .await;
    let body = json!({"username": "victim", "email": "Ada@example.org", "grants": []});
    assert_eq!(admin.post("/api/users", &body).await.status, 201);
    for (account_name, username) in [("m-1", "Admin-2"), ("ada-1", "ada"), ("ada-2", "ada-2")] {
        let who = me(&server, &session(&sign_in(&server, account_name).await)).await;
        assert_eq!(who["user"]["username"], username);
        let user = account(&admin, &who["user"]["id"]).await;
        assert_eq!(user["email"], Value::Null, "another user has the address");
    }
}

#[tokio::test]
async fn claims_give_roles_and_a_lost_group_loses_them() {
    let Some(lab) = Lab::start().await else {
        return;
    };
    let rules = |workspace: &str| {
        format!(
            "allowed_claims = [{{claim = \"groups\", value = \"staff\"}}]\ndefault_role = \"none\"\n\
             [[provider.role]]\nclaim = \"groups\"\nvalue = \"ops\"\nrole = \"user-manager\"\n\
             [[provider.role]]\nclaim = \"groups\"\nvalue = \"ml\"\nrole = \"workspace-member\"\nworkspace = \"{workspace}\"\n\
             [[provider.role]]\nclaim = \"groups\"\nvalue = \"ml\"\nrole = \"workspace-viewer\"\nworkspace = \"ws-22222222\"\n"
        )
    };
    let mut workspace = String::new();
    let server = Server::with_settings(|inner| {
        let hash = password::hash(PASSWORD).expect("a hash");
        let admin = NewUser::administrator("admin", hash);
        let admin = inner
            .store
            .create_user(&admin, clock::now())
            .expect("works");
        let by = Actor::local(&admin.expect("a user").id, "admin", clock::now());
        let made = inner.store.create_workspace("Lab", &by).expect("works");
        workspace = made.expect("a workspace").id.to_string();
        inner.providers = providers(&lab.address, &rules(&workspace));
    });
    let admin = server.sign_in("admin").await;
    let path = format!("/api/workspaces/{workspace}");

    lab.accounts(&json!({"ada-1": ada(&["staff", "ops", "ml"]), "eve-1": ada(&["ops"])}))
        .await;
    let cookie = session(&sign_in(&server, "ada-1").await);
    let who = me(&server, &cookie).await;
    let lab_gives = json!("lab");
    let expected = [
        ("user-manager", &lab_gives),
        ("workspace-member", &lab_gives),
    ];
    assert_eq!(grants(&account(&admin, &who["user"]["id"]).await), expected);
    let ada_now = server.client().with_cookie(&cookie);
    assert_eq!(ada_now.get(&path).await.status, 200);
    assert_eq!(reason(&sign_in(&server, "eve-1").await), "not-allowed");

    // Grants of a provider aren't edited by hand; one of the same role beside them is.
    let id = who["user"]["id"].as_str().expect("an id").to_owned();
    let user = account(&admin, &who["user"]["id"]).await;
    for grant in user["grants"].as_array().expect("grants") {
        let grant = grant["id"].as_str().expect("an id");
        let taken = admin
            .delete(&format!("/api/users/{id}/grants/{grant}"))
            .await;
        assert_eq!(taken.problem(409).kind, "/problems/managed-grant");
    }
    for taken in [
        admin.delete(&format!("{path}/members/{id}")).await,
        ada_now.delete(&format!("{path}/membership")).await,
    ] {
        assert_eq!(taken.problem(409).kind, "/problems/managed-grant");
    }
    let viewer = json!({"role": "workspace-viewer", "scope": {"workspace": workspace}});
    let made = admin
        .post(&format!("/api/users/{id}/grants"), &viewer)
        .await;
    assert_eq!(made.status, 201);

    lab.accounts(&json!({"ada-1": ada(&["staff"])})).await;
    let later = session(&sign_in(&server, "ada-1").await);
    let none = Value::Null;
    let left = account(&admin, &who["user"]["id"]).await;
    assert_eq!(grants(&left), [("workspace-viewer", &none)]);
    // Also in sessions that were open before.
    for cookie in [&cookie, &later] {
        let client = server.client().with_cookie(cookie);
        client.get("/api/users").await.problem(403);
    }
    let log = admin.get("/api/audit?action=grant.remove").await.value();
    assert_eq!(log["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(log["items"][0]["actorName"], "provider lab");
}

#[tokio::test]
async fn an_answer_counts_once_in_the_browser_that_asked() {
    let Some(lab) = Lab::start().await else {
        return;
    };
    let server = lab.server(OPEN).await;
    let begun = begin(&server, "/account").await;
    let back = Person::default().visit(&begun.address, Some("ada-1")).await;
    let own = server.client().with_cookie(&begun.cookie);

    // Another browser, which has no sign-in under way or one of its own.
    assert_eq!(reason(&come_back(&server.client(), &back).await), "expired");
    let other = begin(&server, "/account").await;
    let other = server.client().with_cookie(&other.cookie);
    assert_eq!(reason(&come_back(&other, &back).await), "expired");
    // A changed cookie, a changed state and none.
    let mut changed = begun.cookie.clone();
    let last = changed.pop();
    changed.push(if last == Some('A') { 'B' } else { 'A' });
    changed.replace_range(60..61, if &changed[60..61] == "A" { "B" } else { "A" });
    let tampered = server.client().with_cookie(&changed);
    assert_eq!(reason(&come_back(&tampered, &back).await), "expired");
    let state = back.replace("state=", "state=x");
    assert_eq!(reason(&come_back(&own, &state).await), "expired");
    let stateless = back.replace("state=", "other=");
    assert_eq!(reason(&come_back(&own, &stateless).await), "expired");
    let elsewhere = back.replace("/lab/", "/other/");
    assert_eq!(
        reason(&come_back(&own, &elsewhere).await),
        "unknown-provider"
    );

    let cookie = session(&come_back(&own, &back).await);
    assert_eq!(me(&server, &cookie).await["user"]["username"], "ada");
    assert_eq!(reason(&come_back(&own, &back).await), "expired");
}

/// In use, M11: two tabs had one cookie, and a refusal in one ended the other's sign-in.
#[tokio::test]
async fn two_tabs_sign_in_side_by_side() {
    let Some(lab) = Lab::start().await else {
        return;
    };
    let server = lab.server(OPEN).await;
    let (first, second) = (
        begin(&server, "/account").await,
        begin(&server, "/apps").await,
    );
    assert_ne!(first.cookie, second.cookie);
    let back = Person::default().visit(&first.address, Some("ada-1")).await;
    let cancelled = Person::default().visit(&second.address, None).await;
    let jar = format!("{}; {}", first.cookie, second.cookie);
    let browser = server.client().with_cookie(&jar);
    let refused = come_back(&browser, &cancelled).await;
    assert_eq!(reason(&refused), "cancelled");
    let name = |pair: &str| pair.split('=').next().unwrap_or_default().to_owned();
    assert_eq!(refused.cookies(), format!("{}=", name(&second.cookie)));
    let answer = come_back(&browser, &back).await;
    assert_eq!(answer.header("location"), "/account");
    // The same answer again, such as by a double click, leads to the page as well.
    let signed_in = format!("{jar}; {}", session(&answer));
    let browser = server.client().with_cookie(&signed_in);
    let again = come_back(&browser, &back).await;
    assert_eq!(again.header("location"), "/account");
    assert!(!again.cookies().contains("__Host-vestibule="), "{again:?}");
    let browser = server.client().with_cookie(&session(&answer));
    let again = come_back(&browser, &back).await;
    assert_eq!(again.header("location"), "/workspaces");
}

/// Security, SH3: wrong invitations and wrong codes ended all sign-ins behind one address.
#[tokio::test]
async fn guesses_do_not_hold_up_sign_ins() {
    let Some(lab) = Lab::start().await else {
        return;
    };
    let server = lab.server(OPEN).await;
    let guess = json!({"token": "guess"});
    for _ in 0..2 * ATTEMPTS {
        let answer = server.client().post("/api/auth/invitation", &guess).await;
        assert!(answer.status == 403 || answer.status == 429);
    }
    for _ in 0..2 * ATTEMPTS {
        let begun = begin(&server, "/account").await;
        let state = begun.address.split("state=").nth(1).expect("a state");
        let state = state.split('&').next().unwrap_or_default();
        let back = format!("/api/auth/providers/lab/callback?code=guess&state={state}");
        let client = server.client().with_cookie(&begun.cookie);
        assert_eq!(reason(&come_back(&client, &back).await), "bad-answer");
    }
    session(&sign_in(&server, "ada-1").await);
    server.sign_in("admin").await;
}

#[tokio::test]
async fn a_wrong_nonce_code_or_issuer_is_refused() {
    let Some(lab) = Lab::start().await else {
        return;
    };
    let server = lab.server(OPEN).await;
    for change in ["nonce", "code", "iss", "challenge"] {
        let begun = begin(&server, "/account").await;
        let address = match change {
            "nonce" => begun.address.replace("nonce=", "nonce=x"),
            "challenge" => {
                let (before, rest) = begun.address.split_once("code_challenge=").expect("PKCE");
                let first = if rest.starts_with('x') { 'y' } else { 'x' };
                format!("{before}code_challenge={first}{}", &rest[1..])
            }
            _ => begun.address.clone(),
        };
        let back = Person::default().visit(&address, Some("ada-1")).await;
        let back = match change {
            "code" => back.replace("code=", "code=x"),
            "iss" => back.replace("iss=http", "iss=https"),
            _ => back,
        };
        let client = server.client().with_cookie(&begun.cookie);
        assert_eq!(
            reason(&come_back(&client, &back).await),
            "bad-answer",
            "{change}"
        );
    }
    let admin = server.sign_in("admin").await;
    let log = admin.get("/api/audit?action=session.refuse").await.value();
    assert_eq!(
        log["items"][0]["after"],
        json!({"provider": "lab", "reason": "bad-answer"})
    );
}

#[tokio::test]
async fn a_session_from_before_the_sign_in_ends() {
    let Some(lab) = Lab::start().await else {
        return;
    };
    let server = lab.server(OPEN).await;
    let before = server.sign_in("admin").await.cookie.expect("a cookie");
    let begun = begin(&server, "/account").await;
    let back = Person::default().visit(&begun.address, Some("ada-1")).await;
    let both = server
        .client()
        .with_cookie(&format!("{before}; {}", begun.cookie));
    let after = session(&come_back(&both, &back).await);
    assert_ne!(after, before);
    server
        .client()
        .with_cookie(&before)
        .get("/api/auth/me")
        .await
        .problem(401);
    assert_eq!(me(&server, &after).await["user"]["username"], "ada");
    // A cookie that an attacker has planted does not become a session.
    let begun = begin(&server, "/account").await;
    let back = Person::default().visit(&begun.address, Some("ada-1")).await;
    let planted = "__Host-vestibule=planted";
    let both = server
        .client()
        .with_cookie(&format!("{planted}; {}", begun.cookie));
    assert_ne!(session(&come_back(&both, &back).await), planted);
    server
        .client()
        .with_cookie(planted)
        .get("/api/auth/me")
        .await
        .problem(401);
}

#[tokio::test]
async fn unknown_disabled_and_cancelling_persons_are_told_why() {
    let Some(lab) = Lab::start().await else {
        return;
    };
    let closed = lab.server(&format!("{OPEN}\ncreate_users = false")).await;
    assert_eq!(reason(&sign_in(&closed, "ada-1").await), "no-user");
    let empty = Server::with_settings(|inner| inner.providers = providers(&lab.address, OPEN));
    assert_eq!(reason(&sign_in(&empty, "ada-1").await), "not-set-up");

    let server = lab.server(OPEN).await;
    let cookie = session(&sign_in(&server, "ada-1").await);
    let id = me(&server, &cookie).await["user"]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let admin = server.sign_in("admin").await;
    let path = format!("/api/users/{id}");
    assert_eq!(
        admin.patch(&path, &json!({"disabled": true})).await.status,
        200
    );
    server
        .client()
        .with_cookie(&cookie)
        .get("/api/auth/me")
        .await
        .problem(401);
    assert_eq!(reason(&sign_in(&server, "ada-1").await), "disabled");
    let log = admin.get("/api/audit?action=session.refuse").await.value();
    assert_eq!(log["items"][0]["targetName"], "ada");
    assert_eq!(log["items"][0]["after"]["reason"], "disabled");

    let begun = begin(&server, "/account").await;
    let back = Person::default().visit(&begun.address, None).await;
    let client = server.client().with_cookie(&begun.cookie);
    let answer = come_back(&client, &back).await;
    assert_eq!(reason(&answer), "cancelled");
    assert!(
        answer
            .header("location")
            .ends_with("&provider=lab&next=%2Faccount")
    );
    // A deleted user's person is a new one.
    assert_eq!(admin.delete(&path).await.status, 204);
    let who = me(&server, &session(&sign_in(&server, "ada-1").await)).await;
    assert_ne!(who["user"]["id"], json!(id));
}

#[tokio::test]
async fn a_provider_that_is_down_is_told_and_asked_again_later() {
    let Some(mut lab) = Lab::start().await else {
        return;
    };
    let server = lab.server(OPEN).await;
    let begun = begin(&server, "/account").await;
    let back = Person::default().visit(&begun.address, Some("ada-1")).await;
    lab.process.kill().await.expect("it ends");
    let client = server.client().with_cookie(&begun.cookie);
    assert_eq!(reason(&come_back(&client, &back).await), "unreachable");
    let never = Server::with_settings(|inner| inner.providers = providers(&lab.address, OPEN));
    for _ in 0..2 {
        let answer = never
            .client()
            .get("/api/auth/providers/lab/start?next=/account")
            .await;
        assert_eq!(reason(&answer), "unreachable");
    }
    let answer = never.client().get("/api/auth/providers/none/start").await;
    assert_eq!(reason(&answer), "unknown-provider");
}

#[tokio::test]
async fn a_sign_in_leads_to_pages_of_the_console_only() {
    let Some(lab) = Lab::start().await else {
        return;
    };
    let server = lab.server(OPEN).await;
    for next in [
        "//evil.example",
        "/%5Cevil.example",
        "https://evil.example",
        "/a%0D%0Ab",
        "",
    ] {
        let begun = begin(&server, next).await;
        let back = Person::default().visit(&begun.address, Some("ada-1")).await;
        let client = server.client().with_cookie(&begun.cookie);
        let answer = come_back(&client, &back).await;
        assert_eq!(answer.header("location"), "/workspaces", "{next}");
    }
    // The way back is open to navigation alone.
    let begun = begin(&server, "/account").await;
    let back = Person::default().visit(&begun.address, Some("ada-1")).await;
    let client = server.client().with_cookie(&begun.cookie);
    let fetch = client
        .request(axum::http::Method::GET, &back)
        .header("sec-fetch-site", "cross-site")
        .header("sec-fetch-mode", "cors");
    client
        .send(fetch, axum::body::Body::empty())
        .await
        .problem(403);
    let start = client
        .request(axum::http::Method::GET, "/api/auth/providers/lab/start")
        .header("sec-fetch-site", "cross-site")
        .header("sec-fetch-mode", "navigate");
    client
        .send(start, axum::body::Body::empty())
        .await
        .problem(403);
}

#[tokio::test]
async fn a_linked_user_signs_in_through_the_provider() {
    let Some(lab) = Lab::start().await else {
        return;
    };
    let server = lab.server(&format!("{OPEN}\ncreate_users = false")).await;
    let store = &server.state.store;
    let admin = store.account_by_name("admin", clock::now());
    let admin = admin.expect("works").expect("a user");
    let issuer = server.state.providers.get("lab").expect("a provider");
    let issuer = issuer.settings().issuer.to_string();
    let link = |subject: &str| {
        let by = Actor::command_line();
        store.link(&admin.id, "lab", (&issuer, subject), &by)
    };
    link("ada-1").expect("works");
    assert!(link("ada-1").is_err());
    let cookie = session(&sign_in(&server, "ada-1").await);
    assert_eq!(me(&server, &cookie).await["user"]["username"], "admin");
}
