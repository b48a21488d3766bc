//! Starts: from no Pod to one that answers.

use super::*;

#[test]
fn without_objects_nothing_exists() {
    let seen = observed(&Facts::default(), now());
    let nothing = Observed {
        absence: seen.absence.clone(),
        ..Observed::default()
    };
    assert_eq!(seen, nothing);
}

#[test]
fn missing_secrets_are_named_once_and_heal() {
    let named = ["B", "A", "B", "C"].map(str::to_owned);
    let known = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<BTreeSet<_>>()
    };
    let observe = |secrets: &BTreeSet<String>| {
        let facts = Facts {
            named_secrets: &named,
            secrets: Some(secrets),
            ..Facts::default()
        };
        observed(&facts, now()).secrets
    };
    let missing = Secrets::Missing(vec!["A".into(), "B".into()]);
    assert_eq!(observe(&known(&["C"])), missing);
    assert_eq!(observe(&known(&["A", "B", "C", "D"])), Secrets::Found);
}

#[test]
fn refused_attempts_are_told_in_the_cluster_s_words() {
    let of = |code: u16, reason: &str, message: &str| {
        let status = json!({ "kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": message });
        let facts = Facts {
            refusal: Some(&status),
            ..Facts::default()
        };
        observed(&facts, now()).creation
    };
    let quota = "pods \"climate-3\" is forbidden: exceeded quota: team, requested: pods=1, used: pods=5, limited: pods=5";
    assert_eq!(of(403, "Forbidden", quota), Creation::Failed(quota.into()));
    let right = "pods is forbidden: User \"system:serviceaccount:vestibule:vestibule\" cannot create resource \"pods\" in API group \"\" in the namespace \"team\"";
    assert_eq!(of(403, "Forbidden", right), Creation::Failed(right.into()));
    let webhook = "admission webhook \"cost.example.org\" denied the request: label \"cost-centre\" is missing";
    assert_eq!(
        of(400, "BadRequest", webhook),
        Creation::Denied(webhook.into())
    );
    let security = "pods \"climate-3\" is forbidden: violates PodSecurity \"restricted:latest\": allowPrivilegeEscalation != false";
    assert_eq!(
        of(403, "Forbidden", security),
        Creation::Denied(security.into())
    );
    let policy = "pods \"climate-3\" is forbidden: ValidatingAdmissionPolicy 'team' with binding 'team' denied request: too large";
    assert_eq!(of(422, "Invalid", policy), Creation::Denied(policy.into()));
    let down =
        "Internal error occurred: failed calling webhook \"cost.example.org\": connection refused";
    assert_eq!(
        of(500, "InternalError", down),
        Creation::Failed(down.into())
    );
    assert_eq!(
        of(409, "AlreadyExists", "pods \"climate-3\" already exists"),
        Creation::Unhindered
    );
    assert_eq!(
        of(429, "TooManyRequests", ""),
        Creation::Failed("The API server answered with 429 TooManyRequests.".into())
    );
}

#[test]
fn pod_without_a_machine_tells_the_scheduler_s_reasons() {
    let why = "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient memory. preemption: 0/3 nodes are available";
    let refused = unplaced(
        json!({ "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": why }),
    );
    assert_eq!(stage(&refused, &[]), Stage::Unschedulable(why.into()));
    let gated = unplaced(
        json!({ "type": "PodScheduled", "status": "False", "reason": "SchedulingGated", "message": "Scheduling is blocked due to non-empty scheduling gates" }),
    );
    assert_eq!(
        stage(&gated, &[]),
        Stage::Unschedulable("Scheduling is blocked due to non-empty scheduling gates".into())
    );
    let new = unplaced(json!({}));
    assert_eq!(stage(&new, &[]), Stage::Unscheduled);
    let events = [
        about_pod("FailedScheduling", why, 5),
        event("another", "FailedScheduling", "not about it", 9),
    ];
    assert_eq!(stage(&new, &events), Stage::Unschedulable(why.into()));
}

