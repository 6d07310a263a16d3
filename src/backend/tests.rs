//! An instance against a scripted server: what works, and what each failure says.

#![expect(clippy::unwrap_used, reason = "test")]

use std::sync::atomic::Ordering;

use super::fake::{Fake, PASSWORD};
use super::{BackendError, Instance, InstanceOptions, SessionState, StatementKey};
use crate::error::{Code, SqlError};
use crate::id::InstanceId;
use crate::wire::auth::{CACHING_SHA2, NATIVE_PASSWORD};

/// SELECT PASSWORD('secret').
const NATIVE_HASH: &[u8] = b"*14E65567ABDB5135D0CFD9A70B3032C179A49EE7";

fn options(fake: &Fake, password: &str) -> InstanceOptions {
    InstanceOptions {
        connect_timeout_ms: 2000,
        io_timeout_ms: 200,
        acquire_timeout_ms: 50,
        ..InstanceOptions::new("a", fake.address.to_string(), "weir", password)
    }
}

fn instance(fake: &Fake) -> Instance {
    Instance::new(InstanceId(0), options(fake, PASSWORD))
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

/// The error names the instance and its address, and is the expected one.
fn check(error: BackendError, code: Code, fake: &Fake) {
    let error = SqlError::from(error);
    assert!(error.is(code), "{error}");
    assert!(error.message.contains("'a'") && error.message.contains(&fake.address.to_string()), "{error}");
}

#[test]
fn queries_over_both_plugins_reuse_one_connection() {
    run(async {
        for (plugin, hash) in [(NATIVE_PASSWORD, None), (CACHING_SHA2, None), (CACHING_SHA2, Some(NATIVE_HASH))] {
            let fake = Fake::start(plugin, 0, hash).await;
            let instance = instance(&fake);
            for _ in 0..3 {
                let result = instance.query("SELECT 1").await.unwrap();
                assert_eq!((result.columns, result.rows.len()), (vec!["one".to_owned()], 2));
            }
            assert_eq!(fake.connections.load(Ordering::SeqCst), 1, "{plugin}");
        }
    });
}

#[test]
fn a_wrong_password_names_the_instance_and_every_statement_tries_anew() {
    run(async {
        let fake = Fake::start(NATIVE_PASSWORD, 0, None).await;
        let instance = Instance::new(InstanceId(0), options(&fake, "wrong"));
        check(instance.query("SELECT 1").await.unwrap_err(), Code::InstanceUnavailable, &fake);
        // Those who wait for a try that is under way share its failure.
        let (first, second) = tokio::join!(instance.query("SELECT 1"), instance.query("SELECT 1"));
        assert!(matches!(first, Err(BackendError::Denied { .. })), "{first:?}");
        assert!(matches!(second, Err(BackendError::Down { .. })), "{second:?}");
        check(second.unwrap_err(), Code::InstanceUnavailable, &fake);
        assert_eq!(fake.connections.load(Ordering::SeqCst), 2);
    });
}

#[test]
fn a_server_error_leaves_the_connection_usable() {
    run(async {
        let fake = Fake::start(NATIVE_PASSWORD, 0, None).await;
        let instance = instance(&fake);
        let error = SqlError::from(instance.query("fail").await.unwrap_err());
        assert_eq!((error.errno, error.message.as_str()), (1064, "no such thing"));
        instance.query("SELECT 1").await.unwrap();
        assert_eq!(fake.connections.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn a_connection_lost_in_mid_result_is_replaced() {
    run(async {
        let fake = Fake::start(NATIVE_PASSWORD, 0, None).await;
        let instance = instance(&fake);
        for text in ["half", "hang up"] {
            check(instance.query(text).await.unwrap_err(), Code::InstanceUnavailable, &fake);
            instance.query("SELECT 1").await.unwrap();
        }
        assert_eq!(fake.connections.load(Ordering::SeqCst), 3);
    });
}

#[test]
fn silence_ends_within_the_limit() {
    run(async {
        let fake = Fake::start(NATIVE_PASSWORD, 0, None).await;
        let instance = instance(&fake);
        let error = instance.query("silence").await.unwrap_err();
        assert!(error.to_string().contains("200 ms (io_timeout_ms)"), "{error}");
        check(error, Code::InstanceTimeout, &fake);
        instance.query("SELECT 1").await.unwrap();
        let limited = InstanceOptions { query_timeout_ms: 20, ..options(&fake, PASSWORD) };
        let error = Instance::new(InstanceId(0), limited).query("silence").await.unwrap_err();
        assert!(error.to_string().contains("20 ms (query_timeout_ms)"), "{error}");
    });
}

#[test]
fn a_full_pool_names_itself_and_serves_waiters() {
    run(async {
        let fake = Fake::start(NATIVE_PASSWORD, 0, None).await;
        let instance = Instance::new(InstanceId(0), InstanceOptions { max_connections: 1, ..options(&fake, PASSWORD) });
        let held = instance.lease().await.unwrap();
        check(instance.lease().await.unwrap_err(), Code::PoolExhausted, &fake);
        let (second, ()) = tokio::join!(instance.lease(), async { held.give_back() });
        second.unwrap().give_back();
        assert_eq!((fake.connections.load(Ordering::SeqCst), instance.used_count()), (1, 0));
    });
}

#[test]
fn only_known_states_are_reused() {
    run(async {
        let fake = Fake::start(NATIVE_PASSWORD, 0, None).await;
        let instance = instance(&fake);
        let mut lease = instance.lease().await.unwrap();
        lease.query("BEGIN").await.unwrap();
        lease.give_back();
        assert_eq!(instance.idle_count(), 0, "a transaction was open");
        let mut lease = instance.lease().await.unwrap();
        lease.queue_query(|out| out.extend_from_slice(b"SELECT 1"));
        lease.flush().await.unwrap();
        lease.give_back();
        assert_eq!(instance.idle_count(), 0, "an answer was due");
        let lease = instance.lease().await.unwrap();
        drop(lease);
        assert_eq!(instance.idle_count(), 0, "it was only dropped");
        instance.lease().await.unwrap().give_back();
        assert_eq!(instance.idle_count(), 1);
    });
}

#[test]
fn variables_travel_with_the_statement() {
    run(async {
        let fake = Fake::start(NATIVE_PASSWORD, 0, None).await;
        let instance = instance(&fake);
        let mut state = SessionState::default();
        state.set("sql_mode", "''");
        for _ in 0..2 {
            let mut lease = instance.lease_with(&state).await.unwrap();
            lease.query("SELECT 2").await.unwrap();
            lease.give_back();
            instance.query("SELECT 1").await.unwrap();
        }
        let seen = fake.seen();
        let expected = ["SET sql_mode = ''", "SELECT 2", "SET sql_mode = DEFAULT", "SELECT 1"];
        assert_eq!(seen.iter().skip(1).collect::<Vec<_>>(), expected.iter().chain(&expected).collect::<Vec<_>>());
    });
}

#[test]
fn a_refused_variable_stops_the_statement() {
    run(async {
        let fake = Fake::start(NATIVE_PASSWORD, 0, None).await;
        let instance = instance(&fake);
        let mut state = SessionState::default();
        state.set("refused", "1");
        let error = SqlError::from(instance.lease_with(&state).await.unwrap_err());
        assert_eq!(error.errno, 1193);
        assert_eq!(instance.idle_count(), 0);
        assert_eq!(fake.seen().len(), 2, "nothing was sent behind the SET");
    });
}

#[test]
fn an_instance_comes_back_without_a_restart() {
    run(async {
        let fake = Fake::start(NATIVE_PASSWORD, 0, None).await;
        let instance = instance(&fake);
        instance.query("SELECT 1").await.unwrap();
        let port = fake.address.port();
        drop(fake);
        // The idle connection is gone with its server; wherever that is noticed, the error is the instance's.
        let mut failures = 0;
        while instance.query("SELECT 1").await.is_err() && failures < 3 {
            failures += 1;
        }
        assert_eq!(failures, 3);
        assert!(instance.health().down_because().is_some());
        let fake = Fake::start(NATIVE_PASSWORD, port, None).await;
        let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(5);
        while let Err(error) = instance.query("SELECT 1").await {
            assert!(tokio::time::Instant::now() < deadline, "{error}");
            tokio::task::yield_now().await;
        }
        assert!(instance.health().down_because().is_none());
        drop(fake);
    });
}

#[test]
fn an_idle_connection_that_the_server_closed_is_not_handed_out() {
    run(async {
        let fake = Fake::start(NATIVE_PASSWORD, 0, None).await;
        let instance = instance(&fake);
        instance.query("hang up later").await.unwrap();
        let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(5);
        while instance.idle_count() > 0 {
            assert!(tokio::time::Instant::now() < deadline, "the end was never noticed");
            tokio::task::yield_now().await;
            instance.reap();
        }
        instance.query("SELECT 1").await.unwrap();
        assert_eq!(fake.connections.load(Ordering::SeqCst), 2);
    });
}

#[test]
fn statements_are_prepared_once() {
    run(async {
        let fake = Fake::start(NATIVE_PASSWORD, 0, None).await;
        let instance = instance(&fake);
        for _ in 0..2 {
            let mut lease = instance.lease().await.unwrap();
            let key = StatementKey::new(b"DO 1", lease.state());
            assert_eq!(lease.prepare(&key).await.unwrap().statement_id, 5);
            lease.give_back();
        }
        assert_eq!(fake.seen().iter().filter(|text| text.starts_with("PREPARE")).count(), 1);
    });
}

#[test]
fn connections_that_are_used_at_once_are_given_all_statements_while_they_have_room() {
    run(async {
        let fake = Fake::start(NATIVE_PASSWORD, 0, None).await;
        for (max_prepared, others, found) in [(4, 1, false), (4, 0, true), (1, 1, true)] {
            let instance = Instance::new(InstanceId(0), InstanceOptions { max_prepared, ..options(&fake, PASSWORD) });
            let state = SessionState::default();
            let (wanted, other) = (StatementKey::new(b"DO 1", &state), StatementKey::new(b"DO 2", &state));
            let mut leases = Vec::new();
            for number in 0..3 {
                let mut lease = instance.lease().await.unwrap();
                lease.prepare(if number == 0 { &wanted } else { &other }).await.unwrap();
                leases.push(lease);
            }
            let running = leases.split_off(leases.len() - others);
            // The one that has it is the one that was used least recently.
            leases.into_iter().for_each(super::Lease::give_back);
            let lease = instance.lease_prepared(&state, &wanted).await.unwrap();
            assert_eq!(lease.has_prepared(&wanted), found, "{max_prepared} at most, {others} beside it");
            drop(running);
            lease.give_back();
        }
    });
}
