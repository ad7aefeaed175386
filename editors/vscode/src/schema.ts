// The JSON Schema of a tool's arguments, as far as its form reads it.

export interface Schema {
  type?: string | string[]; description?: string; enum?: unknown[]; const?: unknown; default?: unknown;
  properties?: Record<string, Schema>; required?: string[]; items?: Schema; anyOf?: Schema[]; oneOf?: Schema[];
  minimum?: number; maximum?: number;
}
