using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Posthorn.Profiles;
using Posthorn.Retrying;

namespace Posthorn.Worker.CommandLine;

/// <summary>A profile as the configuration would have it; an empty text is 'none'.</summary>
internal static class ProfileText
{
    /// <summary>As the shell would show it: quotes and signs as they are.</summary>
    public static JsonSerializerOptions Relaxed { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static JsonObject Of(Profile profile)
    {
        return new JsonObject
        {
            ["body"] = profile.Body.Wraps ? new JsonObject(profile.Body.Keys.Select(pair => Pair(pair.Part, pair.Key))) : JsonValue.Create("data"),
            ["signature"] = profile.Signature is { } signature ? Signature(signature) : new JsonObject { ["header"] = "" },
            ["headers"] = new JsonObject(profile.Headers.Select(header => Pair(header.Name, header.Value.Text))),
            ["userAgent"] = profile.UserAgent ?? "",
            ["success"] = Texts(profile.Success.ToTexts()),
            ["final"] = Texts(profile.Final.ToTexts()),
            ["gone"] = Texts(profile.Gone.ToTexts()),
            ["retry"] = Retry(profile.Retry),
            ["timeout"] = Duration(profile.Timeout),
            ["expiry"] = profile.Expiry is { } expiry ? Duration(expiry) : "",
            ["expiryFrom"] = JsonNamingPolicy.CamelCase.ConvertName(profile.ExpiryFrom.ToString()),
            ["onExpiry"] = JsonNamingPolicy.CamelCase.ConvertName(profile.OnExpiry.ToString()),
            ["events"] = Texts(profile.Events),
            ["entity"] = Texts(profile.Entity),
            ["throttle"] = new JsonObject(profile.Throttle.Select(rule => KeyValuePair.Create<string, JsonNode?>(rule.Key, Throttle(rule.Value)))),
            ["verifiesEndpoints"] = profile.VerifiesEndpoints,
            ["traceContext"] = profile.TraceContext,
        };
    }

    /// <summary>The same on one line, for scripts, with its name.</summary>
    public static string LineOf(Profile profile)
    {
        var text = Of(profile);
        text.Insert(0, "name", profile.Name);
        return text.ToJsonString(Relaxed);
    }

    /// <summary>The same for a person: what is shown can be put under <c>profiles</c> and changed.</summary>
    public static string SectionOf(Profile profile) => new JsonObject { [profile.Name] = Of(profile) }.ToJsonString(Indented);

    private static JsonObject Signature(SignatureContract signature)
    {
        var text = new JsonObject
        {
            ["header"] = signature.Header,
            ["value"] = signature.Value.Text,
            ["content"] = signature.Content.Text,
            ["key"] = JsonNamingPolicy.CamelCase.ConvertName(signature.Key.ToString()),
        };
        if (signature.Prefix is { } prefix) text["prefix"] = prefix.Text;
        if (signature.Separator is { } separator) text["separator"] = separator;
        return text;
    }

    private static JsonObject Retry(RetrySchedule retry) => retry is { Base: { } first, Cap: { } cap }
        ? new JsonObject { ["max"] = retry.Delays.Count, ["base"] = Duration(first), ["cap"] = Duration(cap), ["jitter"] = retry.Jitter }
        : new JsonObject { ["delays"] = Texts(retry.Delays.Select(Duration)), ["jitter"] = retry.Jitter };

    private static JsonObject Throttle(ThrottleRule rule) => rule switch
    {
        ThrottleRule.Window window => new JsonObject { ["window"] = Duration(window.Length) },
        ThrottleRule.Milestones milestones => new JsonObject { ["progress"] = milestones.Progress, ["milestones"] = new JsonArray([.. milestones.At.Select(at => JsonValue.Create(at))]) },
        _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, message: null),
    };

    private static JsonArray Texts(IEnumerable<string> texts) => [.. texts.Select(text => (JsonNode)text)];

    private static KeyValuePair<string, JsonNode?> Pair(string key, string value) => new(key, JsonValue.Create(value));

    private static string Duration(TimeSpan duration) => duration.ToString("c", CultureInfo.InvariantCulture);
}
