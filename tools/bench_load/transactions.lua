-- Transactions over the split tables. An event is one of the kinds below; threads share no row, so none waits for another.
sysbench.cmdline.options = {
   kind = {"statements, transaction, transfer, by-hand, plain-reader or snapshot-reader", "transaction"},
   rows = {"Rows of the table", 10000},
   port_a = {"by-hand: the port of instance a", 0},
   port_b = {"by-hand: the port of instance b", 0},
}

local SHARDS = 8

-- sysbench knows one server only; its client library, which is loaded, knows more.
local ffi = require("ffi")
ffi.cdef [[
   typedef struct st_mysql MYSQL;
   MYSQL *mysql_init(MYSQL *);
   MYSQL *mysql_real_connect(MYSQL *, const char *host, const char *user, const char *password, const char *schema,
                             unsigned int port, const char *socket, unsigned long flags);
   int mysql_query(MYSQL *, const char *);
   const char *mysql_error(MYSQL *);
   void mysql_close(MYSQL *);
]]

local Direct = {}
Direct.__index = Direct

function Direct.to(port)
   local own = setmetatable({mysql = ffi.C.mysql_init(nil)}, Direct)
   local opt = sysbench.opt
   if ffi.C.mysql_real_connect(own.mysql, "127.0.0.1", opt.mysql_user, opt.mysql_password, nil, port, nil, 0) == nil then
      error(ffi.string(ffi.C.mysql_error(own.mysql)))
   end
   return own
end

function Direct:query(text)
   if ffi.C.mysql_query(self.mysql, text) ~= 0 then
      error(text .. ": " .. ffi.string(ffi.C.mysql_error(self.mysql)))
   end
end

function thread_init()
   driver = sysbench.sql.driver()
   if sysbench.opt.kind == "by-hand" then
      a, b = Direct.to(sysbench.opt.port_a), Direct.to(sysbench.opt.port_b)
   else
      con = driver:connect()
   end
   count = 0
end

function thread_done()
   if con then
      con:disconnect()
   else
      ffi.C.mysql_close(a.mysql)
      ffi.C.mysql_close(b.mysql)
   end
end

-- A row of this thread's own in one of the shards from `first` on.
local function row(first)
   local own = math.floor(sysbench.opt.rows / SHARDS / sysbench.opt.threads)
   local block = sysbench.tid * own + sysbench.rand.uniform(1, own - 1)
   local shard = first + sysbench.rand.uniform(0, SHARDS / 2 - 1)
   return block * SHARDS + shard, shard
end

local kinds = {}

kinds["statements"] = function()
   local id = row(0)
   con:query("SELECT c FROM sbtest1 WHERE id = " .. id)
   con:query("UPDATE sbtest1 SET k = k + 1 WHERE id = " .. id)
end

kinds["transaction"] = function()
   local id = row(0)
   con:query("BEGIN")
   con:query("SELECT c FROM sbtest1 WHERE id = " .. id)
   con:query("UPDATE sbtest1 SET k = k + 1 WHERE id = " .. id)
   con:query("COMMIT")
end

kinds["transfer"] = function()
   con:query("BEGIN")
   con:query("UPDATE sbtest1 SET k = k - 1 WHERE id = " .. row(0))
   con:query("UPDATE sbtest1 SET k = k + 1 WHERE id = " .. row(SHARDS / 2))
   con:query("COMMIT")
end

-- The same as a client writes it that is connected to both servers and has nothing else to rely on.
kinds["by-hand"] = function()
   count = count + 1
   local xid = string.format("'hand-%d-%d'", sysbench.tid, count)
   local from, shard_from = row(0)
   local to, shard_to = row(SHARDS / 2)
   a:query("XA START " .. xid)
   a:query(string.format("UPDATE split_%02d.sbtest1 SET k = k - 1 WHERE id = %d", shard_from, from))
   b:query("XA START " .. xid)
   b:query(string.format("UPDATE split_%02d.sbtest1 SET k = k + 1 WHERE id = %d", shard_to, to))
   a:query("XA END " .. xid)
   b:query("XA END " .. xid)
   a:query("XA PREPARE " .. xid)
   b:query("XA PREPARE " .. xid)
   a:query("XA COMMIT " .. xid)
   b:query("XA COMMIT " .. xid)
end

local function read(begin)
   con:query(begin)
   con:query("SELECT SUM(k) FROM sbtest1")
   con:query("COMMIT")
end

kinds["plain-reader"] = function()
   read("START TRANSACTION")
end

kinds["snapshot-reader"] = function()
   read("START TRANSACTION WITH CONSISTENT SNAPSHOT")
end

function event()
   kinds[sysbench.opt.kind]()
end
