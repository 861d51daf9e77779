# frozen_string_literal: true

module Clever
  class Client
    include HTTParty
    base_uri "https://api.clever.com/v2.1"

    PAGE_SIZE = 1000

    def initialize(token)
      @headers = { "Authorization" => "Bearer #{token}" }
    end

    def me
      get("/me")
    end

    def teacher(id)
      get("/teachers/#{id}")
    end

    def teacher_sections(id)
      get("/teachers/#{id}/sections")
    end

    def school_admins
      each_page("/school_admins?limit=#{PAGE_SIZE}")
    end

    def district_admins
      each_page("/district_admins")
    end

    def section_students(section_id)
      each_page("/sections/#{section_id}/students")
    end

    def profile(type, id)
      get("/#{type}s/#{id}")
    end

    private

    def get(path)
      response = self.class.get(path, headers: @headers)
      case response.code
      when 200 then response.parsed_response["data"]
      when 401, 404 then []
      else raise Error, response.code
      end
    end

    def each_page(path)
      rows = []
      while path
        response = self.class.get(path, headers: @headers)
        rows.concat(response["data"].map { |row| row["data"] })
        following = response["links"].find { |link| link["rel"] == "next" }
        path = following && following["uri"].delete_prefix("/v2.1")
      end
      rows
    end
  end
end
