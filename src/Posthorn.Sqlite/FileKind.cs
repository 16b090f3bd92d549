using System.Globalization;
using System.Reflection;

namespace Posthorn.Sqlite;

/// <summary>What a file of ours is for.</summary>
/// <param name="ApplicationId">SQLite's mark of whose a file is, so that no other program's database is taken for ours.</param>
/// <param name="Noun">What a person calls it.</param>
/// <param name="Scripts">Where its schema's scripts are: what their resource names begin with, up to the number.</param>
/// <param name="Refusal">The exception of a path, a problem and its cause.</param>
internal sealed record FileKind(int ApplicationId, string Noun, string Scripts, Func<string, string, Exception?, Exception> Refusal)
{
    /// <summary>Its scripts with their versions, the oldest first.</summary>
    public IReadOnlyList<(int Version, string Script)> Migrations { get; } = ReadMigrations(Scripts);

    private static IReadOnlyList<(int Version, string Script)> ReadMigrations(string scripts)
    {
        var assembly = Assembly.GetExecutingAssembly();
        return [.. assembly.GetManifestResourceNames().Where(IsScript).Order(StringComparer.Ordinal).Select(Read)];

        bool IsScript(string name) => name.StartsWith(scripts, StringComparison.Ordinal) && char.IsAsciiDigit(name[scripts.Length]);

        (int, string) Read(string name)
        {
            var number = name[scripts.Length..].Split('-')[0];
            using var stream = assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not embedded.");
            using var reader = new StreamReader(stream);
            return (int.Parse(number, CultureInfo.InvariantCulture), reader.ReadToEnd().TrimEnd().TrimEnd(';'));
        }
    }
}
