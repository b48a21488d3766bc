//! The engine against a real control plane, and where it has a node, against a real kubelet: the cluster of
//! `VESTIBULE_TEST_KUBECONFIG`, or one that the tests start.
//!
//! Tests of observations need no node: they write the status of Pods as a kubelet does.

mod conformance;
mod engine;
mod faulty;
mod forwarding;
mod kubelet;
mod observing;
mod proxy;
mod refusals;
mod starts;
mod statuses;
mod story;
#[path = "../../../engine/tests/conformance/suite/mod.rs"]
mod suite;
mod support;
mod weather;
