# Active Record, as Rails connects it: by DATABASE_URL.
require "active_record"

ActiveRecord::Base.establish_connection(ENV.fetch("DATABASE_URL"))
puts "OK #{ActiveRecord::Base.connection.select_value(ENV.fetch("SQL"))}"
