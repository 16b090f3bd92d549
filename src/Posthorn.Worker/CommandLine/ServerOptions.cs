using System.CommandLine;
using Posthorn.Profiles;
using Posthorn.Settings;

namespace Posthorn.Worker.CommandLine;

/// <summary>The options of commands that can work against a worker's API.</summary>
internal static class ServerOptions
{
    /// <summary>The worker's address.</summary>
    public static Option<string?> Server { get; } = new("--server") { Description = "Use this worker's API instead of the queue file", HelpName = "URL" };

    /// <summary>The API key.</summary>
    public static Option<string?> Key { get; } = new("--key") { Description = "The API key (better: the environment variable POSTHORN_API_KEY)", HelpName = "KEY" };

    /// <summary>The address and the key; null without an address.</summary>
    /// <exception cref="SettingsException">One of them cannot be used.</exception>
    public static (Uri Server, string? Key)? Read(ParseResult parsed)
    {
        if (parsed.GetValue(Server) is not { } text) return null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var server) || server.Scheme is not ("http" or "https") || server.UserInfo.Length > 0)
            throw new SettingsException("--server", "is not a URL without a user name", "http://HOST:PORT or https://HOST:PORT");
        return (server, ReadKey(parsed));
    }

    /// <summary>The key; null when there is none.</summary>
    /// <exception cref="SettingsException">It cannot be used.</exception>
    public static string? ReadKey(ParseResult parsed)
    {
        var key = parsed.GetValue(Key) ?? Environment.GetEnvironmentVariable("POSTHORN_API_KEY");
        if (key is not null && !HeaderNames.IsValue(key)) throw new SettingsException("--key", "has characters that no header can carry", "the API key as it was given out");
        return key;
    }
}
