// Names each step, counts them, and says so in the words of Rust's test harness, which `cargo xtask test` adds up.

export class Report {
  passed = 0;
  failed = 0;

  // A step that fails ends the story: those after it rest on it.
  async step(name, work) {
    const begun = Date.now();
    try {
      await work();
      this.passed += 1;
      console.log(`test ${name} ... ok (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
    } catch (error) {
      this.failed += 1;
      console.log(`test ${name} ... FAILED\n${error.stack}`);
      throw error;
    }
  }

  end() {
    console.log(`test result: ${this.failed === 0 ? 'ok' : 'FAILED'}. ${this.passed} passed; ${this.failed} failed; 0 ignored`);
    process.exitCode = this.failed === 0 ? 0 : 1;
  }
}
