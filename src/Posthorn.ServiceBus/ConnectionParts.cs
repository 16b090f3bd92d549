using Posthorn.Settings;

namespace Posthorn.ServiceBus;

/// <summary>What a namespace's name and a connection string say, judged without showing the key.</summary>
internal static class ConnectionParts
{
    private const int EmulatorManagementPort = 5300;
    private const string Accepted = "the namespace's host name, such as shop.servicebus.windows.net";

    /// <summary>The host of a connection string; empty when it has none.</summary>
    public static string HostOf(string connectionString) =>
        Value(connectionString, "Endpoint") is { } endpoint && Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) ? uri.Host : "";

    /// <summary>The connection string for the namespace's management, which the emulator has on a port of its own.</summary>
    public static string ForManagement(string connectionString)
    {
        if (!string.Equals(Value(connectionString, "UseDevelopmentEmulator"), "true", StringComparison.OrdinalIgnoreCase)) return connectionString;
        if (Value(connectionString, "Endpoint") is not { } endpoint || !Uri.TryCreate(endpoint, UriKind.Absolute, out var uri)) return connectionString;
        return connectionString.Replace(endpoint, $"{uri.Scheme}://{uri.Host}:{EmulatorManagementPort}", StringComparison.Ordinal);
    }

    /// <summary>Notes what cannot be connected with.</summary>
    public static void Judge(SettingsSection section, ServiceBusQueueOptions options)
    {
        if (options.ConnectionString is { } text) JudgeConnectionString(section, text, options.Queue);
        else if (options.Namespace is null) section.Wrong("namespace", "", $"{Accepted}; or serviceBus:connectionString", false);
        else if (Uri.CheckHostName(options.Namespace) == UriHostNameType.Unknown || !options.Namespace.Contains('.', StringComparison.Ordinal)) section.Wrong("namespace", options.Namespace, Accepted, false);
        if (options.Queue.Length > 260 || options.Queue.Contains('$', StringComparison.Ordinal)) section.Wrong("queue", options.Queue, "a queue's name, of at most 260 characters", false);
    }

    private static void JudgeConnectionString(SettingsSection section, string text, string queue)
    {
        const string form = "Endpoint=sb://HOST/;SharedAccessKeyName=…;SharedAccessKey=…";
        if (HostOf(text).Length == 0) section.Wrong("connectionString", "(not shown)", form, false);
        else if (Value(text, "SharedAccessKey") is null && Value(text, "SharedAccessSignature") is null) section.Wrong("connectionString", "(not shown, without a key)", form, false);
        else if (Value(text, "EntityPath") is { } path && !path.Equals(queue, StringComparison.OrdinalIgnoreCase)) section.Wrong("connectionString", $"a connection string for the queue {path}", $"one for the namespace, or for the queue {queue}", false);
    }

    private static string? Value(string connectionString, string name)
    {
        foreach (var part in connectionString.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && part.AsSpan(0, equals).Trim().Equals(name, StringComparison.OrdinalIgnoreCase) && equals < part.Length - 1) return part[(equals + 1)..].Trim();
        }

        return null;
    }
}
