// Npgsql, of the connection string that .NET's configuration has under ConnectionStrings:DefaultConnection.
using Npgsql;

await using var source = NpgsqlDataSource.Create(Environment.GetEnvironmentVariable("ConnectionStrings__DefaultConnection")!);
await using var command = source.CreateCommand(Environment.GetEnvironmentVariable("SQL")!);
Console.WriteLine("OK " + await command.ExecuteScalarAsync());
