class SessionsController < ApplicationController
  def create
    user = Clever::SignIn.new(request.env["omniauth.auth"]).call
    reset_session
    session[:user_id] = user.id
    redirect_to(user.kind == "student" ? lessons_path : dashboard_path)
  end
end
