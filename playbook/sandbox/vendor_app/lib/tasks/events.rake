namespace :clever do
  desc "Read what changed since the last run"
  task events: :environment do
    cursor = Setting.clever_event_cursor
    path = "https://api.clever.com/v2.1/events?starting_after=#{cursor}&record_type=teachers"
    HTTParty.get(path, headers: Setting.clever_headers)["data"].each do |event|
      case event["data"]["type"]
      when "students.created", "students.updated" then ImportStudent.call(event["data"]["data"]["object"])
      when "teachers.created", "teachers.updated" then ImportTeacher.call(event["data"]["data"]["object"])
      when "schooladmins.updated" then ImportAdmin.call(event["data"]["data"]["object"])
      when "teachers.deleted" then User.find_by(clever_id: event["data"]["data"]["object"]["id"])&.suspend!
      end
      Setting.clever_event_cursor = event["data"]["id"]
    end
  end
end
