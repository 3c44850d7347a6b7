require "active_record"; require "stringio"; require "json"
host, port, user, db = ARGV
ActiveRecord::Base.establish_connection(adapter: "postgresql", host: host, port: port, username: user, database: db, schema_search_path: "ar")
C = ActiveRecord::Base.connection
say = ->(n, v) { puts "#{n} #{JSON.generate(v)}" }
step = ->(n, &b) { begin; say[n, b.call]; rescue => e; say[n + " FAIL", e.message[0, 300]]; end }
C.execute("DROP SCHEMA IF EXISTS ar CASCADE"); C.execute("CREATE SCHEMA ar")
ActiveRecord::Migration.verbose = false
class First < ActiveRecord::Migration[6.1]
  def change
    create_table :authors do |t|
      t.string :name, limit: 40, null: false, index: { unique: true }
      t.jsonb :meta, default: {}
      t.string :tags, array: true, default: []
      t.timestamps
    end
    create_table :books, comment: "what is read" do |t|
      t.references :author, foreign_key: { on_delete: :cascade }
      t.string :title
      t.decimal :price, precision: 10, scale: 2, default: "0"
      t.date :day
      t.uuid :key, default: -> { "gen_random_uuid()" }
      t.index [:title, :price], name: "by_title", order: { price: :desc }
      t.index "lower(title)", name: "by_lower"
      t.check_constraint "price >= 0", name: "price_ok"
    end
    add_column :books, :pages, :integer, default: 1, null: false
    rename_column :books, :day, :published
    change_column :books, :title, :text
    change_column_null :books, :title, false, ""
    add_index :books, :published, where: "pages > 1", name: "long_ones"
  end
end
context = nil
step["migrate"] { C.schema_migration.create_table rescue ActiveRecord::SchemaMigration.create_table; ActiveRecord::InternalMetadata.create_table; ActiveRecord::Migrator.new(:up, [ActiveRecord::MigrationProxy.new("First", 1, "", "").tap { |x| x.define_singleton_method(:load_migration) { First.new("First", 1) } }], ActiveRecord::SchemaMigration, nil).migrate.size }
class Author < ActiveRecord::Base; has_many :books; end
class Book < ActiveRecord::Base; belongs_to :author; enum kind: {} rescue nil; end
step["tables"] { C.tables.sort }
step["columns"] { C.columns("books").map { |c| [c.name, c.sql_type, c.null, c.default, c.default_function] } }
step["indexes"] { C.indexes("books").map { |i| [i.name, i.columns, i.unique, i.where, i.orders] }.sort }
step["fks"] { C.foreign_keys("books").map { |f| [f.to_table, f.column, f.on_delete] } }
step["checks"] { C.check_constraints("books").map { |f| [f.name, f.expression] } }
step["pk"] { [C.primary_key("books"), C.pk_and_sequence_for("books").last.to_s] }
step["dump"] { s = StringIO.new; ActiveRecord::SchemaDumper.dump(C, s); s.string.lines.reject { |l| l =~ /^#|Schema.define|extension/ }.join }
step["create"] { a = Author.create!(name: "A", meta: { x: [1] }, tags: %w[a b]); a.books.create!([{ title: "One", price: 2.5, published: "2024-02-29", pages: 5 }, { title: "Two", price: 1 }]); Author.create!(name: "B"); [Author.count, Book.sum(:price).to_s] }
step["query"] { Author.left_joins(:books).group(:name).order(:name).count("books.id") }
step["where"] { Author.where("meta @> ?", { x: [1] }.to_json).where("? = ANY (tags)", "a").pluck(:name) }
step["includes"] { Author.includes(:books).order(:name).map { |a| [a.name, a.books.map(&:title).sort] } }
step["upsert"] { Author.upsert_all([{ name: "A", tags: ["z"], created_at: Time.at(0), updated_at: Time.at(0) }, { name: "C", tags: [], created_at: Time.at(0), updated_at: Time.at(0) }], unique_by: :name); Author.order(:name).pluck(:name, :tags) }
step["lock"] { Author.transaction { a = Author.lock.find_by(name: "A"); a.with_lock { a.update!(name: "AA") }; raise ActiveRecord::Rollback }; Author.exists?(name: "A") }
step["nested"] { Author.transaction { Author.create!(name: "N"); begin; Author.transaction(requires_new: true) { Author.create!(name: "N") }; rescue ActiveRecord::RecordNotUnique => e; e.class.name; end } }
step["batches"] { n = 0; Book.find_each(batch_size: 1) { n += 1 }; n }
step["window"] { Book.select("title, row_number() over (order by price desc) AS r").order("r").map { |b| [b.title, b.r] } }
step["dates"] { Book.where(published: Date.new(2024, 2, 1)..Date.new(2024, 3, 1)).pluck(:published).map(&:to_s) }
step["explain"] { Book.where(id: 1).explain.length > 10 }
step["invalid"] { Book.create!(author: Author.first, title: "x", price: -1) rescue $!.class.name }
step["delete"] { Author.find_by(name: "A").delete; Book.count }
step["advisory"] { [C.get_advisory_lock(5), C.release_advisory_lock(5)] }
step["views"] { C.execute("CREATE VIEW v AS SELECT name FROM authors"); C.execute("CREATE MATERIALIZED VIEW m AS SELECT count(*) AS n FROM authors"); [C.views.sort, C.data_source_exists?("m"), C.columns("m").map(&:sql_type)] }
step["alter"] { C.change_table(:books, bulk: true) { |t| t.remove :pages; t.string :extra, default: "q"; t.rename :title, :name }; Book.reset_column_information; Book.column_names }
step["rename"] { C.rename_table(:books, :volumes); C.indexes("volumes").map(&:name).sort }
step["referential"] { C.disable_referential_integrity { 1 }; 1 }
step["truncate"] { C.truncate_tables("volumes", "authors"); Author.count }
step["drop"] { C.drop_table(:volumes); C.drop_table(:authors, force: :cascade); C.tables.sort }
