//! tgp-mcp.
