using System.Text.Json;
using Posthorn.Stores;

namespace Posthorn.Sql;

/// <summary>The values of an enumeration as texts: <c>dead_lettered</c>.</summary>
internal static class SqlName<T>
    where T : struct, Enum
{
    private static readonly Dictionary<T, string> Names =
        Enum.GetValues<T>().ToDictionary(value => value, value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));

    private static readonly Dictionary<string, T> Values = Names.ToDictionary(name => name.Value, name => name.Key);

    public static string Of(T value) => Names[value];

    /// <exception cref="StoreUnavailableException">This version knows no such value: something else wrote the row.</exception>
    public static T Read(string text) =>
        Values.TryGetValue(text, out var value) ? value : throw new StoreUnavailableException($"a row holds '{text}', which is no {typeof(T).Name} of this version");
}
