// The language client as this extension needs it: it has no commands of its own, and shows no text past the one door.
import { LanguageClient, ShowMessageNotification, ShowMessageRequest, type DynamicFeature, type MessageActionItem, type StaticFeature } from 'vscode-languageclient/node';
import { fail, inform } from './show';

/** The requests of the server as commands: other editors need them. */
const COMMANDS = 'workspace/executeCommand';

export class Client extends LanguageClient {
  /**
   * Each command the server knows would become a command of VS Code, and a link anywhere could merge or approve with it. The
   * extension has commands of its own for everything, and these ask first.
   */
  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    if ('registrationType' in feature && feature.registrationType.method === COMMANDS) return;
    super.registerFeature(feature);
  }

  /** What went wrong with a request nobody made by hand is for the log: its words may be those of an agent. */
  override error(message: string, data?: unknown, _show?: boolean | 'force'): void {
    super.error(message, data, false);
  }

  override warn(message: string, data?: unknown, _show?: boolean): void {
    super.warn(message, data, false);
  }

  override info(message: string, data?: unknown, _show?: boolean): void {
    super.info(message, data, false);
  }

  /** Messages of the server are shown as ours are. */
  guard(): this {
    this.onNotification(ShowMessageNotification.type, ({ type, message }) => { void (type === 1 ? fail : inform)(message); });
    this.onRequest(ShowMessageRequest.type, async ({ message, actions = [] }): Promise<MessageActionItem | null> => {
      const chosen = await inform(message, ...actions.map((action) => action.title));
      return actions.find((action) => action.title === chosen) ?? null;
    });
    return this;
  }
}
