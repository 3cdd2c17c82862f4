//! The one question the registry answers.

use std::sync::Arc;

use participant::{Call, Fault, Host, Service};
use rights::{Action, Permitted};
use terms::{Bin, Iin, ShortText};
use wire::tax_registry::{CheckIin, CheckIinResponse};
use wire::{Request, ResponseHeader, ServiceDescription};
use xml::ToElement;

use crate::store::{NameRead, Register};

/// Reads the name that belongs to an IIN: what the groups of an entitled participant list.
const READ_NAME: Action = Action("ReadName");

pub(crate) struct TaxRegistry {
    pub(crate) host: Arc<Host>,
    pub(crate) register: Register,
}

impl Service for TaxRegistry {
    fn description(&self) -> &'static ServiceDescription {
        wire::services()
            .iter()
            .find(|service| service.namespace == &wire::TAX_REGISTRY)
            .expect("the registry's service is published")
    }

    async fn answer(&self, call: Call) -> Result<String, Fault> {
        if call.operation() != CheckIin::OPERATION {
            return Err(call.unknown_operation());
        }
        self.check_iin(&call.permit()?).await.map(|answer| answer.to_xml())
    }
}

impl TaxRegistry {
    /// Valid means that the check digit agrees and that the register has such a person (T5.6–8).
    async fn check_iin(&self, asked: &Permitted<CheckIin>) -> Result<CheckIinResponse, Fault> {
        let request = asked.command();
        let typed = request.iin.as_str().parse::<Iin>();
        let found = match typed {
            Ok(iin) => self.register.find(iin).await?.map(|name| (iin, name)),
            Err(_) => None,
        };
        let header = ResponseHeader::answering(request.header(), self.host.now(), self.host.bin);
        let Some((iin, name)) = found else {
            return Ok(CheckIinResponse { header, valid: false, name: None });
        };
        let name = self.name_for(asked.sender(), iin, name).await?;
        Ok(CheckIinResponse { header, valid: true, name })
    }

    /// The name, where one of the reader's groups lists reading it; each reading is put on record first.
    async fn name_for(&self, reader: Bin, iin: Iin, name: ShortText) -> Result<Option<ShortText>, Fault> {
        if !self.host.registry().may(reader, READ_NAME) {
            return Ok(None);
        }
        let reading = NameRead { at: self.host.now(), reader, iin };
        self.register.record_reading(reading).await?;
        Ok(Some(name))
    }
}
