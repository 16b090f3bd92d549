using System.Net;
using Posthorn.Settings;

namespace Posthorn.Worker.Api;

/// <summary>The HTTP API. Section <c>api</c>.</summary>
public sealed record ApiOptions
{
    private const string Accepted = "http://ADDRESS:PORT, where the address is an IP address or localhost, such as http://127.0.0.1:8080";
    private const string KeyPrefix = "sha256:";

    /// <summary>Where it listens. Default: <c>http://127.0.0.1:8080</c>.</summary>
    public Uri Url { get; init; } = new("http://127.0.0.1:8080");

    /// <summary>The SHA-256 of each accepted key. Default: none, and then every call is refused outside Development.</summary>
    public IReadOnlyList<byte[]> Keys { get; init; } = [];

    /// <summary>The most requests a second of one key. Default: 1000.</summary>
    public int RequestsPerSecond { get; init; } = 1000;

    /// <summary>Reads the section <c>api</c>.</summary>
    public static ApiOptions From(SettingsSection api)
    {
        ArgumentNullException.ThrowIfNull(api);
        api.AcceptOnly("url", "keys", "requestsPerSecond");
        var defaults = new ApiOptions();
        return new ApiOptions { Url = ReadUrl(api, defaults.Url), Keys = ReadKeys(api), RequestsPerSecond = api.Integer("requestsPerSecond", defaults.RequestsPerSecond, 1, 1_000_000) };
    }

    private static Uri ReadUrl(SettingsSection api, Uri otherwise)
    {
        if (api.Text("url") is not { } text) return otherwise;
        var isUrl = Uri.TryCreate(text, UriKind.Absolute, out var url);
        if (url is { UserInfo.Length: > 0 }) return api.Wrong("url", "a URL with a user name", Accepted, otherwise);
        return isUrl && url is { Scheme: "http", PathAndQuery: "/" } && IsAddress(url) ? url : api.Wrong("url", text, Accepted, otherwise);
    }

    private static bool IsAddress(Uri url) => url.Host == "localhost" || IPAddress.TryParse(url.Host.Trim('[', ']'), out _);

    private static List<byte[]> ReadKeys(SettingsSection api)
    {
        var keys = new List<byte[]>();
        foreach (var text in api.Texts("keys") ?? [])
        {
            // What stands here may be a key by mistake, so it is not shown.
            if (Hash(text) is { } hash) keys.Add(hash);
            else api.Wrong("keys", "***", "sha256: and the 64 hexadecimal digits of the key's SHA-256", keys);
        }

        return keys;
    }

    private static byte[]? Hash(string text) =>
        text.StartsWith(KeyPrefix, StringComparison.OrdinalIgnoreCase) && text.Length == KeyPrefix.Length + 64 && text[KeyPrefix.Length..].All(char.IsAsciiHexDigit)
            ? Convert.FromHexString(text[KeyPrefix.Length..])
            : null;
}
