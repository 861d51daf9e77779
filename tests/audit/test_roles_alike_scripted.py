"""The type of /me is followed in the same steps in every language: tuples, constants, sessions, enumerations."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit.specimens import check_marked

RULE = "identity_me_type"

PROJECTS: dict[str, dict[str, str]] = {
    "py": {
        "acme/clever.py": """import requests
class CleverClient:
    BASE = "https://api.clever.com/v2.1"
    def me(self):
        return requests.get(self.BASE + "/me", headers=self.headers).json()
    def whoami(self):
        body = self.me()
        return body["data"]["id"], body["type"]@@
""",
        "acme/views.py": """from acme.clever import CleverClient
from acme.models import Member
def done(request):
    uid, kind = CleverClient(request.GET["t"]).whoami()
    member = Member.objects.filter(clever_id=uid).first()
    request.session["pending"] = kind@@
    if kind == "student":@@
        return redirect("desk")
    return redirect("class")
""",
    },
    "py2": {
        "acme/sso.py": """from enum import Enum
import requests
class Kind(str, Enum):
    student = "student"
    teacher = "teacher"
    school_admin = "school_admin"
def done(token):
    me = requests.get("https://api.clever.com/v2.1/me", headers=auth(token)).json()
    kind = Kind(me["type"])@@
    if kind is Kind.student:@@
        return "/desk"
    return LANDING.get(kind, "/class")@@
""",
    },
    "ruby": {
        "app/services/clever_api.rb": """class CleverApi
  BASE = 'https://api.clever.com/v2.1'.freeze
  def me
    JSON.parse(HTTP.auth(@token).get("#{BASE}/me").body)
  end
  def who
    body = me
    [body['type'], body['data']['id']]@@
  end
end
""",
        "app/controllers/sessions_controller.rb": """class SessionsController < ApplicationController
  def create
    kind, id = CleverApi.new(params[:t]).who
    session[:kind] = kind@@
    member = Member.find_by(clever_id: id) || Member.create!(clever_id: id, role: kind.sub('school_', ''))@@
    redirect_to kind == 'student' ? desk_path : class_path@@
  end
  def home
    render session[:kind].in?(%w[teacher school_admin]) ? :class : :desk@@
  end
end
""",
    },
    "php": {
        "src/CleverApi.php": """<?php
namespace App;
class CleverApi {
    const BASE = 'https://api.clever.com/v2.1';
    public function who(): array {
        $me = $this->get(self::BASE . '/me');
        return [$me['type'], $me['data']['id']];@@
    }
}
""",
        "src/LoginController.php": """<?php
namespace App;
class LoginController {
    public function done(CleverApi $clever) {
        [$kind, $id] = $clever->who();
        $_SESSION['kind'] = $kind;@@
        $member = Member::firstOrCreate(['clever_id' => $id], ['role' => $kind]);@@
        return redirect($kind === 'student' ? '/desk' : '/class');@@
    }
    public function other(CleverApi $clever) {
        list($kind, $id) = $clever->who();
        return match ($kind) {@@
            'student' => '/desk',
            default => '/class',
        };
    }
    public function home() {
        if ($_SESSION['kind'] === 'student') {@@
            return '/desk';
        }
        return '/class';
    }
}
""",
    },
    "ex": {
        "lib/clever.ex": """defmodule Acme.Clever do
  @base "https://api.clever.com/v2.1"
  def who(token) do
    %{"type" => type, "data" => %{"id" => id}} = get(token, @base <> "/me")@@
    {:ok, type, id}
  end
end
""",
        "lib/login.ex": """defmodule AcmeWeb.LoginController do
  alias Acme.Clever
  def done(conn, %{"t" => token}) do
    {:ok, kind, id} = Clever.who(token)
    conn = put_session(conn, :kind, kind)@@
    case kind do@@
      "student" -> redirect(conn, to: "/desk")
      _ -> redirect(conn, to: "/class")
    end
  end
  def home(conn, _) do
    if get_session(conn, :kind) == "student" do@@
      render(conn, "desk.html")
    else
      render(conn, "class.html")
    end
  end
end
""",
    },
    "ts": {
        "src/clever.ts": """export type Me = { type: string; data: { id: string; district: string } };@@
export class CleverApi {
  async me(): Promise<Me> {
    return this.get('https://api.clever.com/v2.1/me');
  }
  async who(): Promise<[string, string]> {
    const me = await this.me();
    return [me.type, me.data.id];@@
  }
}
""",
        "src/login.ts": """import { CleverApi } from './clever';
export async function done(req: Request, res: Response) {
  const [kind, id] = await new CleverApi(req.query.t).who();
  req.session.kind = kind;@@
  await db.query('insert into members (clever_id, role) values ($1, $2)', [id, req.session.kind]);@@
  res.redirect(kind === 'student' ? '/desk' : '/class');@@
}
export function other(token: string) {
  const me = get<{ type: string; data: { id: string } }>('https://api.clever.com/v2.1/me', token);@@
  return me.type as Kind;@@
}
""",
    },
    "js": {
        "src/passport.js": """import { Strategy as CleverStrategy } from 'passport-clever';
const verify = async (token, refresh, profile, done) => {
  const { id, type } = profile;@@
  const found = await db.user.create({ cleverId: id, role: type.toUpperCase() });@@
  done(null, found);
};
passport.use(new CleverStrategy({ clientID: 'x' }, verify));
""",
    },
}


@pytest.mark.parametrize("project", sorted(PROJECTS))
def test_each_language_says_it_alike(tmp_path: Path, project: str) -> None:
    """What is found in one language is found in the others, and nothing beside it."""
    check_marked(tmp_path, RULE, PROJECTS[project])
