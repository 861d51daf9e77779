class AddCleverIdToUsers < ActiveRecord::Migration[5.2]
  def change
    add_column :users, :clever_id, :string, limit: 24
    add_index :users, :clever_id
  end
end
