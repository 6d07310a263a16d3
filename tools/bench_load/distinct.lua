-- Point selects by many different prepared statements: one event executes any of a thread's own.
require("oltp_common")

sysbench.cmdline.options.distinct = {"Prepared statements of each thread", 1000}

function prepare_statements()
   statements = {}
   for number = 1, sysbench.opt.distinct do
      local table = number % sysbench.opt.tables + 1
      local statement = con:prepare("SELECT c, " .. number .. " FROM sbtest" .. table .. " WHERE id = ?")
      local id = statement:bind_create(sysbench.sql.type.INT)
      statement:bind_param(id)
      statements[number] = {statement = statement, id = id}
   end
end

function event()
   local ready = statements[sysbench.rand.uniform(1, sysbench.opt.distinct)]
   ready.id:set(sysbench.rand.uniform(1, sysbench.opt.table_size))
   ready.statement:execute()
end
