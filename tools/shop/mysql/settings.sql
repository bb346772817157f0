-- Settings of somebody who followed old advice.
SET PERSIST long_query_time = 30;
SET PERSIST binlog_expire_logs_seconds = 0;
SET PERSIST max_connections = 5000;
SET PERSIST sort_buffer_size = 33554432;
SET PERSIST join_buffer_size = 134217728;
SET PERSIST tmp_table_size = 65536;
SET PERSIST innodb_redo_log_capacity = 8388608;
SET PERSIST innodb_buffer_pool_size = 134217728;
SET PERSIST slow_query_log = OFF;