#[test]
fn mount_of_what_the_kubelet_has_not_read_yet_is_told_only_if_it_lasts() {
    let creating = waiting("ContainerCreating", "");
    let unread = [
        r#"MountVolume.SetUp failed for volume "run" : failed to sync secret cache: timed out waiting for the condition"#,
        r#"MountVolume.SetUp failed for volume "run" : secret "climate-3" not found"#,
        r#"MountVolume.SetUp failed for volume "run" : object "team"/"climate-3" not registered"#,
    ];
    for message in unread {
        let mut failed = about_pod("FailedMount", message, 5);
        assert_eq!(
            stage(&creating, std::slice::from_ref(&failed)),
            Stage::Creating(String::new())
        );
        let pulling = about_pod("Pulling", "Pulling image", 4);
        assert_eq!(
            stage(&creating, &[pulling, failed.clone()]),
            Stage::Pulling("Pulling image".into())
        );
        failed["lastTimestamp"] = json!("2026-11-21T10:00:16Z");
        assert_eq!(
            stage(&creating, &[failed]),
            Stage::FailedMount(message.into())
        );
    }
}

#[test]
fn folder_that_cannot_be_attached_and_images_are_told_by_the_newest_event() {
    let creating = waiting("ContainerCreating", "");
    assert_eq!(stage(&creating, &[]), Stage::Creating(String::new()));
    let mount = about_pod(
        "FailedMount",
        "MountVolume.SetUp failed for volume \"pvc-1\" : rpc error",
        5,
    );
    let attach = about_pod(
        "FailedAttachVolume",
        "Multi-Attach error for volume \"pvc-1\"",
        3,
    );
    let sandbox = about_pod(
        "FailedCreatePodSandBox",
        "Failed to create pod sandbox: no network",
        7,
    );
    let pulling = about_pod("Pulling", "Pulling image \"team/app:9\"", 8);
    let pulled = about_pod(
        "Pulled",
        "Successfully pulled image \"team/app:9\" in 3s",
        9,
    );
    let mut events = vec![attach];
    assert_eq!(
        stage(&creating, &events),
        Stage::FailedMount("Multi-Attach error for volume \"pvc-1\"".into())
    );
    events.insert(0, mount);
    assert!(
        matches!(stage(&creating, &events), Stage::FailedMount(why) if why.starts_with("MountVolume"))
    );
    events.push(sandbox);
    assert_eq!(
        stage(&creating, &events),
        Stage::Creating("Failed to create pod sandbox: no network".into())
    );
    events.push(pulling);
    assert_eq!(
        stage(&creating, &events),
        Stage::Pulling("Pulling image \"team/app:9\"".into())
    );
    events.push(pulled);
    assert_eq!(stage(&creating, &events), Stage::Creating(String::new()));
}

#[test]
fn faults_of_images_have_their_cause_and_the_time_of_the_first_failure() {
    let fault = |reason: &str, message: &str, events: &[Value]| match stage(
        &waiting(reason, message),
        events,
    ) {
        Stage::ImageFault { fault, since, why } => (fault, since, why),
        other => panic!("{other:?}"),
    };
    let name = "Failed to apply default image tag \"A//b\": couldn't parse image name \"A//b\": invalid reference format";
    assert_eq!(
        fault("InvalidImageName", name, &[]).0,
        ImageFault::InvalidName
    );
    let missing = "rpc error: code = NotFound desc = failed to pull and unpack image \"team/app:9\": not found";
    assert_eq!(
        fault("ErrImagePull", missing, &[]),
        (ImageFault::Pull, at("2026-11-21T10:00:01Z"), missing.into()),
        "without events it counts from the time of its machine"
    );
    let failed = format!("Failed to pull image \"team/app:9\": {missing}");
    let events = [
        about_pod("Failed", &failed, 40),
        about_pod("Failed", &failed, 20),
        about_pod("Failed", "Error: ImagePullBackOff", 50),
        about_pod("BackOff", "Back-off pulling image \"team/app:9\"", 55),
    ];
    assert_eq!(
        fault(
            "ImagePullBackOff",
            "Back-off pulling image \"team/app:9\"",
            &events
        ),
        (ImageFault::BackOff, at("2026-11-21T10:00:20Z"), failed)
    );
    let full = "Back-off pulling image \"team/app:9\": ErrImagePull: not found";
    assert_eq!(fault("ImagePullBackOff", full, &events).2, full);
    assert_eq!(
        fault("ErrImageNeverPull", "", &[]),
        (
            ImageFault::Pull,
            at("2026-11-21T10:00:01Z"),
            "ErrImageNeverPull".into()
        )
    );
}

