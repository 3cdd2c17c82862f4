//! The steps of one table: which one is under way, how each ended.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use terms::PaymentCode;
use tokio::process::Command;

use crate::country::{Country, PROCESSES};
use crate::output;

/// How long the country may take for what happens by itself: a notice, a document.
const BY_ITSELF_WITHIN: Duration = Duration::from_secs(60);
/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// One table being walked.
pub(crate) struct Steps<'a> {
    pub(crate) country: &'a Country,
    ids: &'static [&'static str],
    next: usize,
    failed: usize,
    disturb: Option<u16>,
    json: bool,
}

impl<'a> Steps<'a> {
    pub(crate) fn new(
        country: &'a Country,
        ids: &'static [&'static str],
        disturb: Option<u16>,
        json: bool,
    ) -> Self {
        Self { country, ids, next: 0, failed: 0, disturb, json }
    }

    fn print(&self, id: &str, ok: bool, detail: &str) {
        if self.json {
            output::say(&json!({ "id": id, "ok": ok, "detail": detail }).to_string());
        } else {
            output::say(&format!("{} {id:<9} {detail}", if ok { "ok  " } else { "FAIL" }));
        }
    }

    /// The step is done. Steps are named in the order of the catalogue, so none is left out.
    pub(crate) async fn ok(&mut self, id: &str, detail: impl Into<String>) -> Result<()> {
        let expected = self.ids.get(self.next).copied().unwrap_or("nothing more");
        ensure!(id == expected, "the walk reports {id} where {expected} comes next");
        self.print(id, true, &detail.into());
        self.next += 1;
        self.disturb().await
    }

    /// Ends the table; how many of its steps are not ok.
    pub(crate) fn end(mut self, walked: Result<()>) -> usize {
        if let Err(error) = walked {
            for (place, id) in self.ids[self.next.min(self.ids.len())..].iter().enumerate() {
                let detail = if place == 0 { format!("{error:#}") } else { "not reached".to_owned() };
                self.print(id, false, &detail);
                self.failed += 1;
            }
        } else {
            for id in &self.ids[self.next..] {
                self.print(id, false, "the walk did not report it");
                self.failed += 1;
            }
        }
        self.failed
    }

    /// Kills one participant and waits until it is back, where that was asked for. Each step kills the next
    /// one, so that as many turns as there are participants kill every one after every step.
    async fn disturb(&mut self) -> Result<()> {
        let Some(turn) = self.disturb else { return Ok(()) };
        let chosen = PROCESSES[(usize::from(turn) + self.next) % PROCESSES.len()];
        let pid_file = self.country.folder().join(chosen.name).join("pid");
        let pid =
            std::fs::read_to_string(&pid_file).with_context(|| format!("reading {}", pid_file.display()))?;
        eprintln!("killing {}", chosen.name);
        Command::new("kill").args(["-9", pid.trim()]).status().await?;
        self.by_itself("the participant comes back", || async {
            let now = std::fs::read_to_string(&pid_file).unwrap_or_default();
            Ok((now != pid).then_some(()))
        })
        .await?;
        let ready = tokio::time::timeout(BY_ITSELF_WITHIN, crate::demo::ready(self.country)).await;
        ready.with_context(|| format!("{} is not ready again", chosen.name))?
    }

    /// Waits for what happens by itself.
    pub(crate) async fn by_itself<T, F>(&self, what: &str, mut look: impl FnMut() -> F) -> Result<T>
    where
        F: Future<Output = Result<Option<T>>>,
    {
        let begun = std::time::Instant::now();
        loop {
            let seen = look().await;
            match seen {
                Ok(Some(found)) => return Ok(found),
                Ok(None) | Err(_) if begun.elapsed() < BY_ITSELF_WITHIN => {
                    tokio::time::sleep(LOOK_EVERY).await
                }
                Ok(None) => bail!("waited in vain: {what}"),
                Err(error) => return Err(error.context(what.to_owned())),
            }
        }
    }

    /// What a participant's own command line prints: one JSON object a line.
    pub(crate) async fn ask(&self, arguments: &[&str], process: &str) -> Result<Vec<Value>> {
        let output = Command::new(std::env::current_exe()?)
            .args(arguments)
            .arg("--config")
            .arg(self.country.config(process))
            .arg("--json")
            .output()
            .await?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
        String::from_utf8(output.stdout)?
            .lines()
            .map(|line| serde_json::from_str(line).context("a line that is not JSON"))
            .collect()
    }

    /// What the gateway knows of a code.
    pub(crate) async fn gateway_knows(&self, code: PaymentCode) -> Result<Known> {
        let lines = self.ask(&["payment", "show", &code.digits()], "gateway").await?;
        Ok(Known(lines))
    }

    /// Waits until the gateway knows a code in a state.
    pub(crate) async fn state(&self, code: PaymentCode, state: &str) -> Result<Known> {
        self.by_itself(&format!("the code becomes {state}"), || async {
            let known = self.gateway_knows(code).await?;
            Ok((known.state() == state).then_some(known))
        })
        .await
    }
}

/// What `tolem payment show` prints.
pub(crate) struct Known(Vec<Value>);

impl Known {
    pub(crate) fn state(&self) -> &str {
        self.head("state")
    }

    pub(crate) fn head(&self, name: &str) -> &str {
        self.0.first().and_then(|head| head[name].as_str()).unwrap_or_default()
    }

    /// The evidence of a kind: who signed it, and when it arrived.
    pub(crate) fn evidence(&self, kind: &str) -> Result<(&str, &str)> {
        let line = self.line(kind)?;
        let text = |name: &str| line[name].as_str().unwrap_or_default();
        ensure!(
            !text("signed_by").is_empty() && !text("arrived_at").is_empty(),
            "{kind} has no signer or no time"
        );
        Ok((text("signed_by"), text("arrived_at")))
    }

    /// All that is said of the evidence of a kind.
    pub(crate) fn line(&self, kind: &str) -> Result<&Value> {
        let line = self.0.iter().find(|line| line["evidence"] == kind);
        line.with_context(|| format!("the gateway keeps no {kind}"))
    }

    /// Whether the timeline has an event.
    pub(crate) fn happened(&self, event: &str) -> Result<()> {
        ensure!(self.0.iter().any(|line| line["event"] == event), "the timeline has no {event}");
        Ok(())
    }
}
