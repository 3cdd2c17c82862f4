//! `tolem walk`: drives the tables of the instruction through a running country, by its front doors alone.
//!
//! Pages are used as a person without scripts uses them; what no page shows is read by that participant's own command
//! line. One line is printed for each step of `docs/requirements.md`, with ok or what went wrong.

mod clauses;
pub(crate) mod html;
pub(crate) mod person;
mod refund;
mod steps;
pub(crate) mod table1;
mod table2;
mod table3;
mod table4;
pub(crate) mod table5;
pub(crate) mod table6;
mod table7;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};

use crate::cli::WalkArguments;
use crate::country::{Country, Suites, set_up};
use crate::demo::{Running, free_ports};
use crate::exit::Failure;
use crate::serve::told_to_stop;
use crate::walk::steps::Steps;

/// How often it is tried to remove the country of a walk that was interrupted.
const REMOVALS_MOST: usize = 20;
/// Between two tries.
const REMOVED_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// The ids of each table, and last those of the clauses, in the order of the catalogue.
const TABLES: [&[&str]; 8] = [
    &[
        "T1.pre", "T1.1-3", "T1.4-5", "T1.6-11", "T1.12-13", "T1.14-17", "T1.18-21", "T1.22", "T1.23",
        "T1.24-27", "T1.28-30", "T1.31-32", "T1.post",
    ],
    &[
        "T2.1-5", "T2.6-8", "T2.9-11", "T2.12-13", "T2.14", "T2.15-16", "T2.17-18", "T2.19-20", "T2.21-23",
        "T2.post",
    ],
    &["T3.pre", "T3.1-3", "T3.4-7", "T3.8-12", "T3.13-14", "T3.15-16", "T3.17", "T3.18-21", "T3.post"],
    &["T4.1", "T4.2", "T4.3", "T4.4", "T4.5", "T4.6-10", "T4.11", "T4.12", "T4.13-16", "T4.17-18", "T4.post"],
    &["T5.1", "T5.2", "T5.3-9", "T5.10-11", "T5.12-17", "T5.18", "T5.19-20", "T5.21-25", "T5.post"],
    &[
        "T6.pre", "T6.1-3", "T6.4-7", "T6.8", "T6.9-10", "T6.11-13", "T6.14", "T6.15", "T6.16-18", "T6.19",
        "T6.post",
    ],
    &["T7.pre", "T7.1-2", "T7.3-4", "T7.5-10", "T7.11", "T7.12-13", "T7.14-15", "T7.16-18", "T7.post"],
    &[
        "C10", "C11.1", "C11.2", "C12.1", "C12.2", "C12.3", "C13.1", "C13.2", "C14", "C15", "C16", "C17",
        "C18", "C19", "C20.1", "C20.2", "C20.3", "C20.4", "C20.5", "C20.6", "C21", "C22", "C23", "C24",
    ],
];

pub(crate) async fn run(arguments: WalkArguments, json: bool) -> Result<(), Failure> {
    let wanted: Vec<usize> = match arguments.table.as_str() {
        "all" => (1..=8).collect(),
        "clauses" => vec![8],
        number => match number.parse() {
            Ok(number @ 1..=7) => vec![number],
            _ => {
                return Err(Failure::usage(anyhow!(
                    "what is walked is a table from 1 to 7, the clauses, or all"
                )));
            }
        },
    };
    let failed = match &arguments.dir {
        Some(folder) => walk(&Country::open(folder)?, &wanted, arguments.disturb, json).await,
        None => in_fresh_country(&wanted, arguments.suite, arguments.disturb, json).await?,
    };
    if failed == 0 { Ok(()) } else { Err(Failure::checks(anyhow!("{failed} steps are not ok"))) }
}

async fn in_fresh_country(
    wanted: &[usize],
    suites: Suites,
    disturb: Option<u16>,
    json: bool,
) -> Result<usize, Failure> {
    let folder = std::env::temp_dir().join(format!("tolem-walk-{}", std::process::id()));
    // Listened for from here on: keys are made in a moment.
    let mut told = tokio::spawn(told_to_stop(false));
    let country = set_up(&folder, free_ports(own_ports())?, suites)?;
    let running = tokio::select! {
        running = Running::start(&country) => Some(running?),
        _ = &mut told => None,
    };
    let Some(running) = running else { return Err(interrupted(&folder).await) };
    let failed = tokio::select! {
        failed = walk(&country, wanted, disturb, json) => Some(failed),
        _ = &mut told => None,
    };
    running.stop().await;
    let Some(failed) = failed else { return Err(interrupted(&folder).await) };
    if failed == 0 {
        std::fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))?;
    } else {
        eprintln!("the country stays in {}, with the logs of every participant", folder.display());
    }
    Ok(failed)
}

/// Removes the country of a walk that was interrupted, whose keys nobody needs any more.
async fn interrupted(folder: &Path) -> Failure {
    // Children that were killed at their start may be writing a last file.
    for _ in 0..REMOVALS_MOST {
        match std::fs::remove_dir_all(folder) {
            Ok(()) => {
                return Failure::interrupted(anyhow!("interrupted; the country is stopped and removed"));
            }
            Err(_) => tokio::time::sleep(REMOVED_AGAIN_AFTER).await,
        }
    }
    Failure::interrupted(anyhow!("interrupted; the country stays in {} and has keys in it", folder.display()))
}

/// Where this process begins to look for ports: apart from other walks at the same moment, and below the ports that the
/// system gives to outgoing connections.
pub(crate) fn own_ports() -> u16 {
    let slot = u16::try_from(std::process::id() % 480).unwrap_or(0);
    20_000 + slot * 25
}

/// Walks the tables; how many steps are not ok.
async fn walk(country: &Country, wanted: &[usize], disturb: Option<u16>, json: bool) -> usize {
    let mut failed = 0;
    for number in wanted {
        let mut steps = Steps::new(country, TABLES[number - 1], disturb, json);
        let walked = match number {
            1 => table1::walk(&mut steps).await,
            2 => table2::walk(&mut steps).await,
            3 => table3::walk(&mut steps).await,
            4 => table4::walk(&mut steps).await,
            5 => table5::walk(&mut steps).await,
            6 => table6::walk(&mut steps).await,
            7 => table7::walk(&mut steps).await,
            _ => clauses::walk(&mut steps).await,
        };
        failed += steps.end(walked);
    }
    failed
}
