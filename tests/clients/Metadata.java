import java.sql.*;
import java.util.*;

/** Prints what DatabaseMetaData tells of the schema of conftest.py, and changes a row through an updatable result. */
public class Metadata {
    static void print(String name, ResultSet rows, String... columns) throws SQLException {
        while (rows.next()) {
            StringBuilder line = new StringBuilder(name);
            for (String column : columns) line.append(' ').append(rows.getString(column));
            System.out.println(line);
        }
    }

    public static void main(String[] arguments) throws Exception {
        try (Connection connection = DriverManager.getConnection(arguments[0])) {
            DatabaseMetaData data = connection.getMetaData();
            print("table", data.getTables(null, "depot", "%", new String[] {"TABLE", "VIEW", "MATERIALIZED VIEW"}), "TABLE_NAME", "TABLE_TYPE", "REMARKS");
            print("column", data.getColumns(null, "depot", "part", "%"), "COLUMN_NAME", "TYPE_NAME", "COLUMN_SIZE", "IS_NULLABLE");
            print("key", data.getPrimaryKeys(null, "depot", "move"), "COLUMN_NAME", "KEY_SEQ", "PK_NAME");
            print("index", data.getIndexInfo(null, "depot", "move", false, true), "INDEX_NAME", "COLUMN_NAME", "ASC_OR_DESC");
            connection.createStatement().execute(
                "CREATE SCHEMA jdbc; CREATE TYPE jdbc.mood AS ENUM ('sad', 'glad'); CREATE TABLE jdbc.parent (id serial PRIMARY KEY, mood jdbc.mood);"
                + "CREATE TABLE jdbc.child (a int, parent int CONSTRAINT child_parent REFERENCES jdbc.parent ON DELETE CASCADE);"
                + "CREATE UNIQUE INDEX child_a ON jdbc.child (lower(a::text)) WHERE a > 3;"
                + "CREATE FUNCTION jdbc.twice(x int, y text DEFAULT 'a') RETURNS int LANGUAGE sql AS 'SELECT x * 2'");
            print("imported", data.getImportedKeys(null, "jdbc", "child"), "PKTABLE_NAME", "PKCOLUMN_NAME", "FKCOLUMN_NAME", "DELETE_RULE", "FK_NAME", "PK_NAME");
            print("exported", data.getExportedKeys(null, "jdbc", "parent"), "FKTABLE_NAME", "FKCOLUMN_NAME", "UPDATE_RULE");
            print("crossed", data.getCrossReference(null, "jdbc", "parent", null, "jdbc", "child"), "FKTABLE_NAME", "KEY_SEQ");
            print("partial", data.getIndexInfo(null, "jdbc", "child", true, true), "INDEX_NAME", "NON_UNIQUE", "COLUMN_NAME", "FILTER_CONDITION");
            print("own column", data.getColumns(null, "jdbc", "parent", "%"), "COLUMN_NAME", "DATA_TYPE", "TYPE_NAME", "IS_AUTOINCREMENT", "COLUMN_DEF");
            print("function", data.getFunctions(null, "jdbc", "%"), "FUNCTION_NAME", "FUNCTION_TYPE");
            print("argument", data.getFunctionColumns(null, "jdbc", "%", "%"), "COLUMN_NAME", "COLUMN_TYPE", "TYPE_NAME");
            print("privilege", data.getTablePrivileges(null, "jdbc", "parent"), "PRIVILEGE", "IS_GRANTABLE");
            print("row", data.getBestRowIdentifier(null, "jdbc", "parent", DatabaseMetaData.bestRowSession, true), "COLUMN_NAME", "TYPE_NAME");
            print("schema", data.getSchemas(null, "jdbc"), "TABLE_SCHEM");
            Set<String> types = new TreeSet<>();
            for (ResultSet row = data.getTypeInfo(); row.next(); ) types.add(row.getString("TYPE_NAME"));
            types.retainAll(List.of("bool", "bytea", "int4", "_int4", "jsonb", "numeric", "serial", "text", "timestamptz", "uuid"));
            System.out.println("types " + types);
            connection.createStatement().execute("DROP SCHEMA jdbc CASCADE");
            connection.setAutoCommit(false);
            Statement statement = connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
            ResultSet rows = statement.executeQuery("SELECT part_id, name FROM depot.part ORDER BY part_id");
            rows.absolute(2);
            rows.updateString("name", "girder");
            rows.updateRow();
            ResultSetMetaData columns = rows.getMetaData();
            System.out.println("column of " + columns.getTableName(2) + " nullable " + columns.isNullable(2));
            rows = statement.executeQuery("SELECT name FROM depot.part WHERE part_id = 2");
            rows.next();
            System.out.println("changed " + rows.getString(1));
            connection.rollback();
        }
    }
}
