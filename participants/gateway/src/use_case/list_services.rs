//! What can be paid for, at which price, to whose account (T3.4, T4.2, T5.1).

use rights::Permitted;
use wire::gateway::{ListServices, ListServicesResponse};

use crate::cx::{Answered, Cx};

/// The whole catalogue.
pub(crate) async fn list_services(cx: &Cx, request: Permitted<ListServices>) -> Answered {
    let catalogue = cx.catalogue.clone();
    cx.once(request, move |work, request| {
        Ok(ListServicesResponse {
            header: work.answering(&request.header),
            services: catalogue.all().to_vec(),
        })
    })
    .await
}
