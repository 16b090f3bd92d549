using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Posthorn.Tests.Support;

/// <summary>Generators of what people write.</summary>
internal static class Some
{
    private const string IdLetters = "abcXYZ019_-:";
    private static readonly string[] Pieces = ["a", "Z", "0", " ", "\"", "\\", "/", "{", "}", "é", "漢", "😀", "\n", "\u0000", "\u2028", "<", ":", ".", "data", "id"];

    /// <summary>Texts with everything that has a meaning in JSON.</summary>
    public static Gen<string> Texts => Gen.Elements(Pieces).ArrayOf().Select(string.Concat);

    /// <summary>What may be an event's or an envelope's id.</summary>
    public static Gen<string> Ids => Gen.Elements(IdLetters.ToCharArray()).NonEmptyListOf().Select(letters => new string([.. letters.Take(100)]));

    /// <summary>What may be an event type.</summary>
    public static Gen<string> Types => Gen.Choose('!', '~').NonEmptyListOf().Select(codes => new string([.. codes.Take(128).Select(code => (char)code)]));

    /// <summary>What may be a tenant or a subject; or none.</summary>
    public static Gen<string?> Labels => Texts.Select(text => string.Concat(text.Where(c => !char.IsControl(c)))).Select(text => text.Length == 0 ? null : text);

    /// <summary>One JSON value, written in one of the ways it can be.</summary>
    public static Gen<string> Json => Gen.Sized(size => JsonOf(Math.Min(size, 5)));

    private static Gen<string> JsonOf(int depth)
    {
        var leaf = Gen.OneOf(Gen.Elements("null", "true", "false", "0", "-1.5e-7", "12345678901234567890", "\"\\u00e9\\ud83d\\ude00\"", "[ ]", "{ }"), Texts.Select(text => JsonSerializer.Serialize(text)));
        if (depth == 0) return leaf;
        var inner = JsonOf(depth - 1);
        var array = inner.ArrayOf().Select(items => "[ " + string.Join(" ,\n", items.Take(4)) + "]");
        var @object = inner.ArrayOf().Select(items => "{" + string.Join(", ", items.Take(4).Select((item, i) => $"\"data{i}\" :{item}")) + "}");
        return Gen.OneOf(leaf, array, @object);
    }
}
