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
