# frozen_string_literal: true

module Clever
  # Finds or makes the user that signs in, by the id that Clever sends.
  class SignIn
    def initialize(auth)
      @auth = auth
    end

    def call
      user = User.find_by(clever_id: @auth["uid"]) || User.find_by(email: @auth["info"]["email"])
      user ||= User.new(clever_id: @auth["uid"])
      user.update!(kind: kind, clever_id: @auth["uid"], last_login: Time.current)
      user
    end

    private

    def kind
      case @auth["info"]["user_type"]
      when "student" then "student"
      when "school_admin" then "school_admin"
      when "district_admin" then "district_admin"
      else "teacher"
      end
    end
  end
end
