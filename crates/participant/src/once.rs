//! One message, one effect, one answer, for ever: for the neighbours, whose stores are embedded databases.
//!
//! The unique key of the mailbox decides, inside the transaction of the effect; a repeat gets the same Body again.

use std::sync::Arc;

use rights::Permitted;
use store::rusqlite::Connection;
use store::{Database, Seen, mailbox};
use terms::Moment;
use wire::Request;
use wire::fault::FaultCode;
use xml::ToElement;

use crate::fault::Fault;

/// Answers a message in one transaction with its effect.
///
/// # Errors
/// The work's own fault; [`FaultCode::MessageIdReused`] for another content under a known number.
pub async fn once<T, W>(
    database: &Database,
    request: Permitted<T>,
    now: Moment,
    mut work: W,
) -> Result<String, Fault>
where
    T: Request + Send + Sync + 'static,
    W: FnMut(&Connection, &T) -> Result<T::Response, Fault> + Send + 'static,
{
    let request = Arc::new(request);
    database
        .write(move |tx| {
            let command = request.command();
            let (sender, id) = (request.sender(), command.header().message_id);
            let hash = request.content_hash().ok_or(FaultCode::Internal)?;
            match mailbox::seen(tx, sender, id, &hash)? {
                Seen::Repeat(answer) => return Ok(answer),
                Seen::Altered => return Err(Fault::new(FaultCode::MessageIdReused)),
                Seen::New => {}
            }
            let answer = work(tx, command)?.to_xml();
            mailbox::keep(tx, sender, id, &hash, &answer, now)?;
            Ok(answer)
        })
        .await
}
