class RefreshTeacherJob < ApplicationJob
  def perform(user_id, token)
    user = User.find(user_id)
    api = Clever::DataApi.new(Clever::ApiClient.new(token))
    api.get_sections_for_teacher(user.clever_id).data.each do |section|
      Enrolment.upsert({ user_id: user.id, section_id: section.data.id, part: "teacher" })
    end
    api.get_students_for_teacher(user.clever_id).data.each { |student| import(student.data) }
  end

  private

  def import(student)
    User.where(clever_id: student.id, kind: "student").first_or_create!(
      name: "#{student.name.first} #{student.name.last}",
      sis_id: student.sis_id,
      email: student.email
    )
  end
end
