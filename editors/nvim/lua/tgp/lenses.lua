--- What the lenses above a tool do when one is chosen.
local M = {}

local function references(places)
  local items = vim.lsp.util.locations_to_items(places, 'utf-16')
  if #items == 0 then
    require('tgp.say').info('tgp: no tool uses it')
    return
  end
  vim.fn.setqflist({}, ' ', { title = 'tgp: who uses it', items = items })
  vim.cmd('botright copen')
end

--- By the name of the command, for the client of a project.
function M.commands(root)
  local function tools()
    return require('tgp.tools')
  end
  return {
    ['tgp.tools.run'] = function(command)
      local asked = command.arguments[1]
      if asked.args and asked.args ~= vim.NIL then
        tools().run_with(root, asked.path, asked.args)
      else
        tools().run(root, asked.path, {})
      end
    end,
    ['tgp.tools.check'] = function(command)
      tools().check(root, command.arguments[1].path)
    end,
    ['tgp.showReferences'] = function(command)
      references(command.arguments[3] or {})
    end,
  }
end

return M
