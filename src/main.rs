//! The `weir` command: reads its arguments, prints, and leaves everything else to the library.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is the command line")]

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tracing_subscriber::EnvFilter;
use weir::rule::Problem;
use weir::{config, demo, offline, server};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// One MySQL in front of many.
#[derive(Debug, Parser)]
#[command(name = "weir", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve clients until interrupted
    Serve {
        /// The process configuration
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Check the configuration and every rule file; list all problems. Exit status 1 if there are any
    Check {
        /// The process configuration
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Show where a statement goes and what is sent there, without asking a backend
    Explain {
        /// The process configuration
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// The logical schema; may be left out when there is only one
        #[arg(long)]
        schema: Option<String>,
        /// The statement
        sql: String,
    },
    /// Start two private instances, load sample data through Weir, show a tour, and keep serving
    Demo(demo::Options),
}

fn main() -> ExitCode {
    let Arguments { command } = Arguments::parse();
    let quiet = if matches!(command, Command::Serve { .. }) { "info" } else { "warn" };
    let filter = EnvFilter::try_from_env("WEIR_LOG").unwrap_or_else(|_| EnvFilter::new(quiet));
    let coloured = io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(coloured).with_writer(io::stderr).init();
    let runtime = match runtime(&command) {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start: {error}")),
    };
    let done = match command {
        Command::Serve { config } => runtime.block_on(serve(config, interrupted())),
        Command::Check { config } => return check(&config),
        Command::Explain { config, schema, sql } => {
            offline::explain(&config, schema.as_deref(), &sql).map(|text| print!("{text}"))
        }
        Command::Demo(options) => runtime.block_on(show(options)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// `serve` has threads of its own for its clients; the demo is clients and servers in one.
fn runtime(command: &Command) -> io::Result<Runtime> {
    let mut builder = match command {
        Command::Demo(_) => Builder::new_multi_thread(),
        Command::Serve { .. } | Command::Check { .. } | Command::Explain { .. } => Builder::new_current_thread(),
    };
    builder.enable_all().build()
}

fn fail(error: &str) -> ExitCode {
    eprintln!("weir: {error}");
    ExitCode::FAILURE
}

fn joined(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

async fn serve(path: PathBuf, shutdown: impl Future<Output = ()>) -> Result<(), String> {
    let (config, rules) = config::load(&path, 1).map_err(|problems| joined(&problems))?;
    server::serve(config, rules, shutdown).await.map_err(|error| error.to_string())
}

/// Ready at SIGINT or SIGTERM.
async fn interrupted() {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

fn check(path: &Path) -> ExitCode {
    let problems = config::check(path);
    if problems.is_empty() {
        println!("{}: no problems", path.display());
        return ExitCode::SUCCESS;
    }
    println!("{}", joined(&problems));
    let count = problems.len();
    println!("{count} problem{}", if count == 1 { "" } else { "s" });
    ExitCode::FAILURE
}

async fn show(options: demo::Options) -> Result<(), String> {
    let proxy = demo::Proxy {
        serve: Box::new(|path, stop: oneshot::Receiver<()>| {
            Box::pin(async move {
                // The sender going away means the same as a word from it.
                serve(path, async move { drop(stop.await) }).await
            })
        }),
        check: Box::new(|path| {
            let problems = config::check(path);
            if problems.is_empty() { Ok(()) } else { Err(joined(&problems)) }
        }),
    };
    let mut out = io::stdout();
    Box::pin(demo::run(options.or_environment(), proxy, &mut out)).await.map_err(|error| error.to_string())
}
