-- Makes the command `:Tgp` known. Everything else is loaded when it is used.
if vim.g.loaded_tgp then
  return
end
vim.g.loaded_tgp = 1

vim.api.nvim_create_user_command('Tgp', function(typed)
  require('tgp.command').run(typed)
end, {
  nargs = '*',
  bang = true,
  bar = false,
  desc = 'Agents: branches, timeline, approvals, snapshots, scopes, tools (:help tgp)',
  complete = function(lead, line, cursor)
    return require('tgp.complete').words(lead, line, cursor)
  end,
})