#[test]
fn incomplete_configuration_is_told() {
    for (reason, message, reported) in [
        (
            "CreateContainerConfigError",
            "secret \"openai\" not found",
            "secret \"openai\" not found",
        ),
        (
            "CreateContainerError",
            "container name is in use",
            "container name is in use",
        ),
        ("RunContainerError", "", "RunContainerError"),
    ] {
        assert_eq!(
            stage(&waiting(reason, message), &[]),
            Stage::Misconfigured(reported.into())
        );
    }
}

#[test]
fn init_containers_are_told_one_after_the_other() {
    let with = |statuses: Value| {
        let mut pod = waiting("PodInitializing", "");
        pod["spec"]["initContainers"] =
            json!([{ "name": "helper", "restartPolicy": "Always" }, { "name": "copy" }]);
        pod["status"]["initContainerStatuses"] = statuses;
        pod
    };
    let helper = json!({ "name": "helper", "started": true, "state": { "running": {} } });
    let reported = |state: Value, last: Value| {
        stage(
            &with(json!([helper, { "name": "copy", "state": state, "lastState": last }])),
            &[],
        )
    };
    assert_eq!(
        reported(
            json!({ "running": { "startedAt": "2026-11-21T10:00:02Z" } }),
            json!({})
        ),
        Stage::Initializing("Running init container \"copy\" (2 of 2).".into())
    );
    assert_eq!(
        reported(
            json!({ "waiting": { "reason": "PodInitializing" } }),
            json!({})
        ),
        Stage::Initializing("Waiting for init container \"copy\" (2 of 2).".into())
    );
    assert_eq!(
        reported(
            json!({ "waiting": { "reason": "CrashLoopBackOff" } }),
            json!({ "terminated": { "exitCode": 3 } })
        ),
        Stage::Initializing(
            "Retrying init container \"copy\" (2 of 2), which stopped with exit code 3.".into()
        )
    );
    assert!(matches!(
        reported(
            json!({ "waiting": { "reason": "ErrImagePull", "message": "no" } }),
            json!({})
        ),
        Stage::ImageFault {
            fault: ImageFault::Pull,
            ..
        }
    ));
    assert_eq!(
        reported(json!({ "terminated": { "exitCode": 0 } }), json!({})),
        Stage::Creating(String::new())
    );
}

#[test]
fn probe_and_the_machine_tell_if_the_app_can_be_used() {
    let mut pod = running();
    let seen = observe(&pod, &[]);
    assert_eq!(seen.probe, Probe::Succeeded);
    let Runner::Running {
        pod_name,
        started_at,
        restarted,
        ..
    } = seen.runner
    else {
        panic!("it runs");
    };
    assert_eq!(
        (pod_name.as_str(), started_at, restarted),
        ("climate-3", at("2026-11-21T10:00:04Z"), None)
    );

    pod["status"]["conditions"][2]["status"] = json!("False");
    assert_eq!(
        observe(&pod, &[]).probe,
        Probe::Failed("The machine node-a doesn't respond.".into())
    );

    pod["status"]["conditions"][2]["reason"] = json!("ContainersNotReady");
    pod["status"]["containerStatuses"][1]["ready"] = json!(false);
    assert_eq!(
        observe(&pod, &[]).probe,
        Probe::Failed("The app doesn't pass its readiness probe.".into())
    );
    let text = |status: &str| {
        let message =
            format!("Readiness probe failed: HTTP probe failed with statuscode: {status}");
        match observe(&pod, &[about_pod("Unhealthy", &message, 9)]).probe {
            Probe::Failed(why) => why,
            other => panic!("{other:?}"),
        }
    };
    // The runner's answer: an app that doesn't listen has not answered with an error.
    assert_eq!(text("503"), "The app doesn't listen yet.");
    assert_eq!(text("504"), "The app doesn't answer in time.");
    assert!(text("502").ends_with("statuscode: 502"));
}
