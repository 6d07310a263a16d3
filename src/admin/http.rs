//! /health, /health/live and /metrics. Every answer is made when asked for; nothing is changed by asking.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::extract::State as Shared;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;

use super::instances::{InstanceMetrics, InstanceReading, Readings, State};
use super::process::ProcessMetrics;
use crate::metrics::Metrics;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

struct Console {
    metrics: Arc<Metrics>,
    readings: Readings,
}

/// An answer: status, type, body.
type Answer = (StatusCode, [(HeaderName, &'static str); 1], String);

/// Answers HTTP until the task is dropped. Call it once for a `Metrics`: it adds the instances and the process to it.
pub async fn serve(listener: TcpListener, metrics: Arc<Metrics>, readings: Readings) -> io::Result<()> {
    metrics.register(Box::new(InstanceMetrics { readings: Arc::clone(&readings) }));
    metrics.register(Box::new(ProcessMetrics));
    axum::serve(listener, router(Arc::new(Console { metrics, readings }))).await
}

fn router(console: Arc<Console>) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/health", get(health))
        .route("/health/live", get(live))
        .route("/metrics", get(metrics))
        .fallback(unknown)
        .with_state(console)
}

async fn index() -> impl IntoResponse {
    let text = concat!(
        "Weir ",
        env!("CARGO_PKG_VERSION"),
        "\n\n/health       every instance; 503 when one is down\n/health/live  200 while clients are served\n\
         /metrics      for Prometheus\n"
    );
    answer(StatusCode::OK, TEXT, text.to_owned())
}

async fn unknown() -> impl IntoResponse {
    answer(StatusCode::NOT_FOUND, TEXT, "there are /health, /health/live and /metrics\n".to_owned())
}

async fn live() -> impl IntoResponse {
    answer(StatusCode::OK, JSON, "{\"status\":\"ok\"}\n".to_owned())
}

async fn health(Shared(console): Shared<Arc<Console>>) -> impl IntoResponse {
    let readings = (console.readings)();
    let down = readings.iter().any(|reading| reading.state == State::Down);
    let status = if down { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    answer(status, JSON, health_json(&readings, console.metrics.clients()))
}

async fn metrics(Shared(console): Shared<Arc<Console>>) -> impl IntoResponse {
    match console.metrics.encode() {
        Ok(text) => answer(StatusCode::OK, OPEN_METRICS, text),
        Err(error) => answer(StatusCode::INTERNAL_SERVER_ERROR, TEXT, format!("{error}\n")),
    }
}

fn answer(status: StatusCode, kind: &'static str, body: String) -> Answer {
    (status, [(header::CONTENT_TYPE, kind)], body)
}

/// `ok`: all up; `starting`: none down, some not asked yet; `degraded`: some down; `down`: all down.
fn health_json(readings: &[InstanceReading], clients: u64) -> String {
    let count = |state| readings.iter().filter(|reading| reading.state == state).count();
    let status = match (count(State::Down), count(State::Unknown)) {
        (0, 0) => "ok",
        (0, _) => "starting",
        (down, _) if down == readings.len() => "down",
        _ => "degraded",
    };
    let mut json = format!("{{\"status\":\"{status}\",\"clients\":{clients},\"instances\":[");
    for (index, reading) in readings.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let (name, address, state) = (quote(&reading.name), quote(&reading.address), reading.state.word());
        let (in_use, idle) = (reading.in_use, reading.idle);
        let why = reading.why.as_deref().map(|why| format!(",\"why\":{}", quote(why))).unwrap_or_default();
        json.push_str(&format!(
            "{comma}{{\"name\":{name},\"address\":{address},\"state\":\"{state}\",\"connections_in_use\":{in_use},\
             \"connections_idle\":{idle}{why}}}"
        ));
    }
    json.push_str("]}\n");
    json
}

/// A JSON string.
fn quote(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    json.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => json.extend(['\\', c]),
            c if c.is_control() => json.extend(format!("\\u{:04x}", u32::from(c)).chars()),
            c => json.push(c),
        }
    }
    json.push('"');
    json
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    fn reading(name: &str, state: State) -> InstanceReading {
        InstanceReading {
            name: name.to_owned(),
            address: "127.0.0.1:1".to_owned(),
            state,
            why: (state == State::Down).then(|| "connection refused".to_owned()),
            in_use: 2,
            idle: 3,
            leases: 7,
            pipelined: 4,
            connects: 5,
            connect_errors: 0,
            commands: 9,
            lost: 0,
            timeouts: 0,
            exhausted: 0,
        }
    }

    #[test]
    fn strings_are_quoted() {
        assert_eq!(quote("a\"\\\n\u{1}ö"), "\"a\\\"\\\\\\u000a\\u0001ö\"");
    }

    #[test]
    fn health_says_how_bad_it_is() {
        use State::{Down, Unknown, Up};
        for (states, status) in [
            (vec![Up, Up], "ok"),
            (vec![Up, Unknown], "starting"),
            (vec![Up, Down], "degraded"),
            (vec![Down, Unknown], "degraded"),
            (vec![Down, Down], "down"),
        ] {
            let readings: Vec<InstanceReading> = states.into_iter().map(|state| reading("a", state)).collect();
            assert!(health_json(&readings, 0).starts_with(&format!("{{\"status\":\"{status}\"")), "{status}");
        }
    }

    async fn ask(address: std::net::SocketAddr, path: &str) -> String {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: weir\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn pages_over_http() {
        let states = Arc::new(Mutex::new(vec![reading("a", State::Up), reading("b", State::Up)]));
        let shared = Arc::clone(&states);
        let readings: Readings = Arc::new(move || shared.lock().unwrap().clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let metrics = Arc::new(Metrics::new());
        let _client = metrics.client_accepted();
        let server = tokio::spawn(serve(listener, Arc::clone(&metrics), readings));

        let health = ask(address, "/health").await;
        assert!(health.starts_with("HTTP/1.1 200 OK"), "{health}");
        let body = "{\"status\":\"ok\",\"clients\":1,\"instances\":[\
                    {\"name\":\"a\",\"address\":\"127.0.0.1:1\",\"state\":\"up\",\"connections_in_use\":2,\"connections_idle\":3},\
                    {\"name\":\"b\",\"address\":\"127.0.0.1:1\",\"state\":\"up\",\"connections_in_use\":2,\"connections_idle\":3}]}\n";
        assert!(health.ends_with(body), "{health}");

        states.lock().unwrap()[1] = reading("b", State::Down);
        let health = ask(address, "/health").await;
        assert!(health.starts_with("HTTP/1.1 503 "), "{health}");
        assert!(health.contains("\"status\":\"degraded\""), "{health}");
        assert!(health.contains("\"connections_idle\":3,\"why\":\"connection refused\"}"), "{health}");
        assert!(ask(address, "/health/live").await.starts_with("HTTP/1.1 200 OK"));

        let text = ask(address, "/metrics").await;
        for line in [
            "weir_clients 1",
            "weir_instance_up{instance=\"a\"} 1",
            "weir_instance_up{instance=\"b\"} 0",
            "weir_instance_connections_in_use{instance=\"a\"} 2",
            "weir_instance_commands_total{instance=\"b\"} 9",
        ] {
            assert!(text.lines().any(|shown| shown == line), "{line} is missing:\n{text}");
        }
        assert!(text.contains("process_resident_memory_bytes "), "{text}");
        assert!(ask(address, "/nothing").await.starts_with("HTTP/1.1 404 "));
        server.abort();
    }
}
