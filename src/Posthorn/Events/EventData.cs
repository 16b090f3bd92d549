using System.Text.Json;
using Posthorn.Envelopes;
using Posthorn.Profiles;

namespace Posthorn.Events;

/// <summary>Looks into an event's data, which is JSON of any shape.</summary>
public static class EventData
{
    private const int MaxEntity = 512;

    /// <summary>The id of what the event is about, as its profile says; null when the data has none.</summary>
    public static string? Entity(Profile profile, ReadOnlyMemory<byte> data)
    {
        ArgumentNullException.ThrowIfNull(profile);
        if (profile.Entity.Count == 0) return null;
        using var document = Parse(data);
        return document is null ? null : profile.Entity.Select(path => Entity(Find(document.RootElement, path))).FirstOrDefault(text => text is not null);
    }

    /// <summary>A number of the data; null when there is none.</summary>
    public static double? Number(ReadOnlyMemory<byte> data, string path)
    {
        using var document = Parse(data);
        return document is not null && Find(document.RootElement, path) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out var number) ? number : null;
    }

    /// <summary>A field by its path, with dots between names.</summary>
    public static JsonElement? Find(JsonElement element, string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            foreach (var name in path.Split('.'))
                if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element)) return null;
            return element;
        }
        catch (InvalidOperationException)
        {
            return null; // A name beside it holds half a surrogate pair.
        }
    }

    /// <summary>A string's text; null of anything else, and of one that is no text.</summary>
    public static string? TextOf(JsonElement? element)
    {
        try
        {
            return element is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // It holds half a surrogate pair, or bytes that are not UTF-8.
        }
    }

    private static string? Entity(JsonElement? value)
    {
        var text = value is { ValueKind: JsonValueKind.Number } number ? number.GetRawText() : TextOf(value);
        return text is { Length: > 0 and <= MaxEntity } ? text : null;
    }

    private static JsonDocument? Parse(ReadOnlyMemory<byte> data)
    {
        try
        {
            return JsonDocument.Parse(data, new JsonDocumentOptions { MaxDepth = StrictJson.MaxDepth });
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
