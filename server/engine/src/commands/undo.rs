//! `undo`: takes actions back, as an action that can be taken back itself.

use tgp_gate::Call;
use tgp_protocol::client::undo::{UndoActionInput, UndoInput, UndoOutput, UndoTarget};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_undo::{Gathered, Rooms, gather, take_back};

use crate::Engine;

impl Engine {
    /// Takes back what a person names.
    pub fn undo(&self, call: &Call, input: &UndoInput) -> Result<UndoOutput, Refusal> {
        self.in_turn(call, &input.target, input.dry_run, &|_| Ok(()))
    }

    /// Takes back one of the agent's own actions.
    pub fn undo_own(&self, call: &Call, input: UndoActionInput) -> Result<UndoOutput, Refusal> {
        let own = |gathered: &Gathered| match gathered.actions.iter().find(|row| row.agent != call.agent) {
            None => Ok(()),
            Some(row) => {
                let message = format!("`{}` is not one of your own actions", row.id);
                Err(Refusal::new(ErrorCode::PolicyDenied, message))
            }
        };
        self.in_turn(call, &UndoTarget::Action(input.action), input.dry_run, &own)
    }

    fn in_turn(
        &self,
        call: &Call,
        target: &UndoTarget,
        dry_run: bool,
        may: &dyn Fn(&Gathered) -> Result<(), Refusal>,
    ) -> Result<UndoOutput, Refusal> {
        let _turn = call.take_place().map(tgp_gate::Place::wait);
        let database = || self.database();
        let rooms = Rooms {
            gate: self.gate(),
            files: self.files(),
            images: self.pre_images()?,
            library: &self.library().library,
            database: &database,
            mount: self.mount(),
            installation: self.installation(),
        };
        let gathered = gather(rooms, target)?;
        may(&gathered)?;
        take_back(rooms, call, &gathered, dry_run)
    }
}
