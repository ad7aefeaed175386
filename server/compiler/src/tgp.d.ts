// What a tool finds in the sandbox.
