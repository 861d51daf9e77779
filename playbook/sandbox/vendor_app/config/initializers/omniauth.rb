Rails.application.config.middleware.use OmniAuth::Builder do
  provider :clever, ENV["CLEVER_CLIENT_ID"], ENV["CLEVER_CLIENT_SECRET"],
           client_options: { site: "https://api.clever.com", user_info_url: "/v2.1/me" }
end
