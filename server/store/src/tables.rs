//! One file a table: its SQL, its row, who reads and who writes it.

pub(crate) mod action_files;
pub(crate) mod action_filter;
pub(crate) mod agent_actions;
pub(crate) mod facts;
pub(crate) mod intent_content;
pub(crate) mod undo_data;
