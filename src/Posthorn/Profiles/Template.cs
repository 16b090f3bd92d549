using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Posthorn.Profiles;

/// <summary>
/// A text with placeholders, read once: <c>{id} {type} {unix} {iso} {body} {hex} {base64} {secret} {tenant} {subject} {attempt}
/// {url}</c>.
/// </summary>
public sealed class Template
{
    private readonly Part[] _parts;
    private readonly int _used; // One bit a placeholder.

    private Template(string text, Part[] parts)
    {
        Text = text;
        _parts = parts;
        foreach (var part in parts) _used |= part.Placeholder is { } placeholder ? BitOf(placeholder) : 0;
    }

    /// <summary>The template as it was written.</summary>
    public string Text { get; }

    /// <summary>The literal texts and the placeholders, in order.</summary>
    internal IReadOnlyList<Part> Parts => _parts;

    /// <summary>Reads a template.</summary>
    /// <exception cref="FormatException">A placeholder is unknown, or a brace stands alone.</exception>
    public static Template Parse(string text) =>
        TryParse(text, out var template, out var error) ? template : throw new FormatException(error);

    /// <summary>Reads a template, or says what is wrong with it.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Template? template, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = new List<Part>();
        (template, error) = (null, null);
        for (var at = 0; at < text.Length;)
        {
            var brace = text.AsSpan(at).IndexOfAny('{', '}');
            var literal = brace < 0 ? text[at..] : text[at..(at + brace)];
            if (literal.Length > 0) parts.Add(new Part(literal, Placeholder: null));
            if (brace < 0) break;

            at += brace;
            var close = text.IndexOf('}', at);
            var spelled = close < 0 ? text[at..] : text[at..(close + 1)];
            if (!Placeholders.BySpelling.TryGetValue(spelled, out var placeholder))
            {
                error = $"'{spelled}' is not a placeholder; accepted: {Placeholders.All}";
                return false;
            }

            parts.Add(new Part(Literal: null, placeholder));
            at = close + 1;
        }

        template = new Template(text, [.. parts]);
        return true;
    }

    /// <summary>Whether the placeholder occurs.</summary>
    public bool Uses(Placeholder placeholder) => (_used & BitOf(placeholder)) != 0;

    /// <summary>Fills the placeholders in; null when one of them has no value, as nothing can be said then.</summary>
    public string? Render(in TemplateValues values)
    {
        if (_parts is [{ Literal: { } only }]) return only;
        var texts = new string[_parts.Length];
        for (var i = 0; i < texts.Length; i++)
        {
            var value = _parts[i].Literal ?? values.Of(_parts[i].Placeholder!.Value); // A part without a literal has a placeholder.
            if (value is null) return null;
            texts[i] = value;
        }

        return texts is [var one] ? one : string.Concat(texts);
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static int BitOf(Placeholder placeholder) => 1 << (int)placeholder;

    internal readonly record struct Part(string? Literal, Placeholder? Placeholder);
}

/// <summary>What a template may name.</summary>
public enum Placeholder
{
    /// <summary>The envelope's id: the same in every attempt.</summary>
    Id,

    /// <summary>The event type.</summary>
    Type,

    /// <summary>The attempt's time, in Unix seconds.</summary>
    Unix,

    /// <summary>The attempt's time, RFC 3339, UTC, whole seconds.</summary>
    Iso,

    /// <summary>The exact bytes sent; in a signature's content only.</summary>
    Body,

    /// <summary>The signature in lower-case hexadecimal; in a signature's value only.</summary>
    Hex,

    /// <summary>The signature in base64; in a signature's value only.</summary>
    Base64,

    /// <summary>The secret itself.</summary>
    Secret,

    /// <summary>The envelope's tenant.</summary>
    Tenant,

    /// <summary>The envelope's subject.</summary>
    Subject,

    /// <summary>The attempt's number, from 1.</summary>
    Attempt,

    /// <summary>The destination's URL.</summary>
    Url,
}

/// <summary>The placeholders' spelling.</summary>
public static class Placeholders
{
    /// <summary>All of them, as they are written.</summary>
    public static string All { get; } = string.Join(' ', Enum.GetValues<Placeholder>().Select(Spelling));

    /// <summary>One of them, as it is written.</summary>
    public static string Spelling(Placeholder placeholder) => $"{{{placeholder.ToString().ToLowerInvariant()}}}";

    internal static FrozenDictionary<string, Placeholder> BySpelling { get; } =
        Enum.GetValues<Placeholder>().ToFrozenDictionary(Spelling, StringComparer.OrdinalIgnoreCase);
}
