//! `delegate`, and `tgp token`: tokens are the gate's; here they meet the session.

use tgp_gate::{Minted, Minter, Minting};
use tgp_model::{ActionId, TokenId};
use tgp_protocol::client::Refusal;
use tgp_protocol::client::delegate::{DelegateInput, DelegateOutput};
use tgp_store::TokenRow;

use crate::{Call, Engine};

impl Engine {
    /// Hands a narrower token to another agent.
    pub fn delegate(&self, call: &Call, input: DelegateInput) -> Result<DelegateOutput, Refusal> {
        self.gate().delegate(call, input)
    }

    /// Mints a token; a person's own command.
    pub fn mint_token(&self, call: &Call, minting: &Minting, minter: Minter<'_>) -> Result<Minted, Refusal> {
        self.gate().mint(call, minting, minter)
    }

    /// Revokes a token and all made from it; a person's own command.
    pub fn revoke_token(&self, call: &Call, token: TokenId, minter: Minter<'_>) -> Result<ActionId, Refusal> {
        self.gate().revoke(call, token, minter)
    }

    /// All tokens, the oldest first. Looking at them is no action.
    pub fn tokens(&self) -> Result<Vec<TokenRow>, Refusal> {
        self.gate().token_rows()
    }
}
