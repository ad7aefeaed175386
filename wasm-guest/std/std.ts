// The standard library of tools: every topic under one name, `@tgp/std`. Pure ECMAScript, no host, no state.
export * from "@tgp/std/assert";
export * from "@tgp/std/csv";
export * from "@tgp/std/dates";
export * from "@tgp/std/durations";
export * from "@tgp/std/group";
export * from "@tgp/std/money";
export * from "@tgp/std/similarity";
export * from "@tgp/std/sql";
export * from "@tgp/std/statistics";
export * from "@tgp/std/table";
