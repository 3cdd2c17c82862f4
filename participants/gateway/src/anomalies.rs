//! Whose looks at people's data a day's work does not explain (A13): the notes of reads, with what became of the payments
//! that desks asked about. What makes a sign is settled in [`rights::anomaly`].

use payment::{Closing, Life};
use rights::Permitted;
use rights::anomaly::{Anomaly, Look, Occasion, anomalies};
use store::{ReadNote, ReadSubject, Store as _, StoreError, View};
use terms::BankingDay;

use crate::cx::{Cx, DESK_INQUIRY, reader};

/// The signs of a day, by whoever looked.
///
/// # Errors
/// Those of the store.
pub async fn anomalies_of(cx: &Cx, day: &Permitted<BankingDay>) -> Result<Vec<Anomaly>, StoreError> {
    let day = *day.command();
    cx.store
        .read(move |view| {
            let mut notes = Vec::new();
            view.readings_between(day.begins_at(), day.ends_at(), &mut |note| notes.push(note))?;
            let looks: Result<Vec<Look>, StoreError> =
                notes.into_iter().map(|note| look(&*view, note)).collect();
            Ok(anomalies(looks?))
        })
        .await
}

fn look(view: &dyn View, note: ReadNote) -> Result<Look, StoreError> {
    let occasion = match note.subject {
        ReadSubject::Payment(code) if note.reason == DESK_INQUIRY => {
            let payment = view.payment(code)?.map(|stored| stored.value);
            match payment.map(|payment| (payment.life, payment.order.recipient.number)) {
                Some((Life::Closed(_, Closing::Desk(operator, _), _), recipient))
                    if reader(operator.iin, &operator.centre) == note.actor =>
                {
                    Occasion::Closed(recipient.to_string())
                }
                _ => Occasion::Left,
            }
        }
        _ => Occasion::Other,
    };
    Ok(Look { actor: note.actor, at: note.at, occasion })
}
