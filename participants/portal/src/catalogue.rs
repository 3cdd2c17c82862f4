//! The catalogue of services, as the gateway lists it; kept in memory and fetched anew from time to time.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use pages::collate_kk;
use terms::{Language, ServiceCode};
use wire::common::Service;
use wire::gateway::ListServices;

use crate::portal::Portal;

/// How soon after a first failure the list is asked for again, and how soon at the latest after many: people wait for
/// it, and what fails at a start is soon there.
const AFTER_FAILURE: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(3)];

/// The services that can be paid for. Empty until the gateway has answered for the first time.
#[derive(Default)]
pub(crate) struct Catalogue(ArcSwap<Vec<Service>>);

impl Catalogue {
    pub(crate) fn all(&self) -> Arc<Vec<Service>> {
        self.0.load_full()
    }

    pub(crate) fn find(&self, code: &ServiceCode) -> Option<Service> {
        self.0.load().iter().find(|service| service.code == *code).cloned()
    }

    /// The services whose name, provider or code contains every word of the query, in alphabetical order.
    pub(crate) fn search(&self, query: &str, language: Language) -> Vec<Service> {
        let words: Vec<String> = query.split_whitespace().map(plain).collect();
        let mut found: Vec<Service> = self
            .0
            .load()
            .iter()
            .filter(|service| {
                let name = service.name.get(language);
                let text = plain(&format!("{} {name} {}", service.code, service.provider_name.get(language)));
                words.iter().all(|word| text.contains(word.as_str()))
            })
            .cloned()
            .collect();
        found.sort_by(|a, b| collate_kk(a.name.get(language), b.name.get(language)));
        found
    }

    pub(crate) fn replace(&self, services: Vec<Service>) {
        self.0.store(Arc::new(services));
    }
}

/// Small letters, with Kazakh letters as those type them who have a Russian keyboard.
fn plain(text: &str) -> String {
    let plain = |c: char| match c {
        'ә' => 'а',
        'ғ' => 'г',
        'қ' => 'к',
        'ң' => 'н',
        'ө' => 'о',
        'ұ' | 'ү' => 'у',
        'һ' => 'х',
        'і' => 'и',
        'ё' => 'е',
        other => other,
    };
    text.chars().flat_map(char::to_lowercase).map(plain).collect()
}

/// Keeps the catalogue fresh for as long as the process lives.
pub(crate) async fn keep_fresh(portal: Arc<Portal>) {
    let [mut after_failure, longest] = AFTER_FAILURE;
    loop {
        let request = ListServices { header: portal.host.header() };
        let pause = match portal.caller.call(portal.neighbours.gateway, &request).await {
            Ok(answer) => {
                portal.catalogue.replace(answer.get().services.clone());
                after_failure = AFTER_FAILURE[0];
                Duration::from_secs(portal.settings.catalogue_seconds.max(1))
            }
            Err(error) => {
                tracing::warn!(event = "catalogue-not-fetched", %error);
                let pause = after_failure;
                after_failure = longest.min(after_failure * 2);
                pause
            }
        };
        tokio::time::sleep(pause).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_needs_no_accents_and_no_case() {
        assert_eq!(plain("Тұрғылықты ЖЕР"), plain("тургылыкты жер"));
    }
}
