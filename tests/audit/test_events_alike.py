"""Event types are taken apart and chosen by in every language, and the places are the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit.specimens import check_marked

RULE = "events_record_type"

PROJECTS: dict[str, dict[str, str]] = {
    "py": {
        "sync/worker.py": """from acme.clever_feed import CleverFeed
HANDLERS = {
    "students": save_learner,@@
    "teachers": save_adult,@@
    "sections": save_group,
}
def run(token):
    for event in CleverFeed(token).events():
        kind, _, verb = event["type"].partition(".")
        HANDLERS.get(kind, skip)(event["data"]["object"], verb)
""",
        "acme/clever_feed.py": """import requests
class CleverFeed:
    def events(self):
        return requests.get("https://api.clever.com/v1.2/events", params={"record_type": "teachers"}).json()["data"]@@
""",
    },
    "java": {
        "Feed.java": """package acme.clever;
public class Feed {
  static final Set<String> TYPES = Set.of("students", "teachers");@@
  void take(JsonNode event) {
    String type = event.get("type").asText();
    String noun = type.substring(0, type.indexOf('.'));
    switch (noun) {
      case "students": learner(event.at("/data/object")); break;@@
      case "teachers":@@
      case "schooladmins": adult(event.at("/data/object")); break;@@
      default: log.debug(type);
    }
    if (type.startsWith("contacts")) {@@
      guardian(event);
    }
    if (type.endsWith("teachers.deleted")) drop(event);@@
  }
}
""",
        "Poll.java": """package acme.clever;
public class Poll { String U = "https://api.clever.com/v2.1/events"; }
""",
    },
    "kt": {
        "Feed.kt": """package acme.clever
class Feed(private val http: Http) {
    fun poll() = http.get("https://api.clever.com/v2.1/events?record_type=students,teachers")@@
    fun take(event: Event) {
        when (event.type.substringBefore(".")) {
            "students" -> learner(event)@@
            "teachers", "schooladmins" -> adult(event)@@
        }
        when (event.type) {
            "students.created", "students.updated" -> learner(event)@@
            "sections.created" -> group(event)
        }
    }
}
""",
    },
    "cs": {
        "Feed.cs": """namespace Acme.Clever {
  public class Feed {
    const string Url = "https://api.clever.com/v2.1/events";
    void Take(Event e) {
      switch (e.Type.Split('.')[0]) {
        case "students": Learner(e); break;@@
        case "teachers": Adult(e); break;@@
      }
      var noun = e.Type.Split('.')[0] switch {
        "students" => "learner",@@
        "schooladmins" => "adult",@@
        _ => null
      };
      if (e.Type is "students.deleted" or "teachers.deleted") Drop(e);@@
    }
    private readonly Dictionary<string, Action<Event>> _handlers = new() {
      ["students.created"] = Learner,@@
      ["teachers.created"] = Adult,@@
    };
  }
}
""",
    },
    "go": {
        "feed.go": """package clever
const eventsURL = "https://api.clever.com/v2.1/events"
func take(e Event) error {
	noun, verb, _ := strings.Cut(e.Type, ".")
	switch noun {
	case "students":@@
		return learner(e, verb)
	case "teachers", "schooladmins":@@
		return adult(e, verb)
	}
	handlers := map[string]func(Event) error{
		"students": learner,@@
		"teachers": adult,@@
	}
	return handlers[noun](e)
}
""",
    },
    "rb": {
        "app/jobs/clever_feed_job.rb": r"""class CleverFeedJob
  URL = 'https://api.clever.com/v2.1/events'.freeze
  MODELS = { 'students' => Learner, 'teachers' => Adult, 'sections' => Group }.freeze@@
  def perform(event)
    noun, verb = event['type'].split('.')
    model = MODELS[noun]
    case event['type']
    when /\Astudents\./ then learner(event)@@
    when 'teachers.deleted', 'schooladmins.deleted' then drop(event)@@
    end
    case [noun, verb]
    in ['students', 'created'] then learner(event)@@
    in ['teachers', _] then adult(event)@@
    else nil
    end
    send("on_#{noun.singularize}", event)
  end
end
""",
    },
    "php": {
        "app/Jobs/Feed.php": r"""<?php
