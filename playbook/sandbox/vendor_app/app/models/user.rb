class User < ApplicationRecord
  KINDS = %w[student teacher school_admin district_admin contact].freeze

  has_many :enrolments
  has_many :notes, foreign_key: :author_id
  validates :kind, inclusion: { in: KINDS }

  scope :from_clever, -> { where.not(clever_id: nil) }

  def clever_url
    "https://api.clever.com/v2.1/#{kind}s/#{clever_id}"
  end

  def staff?
    %w[teacher school_admin district_admin].include?(kind)
  end
end
