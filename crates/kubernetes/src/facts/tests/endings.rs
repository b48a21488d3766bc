//! Ends of the process.

use super::*;

#[test]
fn exit_codes_are_those_of_the_app_s_container() {
    let finished = at("2026-11-21T10:09:00Z");
    for (code, reason, phase) in [
        (0, "Completed", "Succeeded"),
        (1, "Error", "Failed"),
        (2, "Error", "Failed"),
        (143, "Error", "Failed"),
        (137, "Error", "Failed"),
        (7, "Error", "Failed"),
        // The proxy beside it goes on.
        (0, "Completed", "Running"),
        (1, "Error", "Running"),
    ] {
        assert_eq!(
            end(&terminated(phase, code, reason)),
            (Exit::Code(code), StopRequest::No, finished),
            "{code} {phase}"
        );
    }
}

#[test]
fn out_of_memory_names_the_limit() {
    assert_eq!(
        end(&terminated("Failed", 137, "OOMKilled")).0,
        Exit::OutOfMemory("The app used more memory than its limit of 2Gi and was stopped.".into())
    );
}

#[test]
fn requested_stop_is_told_from_an_end_by_itself() {
    for (code, asked) in [
        (0, StopRequest::Gently),
        (143, StopRequest::Gently),
        (137, StopRequest::Forcibly),
    ] {
        let (how, reported, _) = end(&is_stop_requested(terminated("Failed", code, "Error")));
        assert_eq!((how, reported), (Exit::Code(code), asked));
    }
}

#[test]
fn time_limit_of_the_pod_is_one_of_the_run() {
    let mut pod = terminated("Failed", 143, "Error");
    pod["status"]["reason"] = json!("DeadlineExceeded");
    pod["status"]["message"] =
        json!("Pod was active on the node longer than the specified deadline");
    assert_eq!(
        end(&pod).0,
        Exit::TimedOut("The run reached its time limit of 8 h.".into())
    );
}

#[test]
fn stop_by_a_deadline_is_a_stop() {
    let mut pod = is_stop_requested(terminated("Failed", 143, "Error"));
    pod["status"]["reason"] = json!("DeadlineExceeded");
    let (how, asked, _) = end(&pod);
    assert_eq!((how, asked), (Exit::Code(143), StopRequest::Gently));
}

#[test]
fn runner_tells_what_its_container_cannot() {
    let with = |message: &str| {
        let mut pod = terminated("Failed", 137, "Error");
        pod["status"]["containerStatuses"][1]["state"]["terminated"]["message"] = json!(message);
        match observe(&pod, &[]).runner {
            Runner::Exited { how, last_line, .. } => (how, last_line),
            other => panic!("it has not ended: {other:?}"),
        }
    };
    let signal = r#"{"exit":{"signal":9},"output":"one\nError: no disk\nbye\n"}"#;
    let line = Some("Error: no disk".to_owned());
    assert_eq!(with(signal), (Exit::Signal(9), line));
    let missing = r#"{"exit":{"notFound":"It is not there."}}"#;
    assert_eq!(
        with(missing),
        (Exit::NotFound("It is not there.".into()), None)
    );
    // The output of another program may name secrets.
    assert_eq!(with("Error: token=abc"), (Exit::Code(137), None));
}

#[test]
fn last_restart_that_the_catalogue_allows_ends_the_run() {
    let crashed = |restarts: u32, limit: &str| {
        let mut pod = waiting("CrashLoopBackOff", "back-off 10s");
        pod["metadata"]["annotations"] = json!({ RESTART_LIMIT: limit });
        pod["spec"]["restartPolicy"] = json!("OnFailure");
        let app = &mut pod["status"]["containerStatuses"][1];
        app["restartCount"] = json!(restarts);
        app["lastState"] = json!({ "terminated": { "exitCode": 7, "reason": "Error" } });
        observe(&pod, &[]).runner
    };
    assert!(matches!(crashed(0, "1"), Runner::BackOff { .. }));
    assert!(matches!(
        crashed(1, "1"),
        Runner::Exited { restarts: 1, .. }
    ));
    assert!(matches!(crashed(1, "many"), Runner::BackOff { .. }));
}

#[test]
fn program_that_does_not_begin_and_failed_preparations_are_errors_of_the_start() {
    let mut pod = terminated("Failed", 128, "StartError");
    pod["status"]["containerStatuses"][1]["state"]["terminated"]["message"] =
        json!("exec: \"lab\": executable file not found in $PATH");
    assert_eq!(
        end(&pod).0,
        Exit::StartError("exec: \"lab\": executable file not found in $PATH".into())
    );

    let mut pod = waiting("PodInitializing", "");
    pod["status"]["phase"] = json!("Failed");
    pod["status"]["initContainerStatuses"][0]["state"] =
        json!({ "terminated": { "exitCode": 1, "reason": "Error" } });
    assert_eq!(
        end(&pod).0,
        Exit::StartError("The init container \"copy\" stopped with exit code 1.".into())
    );

    let mut refused = super::pod(
        json!({ "phase": "Failed", "reason": "OutOfcpu", "message": "Pod was rejected: Node didn't have enough resource: cpu" }),
    );
    assert_eq!(end(&refused).0, Exit::StartError("The machine refused the app's Pod: Pod was rejected: Node didn't have enough resource: cpu".into()));
    refused["status"] = json!({ "phase": "Failed" });
    assert_eq!(end(&refused).0, Exit::Lost);
}

#[test]
fn container_that_is_started_again_is_a_crash() {
    let mut pod = waiting(
        "CrashLoopBackOff",
        "back-off 40s restarting failed container",
    );
    pod["spec"]["restartPolicy"] = json!("OnFailure");
    pod["status"]["containerStatuses"][1]["restartCount"] = json!(2);
    pod["status"]["containerStatuses"][1]["lastState"] =
        json!({ "terminated": { "exitCode": 139, "signal": 11, "reason": "Error" } });
    let crashed = Runner::BackOff {
        job_name: "climate-3".into(),
        restarts: 2,
        how: Exit::Signal(11),
    };
    assert_eq!(observe(&pod, &[]).runner, crashed);
    let app = &mut pod["status"]["containerStatuses"][1];
    app["state"] = app["lastState"].take();
    assert_eq!(
        observe(&pod, &[]).runner,
        crashed,
        "before the pause is announced"
    );

    let mut again = running();
    again["spec"]["restartPolicy"] = json!("Always");
    again["status"]["containerStatuses"][1]["restartCount"] = json!(5);
    again["status"]["containerStatuses"][1]["lastState"] =
        json!({ "terminated": { "exitCode": 3 } });
    let Runner::Running { restarted, .. } = observe(&again, &[]).runner else {
        panic!("it runs");
    };
    let restarted = restarted.expect("a crash");
    assert_eq!(
        (restarted.how, restarted.times, restarted.in_all),
        (Exit::Code(3), 3, 5)
    );
}
