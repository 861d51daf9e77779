RSpec.describe Clever::Client do
  it "reads a teacher's sections" do
    stub_request(:get, "https://api.clever.com/v2.1/teachers/5d0000000000000000000001/sections")
      .to_return(body: { data: [] }.to_json, headers: { "Content-Type" => "application/json" })
    expect(described_class.new("DEMO_TOKEN").teacher_sections("5d0000000000000000000001")).to eq([])
  end
end
