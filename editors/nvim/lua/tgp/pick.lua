--- Choosing by `vim.ui.select`, so that every picker that takes its place is used.
local M = {}

--- Lets one of the things be chosen; nothing happens where none is.
function M.one(things, prompt, text_of, chosen)
  vim.ui.select(things, {
    prompt = prompt,
    kind = 'tgp',
    format_item = function(thing)
      return require('tgp.say').flat(text_of(thing))
    end,
  }, function(thing)
    if thing ~= nil then
      chosen(thing)
    end
  end)
end

--- Lets one of the deeds { text, work } be chosen and does it.
function M.deed(deeds, prompt)
  M.one(deeds, prompt, function(deed)
    return deed[1]
  end, function(deed)
    deed[2]()
  end)
end

return M
