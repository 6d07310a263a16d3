-- One statement an event: many rows of one table by a range of its primary key.
require("oltp_common")

sysbench.cmdline.options.result_rows = {"Rows of a result", 10000}

function prepare_statements()
   statements = {}
   for number = 1, sysbench.opt.tables do
      local statement = con:prepare("SELECT id, k, c, pad FROM sbtest" .. number .. " WHERE id BETWEEN ? AND ?")
      local first = statement:bind_create(sysbench.sql.type.INT)
      local last = statement:bind_create(sysbench.sql.type.INT)
      statement:bind_param(first, last)
      statements[number] = {statement = statement, first = first, last = last}
   end
end

function event()
   local ready = statements[sysbench.rand.uniform(1, sysbench.opt.tables)]
   local first = sysbench.rand.uniform(1, sysbench.opt.table_size - sysbench.opt.result_rows + 1)
   ready.first:set(first)
   ready.last:set(first + sysbench.opt.result_rows - 1)
   ready.statement:execute()
end
