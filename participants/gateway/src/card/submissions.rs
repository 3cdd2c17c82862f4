//! What forms were sent and what each came to, so that a form sent twice gets the first result (A15).
//!
//! In memory only and without card data: after a restart the gateway still refuses a second attempt while the
//! first is under way, and the page shows the state.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use terms::{Moment, OneTimeToken};
use tokio::sync::watch;

/// Forms remembered; the oldest are forgotten first.
const MOST_REMEMBERED: usize = 10_000;

/// What a submission came to, as far as the person has to be told more than the state of the payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The state of the payment says it all.
    Shown,
    /// No money was taken, for the reason of this text of the catalogue.
    NotTaken(&'static str),
}

/// One form that was sent.
#[derive(Debug, Clone)]
pub(crate) struct Submission {
    ending: watch::Receiver<Option<Ending>>,
}

/// The right to act on a form that was sent for the first time. Dropped without an ending, the state says it
/// all.
#[derive(Debug)]
pub(crate) struct First(watch::Sender<Option<Ending>>);

/// A form as its token and its rendering name it.
type Key = (OneTimeToken, String);

/// All forms sent of late.
#[derive(Debug, Default)]
pub(crate) struct Submissions(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    by_key: HashMap<Key, (Moment, Submission)>,
    in_order: VecDeque<Key>,
}

impl Submissions {
    /// Takes a form for the first time, or finds what it was taken for before.
    pub(crate) fn take(&self, token: &OneTimeToken, form: &str, now: Moment) -> Result<First, Submission> {
        let key = (token.clone(), form.to_owned());
        let mut remembered = self.0.lock().expect("nothing panics while it is held");
        if let Some((_, submission)) = remembered.by_key.get(&key) {
            return Err(submission.clone());
        }
        if remembered.in_order.len() == MOST_REMEMBERED
            && let Some(oldest) = remembered.in_order.pop_front()
        {
            remembered.by_key.remove(&oldest);
        }
        let (sender, ending) = watch::channel(None);
        remembered.by_key.insert(key.clone(), (now, Submission { ending }));
        remembered.in_order.push_back(key);
        Ok(First(sender))
    }

    /// The submission of a form, if it was sent.
    pub(crate) fn find(&self, token: &OneTimeToken, form: &str) -> Option<Submission> {
        let key = (token.clone(), form.to_owned());
        let remembered = self.0.lock().expect("nothing panics while it is held");
        remembered.by_key.get(&key).map(|(_, submission)| submission.clone())
    }

    /// When the last form of a page was sent.
    pub(crate) fn last_sent(&self, token: &OneTimeToken) -> Option<Moment> {
        let remembered = self.0.lock().expect("nothing panics while it is held");
        let of_page = remembered.by_key.iter().filter(|((page, _), _)| page == token);
        of_page.map(|(_, (at, _))| *at).max()
    }
}

impl First {
    /// Says what the submission came to.
    pub(crate) fn end(self, ending: Ending) {
        self.0.send_replace(Some(ending));
    }
}

impl Submission {
    /// What it came to, if it has ended.
    pub(crate) fn ending(&self) -> Option<Ending> {
        *self.ending.borrow()
    }

    /// Waits for its end.
    pub(crate) async fn ended(mut self) {
        // An error means that it was given up without a word, which is an end too.
        let _ = self.ending.wait_for(Option::is_some).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_form_is_taken_once_and_the_second_sender_gets_the_first_ending() {
        let submissions = Submissions::default();
        let token: OneTimeToken = "5f1d9c0a7be24c63a1f08e42d7b95c16".parse().unwrap();
        let now = Moment::from_unix_microseconds(1);
        let first = submissions.take(&token, "a", now).unwrap();
        let second = submissions.take(&token, "a", now.plus_seconds(9)).unwrap_err();
        assert!(submissions.take(&token, "b", now.plus_seconds(5)).is_ok());
        assert_eq!(submissions.last_sent(&token), Some(now.plus_seconds(5)));
        assert_eq!(second.ending(), None);
        let waiting = tokio::spawn(second.clone().ended());
        first.end(Ending::NotTaken("m-decl-2"));
        waiting.await.unwrap();
        assert_eq!(second.ending(), Some(Ending::NotTaken("m-decl-2")));
    }

    #[test]
    fn only_so_many_forms_are_remembered() {
        let submissions = Submissions::default();
        let token: OneTimeToken = "5f1d9c0a7be24c63a1f08e42d7b95c16".parse().unwrap();
        let now = Moment::from_unix_microseconds(1);
        for n in 0..=MOST_REMEMBERED {
            assert!(submissions.take(&token, &n.to_string(), now).is_ok());
        }
        assert!(submissions.find(&token, "0").is_none());
        assert!(submissions.find(&token, "1").is_some());
    }
}