namespace App\Jobs;
class Feed {
    const URL = 'https://api.clever.com/v2.1/events';
    public function take(array $event) {
        [$noun, $verb] = explode('.', $event['type']);
        switch ($noun) {
            case 'students':@@
                return $this->learner($event);
            case 'teachers':@@
                return $this->adult($event);
        }
        match (true) {
            str_starts_with($event['type'], 'schooladmins.') => $this->adult($event),@@
            default => null,
        };
        if (preg_match('/^(students|teachers)\./', $event['type'])) {@@
            $this->person($event);
        }
    }
}
""",
    },
    "ex": {
        "lib/feed.ex": """defmodule Acme.Clever.Feed do
  @url "https://api.clever.com/v2.1/events"
  @people ~w(students teachers schooladmins)@@
  def take(%{"type" => "students." <> verb} = event), do: learner(event, verb)@@
  def take(%{"type" => "teachers.deleted"} = event), do: drop(event)@@
  def take(%{"type" => type} = event) do
    [noun, verb] = String.split(type, ".")
    case {noun, verb} do
      {"contacts", "created"} -> guardian(event)@@
      {"schooladmins", _} -> adult(event)@@
      _ -> :ok
    end
  end
end
""",
    },
    "rs": {
        "src/feed.rs": """const URL: &str = "https://api.clever.com/v2.1/events";
fn take(event: &Event) {
    let (noun, verb) = event.kind.split_once('.').unwrap();
    match noun {
        "students" => learner(event),@@
        "teachers" | "schooladmins" => adult(event),@@
        _ => {}
    }
    match (noun, verb) {
        ("contacts", "deleted") => drop(event),@@
        _ => {}
    }
}
""",
    },
    "swift": {
        "Feed.swift": """let url = "https://api.clever.com/v2.1/events"
func take(_ event: Event) {
    let noun = event.type.split(separator: ".").first
    switch noun {
    case "students": learner(event)@@
    case "teachers", "schooladmins": adult(event)@@
    default: break
    }
    if event.type.hasPrefix("contacts.") { guardian(event) }@@
}
""",
    },
    "scala": {
        "Feed.scala": """package acme.clever
object Feed {
  val url = "https://api.clever.com/v2.1/events"
  def take(event: Event) = event.`type`.split('.') match {
    case Array("students", verb) => learner(event, verb)@@
    case Array("teachers" | "schooladmins", _) => adult(event)@@
    case _ => ()
  }
  val nouns = Map("students" -> learner _, "teachers" -> adult _)@@
}
""",
    },
    "ts": {
        "src/types.ts": """export enum RosterEvent {
  LearnerAdded = 'students.created',@@
  AdultAdded = 'teachers.created',@@
  Group = 'sections.created',
}
""",
        "src/feed.ts": r"""import { RosterEvent } from './types';
const URL = 'https://api.clever.com/v2.1/events';
const isPerson = (type: string) => /^(students|teachers|schooladmins)\./.test(type);@@
export function take(event: { type: string; data: { object: any } }) {
  const [noun, verb] = event.type.split('.');
  if (noun === 'students' && verb === 'deleted') drop(event);@@
  const table = { students: 'learners', teachers: 'adults' }[noun];@@
  const people = ['students', 'teachers', 'contacts'].includes(noun);@@
}
""",
    },
    "sql": {
        "models/stg_clever_events.sql": """select
  split_part(type, '.', 1) as noun,
  count(*) filter (where type = 'students.created') as added,@@
  sum(case when type like 'teachers.%' then 1 else 0 end) as adults,@@
from raw.clever.events
where type in ('students.updated', 'teachers.updated')@@
""",
    },
    "shell": {
        "bin/poll.sh": """curl -s "https://api.clever.com/v2.1/events?record_type=students&record_type=teachers" |@@
  jq -c '.data[].data | select(.type | startswith("students."))'@@
case "$type" in
  teachers.created|teachers.updated) load_adult ;;@@
esac
""",
    },
    "cs2": {
        "Consumer.cs": """namespace Acme.Roster {
  public class Consumer {
    public Task Consume(RosterMessage m) => m.Event.Type switch {
      "students.created" => Add(m),@@
      "students.updated" => Add(m),@@
      "teachers.deleted" => Drop(m),@@
      _ => Task.CompletedTask,
    };
  }
}
""",
        "CleverPoller.cs": """class CleverPoller { string Url = "https://api.clever.com/v2.1/events"; }
""",
    },
}


@pytest.mark.parametrize("project", sorted(PROJECTS))
def test_each_language_says_it_alike(tmp_path: Path, project: str) -> None:
    """What is found in one language is found in the others, and nothing beside it."""
    check_marked(tmp_path, RULE, PROJECTS[project])
