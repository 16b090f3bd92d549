namespace Posthorn.ServiceBusDouble;

/// <summary>Reads of a connection string what names the namespace, and demands what the SDK demands.</summary>
internal static class ConnectionString
{
    private const string Incomplete =
        "The connection string used for a Service Bus client must specify the Service Bus namespace host and either a Shared Access Key "
        + "(both the name and value) OR a Shared Access Signature to be valid.";

    /// <summary>The host it leads to, without a port, and the entity it is for; null for all.</summary>
    /// <exception cref="FormatException">It is not of the form key=value;key=value.</exception>
    /// <exception cref="ArgumentException">It lacks an endpoint or a key.</exception>
    public static (string Host, string? EntityPath) Parse(string connectionString)
    {
        ArgumentException.ThrowIfNullOrEmpty(connectionString);
        var tokens = connectionString.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Token)
            .ToDictionary(token => token.Key, token => token.Value, StringComparer.OrdinalIgnoreCase);
        var hasKey = tokens.ContainsKey("SharedAccessKeyName") && tokens.ContainsKey("SharedAccessKey");
        var host = HostOf(tokens.GetValueOrDefault("Endpoint") ?? "");
        return host is not null && (hasKey || tokens.ContainsKey("SharedAccessSignature"))
            ? (host, tokens.GetValueOrDefault("EntityPath"))
            : throw new ArgumentException(Incomplete, nameof(connectionString));
    }

    /// <summary>The host of an address, or of a bare name; null when it is neither.</summary>
    public static string? HostOf(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var endpoint) && endpoint.Host.Length > 0 ? endpoint.Host
        : Uri.CheckHostName(address ?? "") != UriHostNameType.Unknown ? address
        : null;

    private static KeyValuePair<string, string> Token(string token)
    {
        var separator = token.IndexOf('=');
        return separator > 0 && separator < token.Length - 1
            ? KeyValuePair.Create(token[..separator].Trim(), token[(separator + 1)..].Trim())
            : throw new FormatException("The connection string could not be parsed; either it was malformed or contains no well-known tokens.");
    }
}
