using System.Text;
using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Connections;

/// <summary>What a peer gives to say who it is (AMQP 1.0 §5.3.3.2).</summary>
/// <param name="Mechanism">The mechanism it chose.</param>
/// <param name="Response">What it gave with it.</param>
/// <param name="Hostname">The host it means; null when it doesn't say.</param>
public sealed record SaslCredentials(Symbol Mechanism, ReadOnlyMemory<byte> Response, string? Hostname)
{
    /// <summary>No credentials (RFC 4505).</summary>
    public const string Anonymous = "ANONYMOUS";

    /// <summary>A name and a password (RFC 4616).</summary>
    public const string Plain = "PLAIN";

    /// <summary>What another layer has established (RFC 4422, appendix A).</summary>
    public const string External = "EXTERNAL";

    /// <summary>Claims follow on a node of their own.</summary>
    public const string MssbCbs = "MSSBCBS";

    /// <summary>Reads a PLAIN response: an identity, a name and a password with a NUL before the latter two (RFC 4616).</summary>
    public bool TryReadPlain(out string name, out string password)
    {
        var parts = Encoding.UTF8.GetString(Response.Span).Split('\0');
        (name, password) = parts.Length == 3 ? (parts[1], parts[2]) : ("", "");
        return parts.Length == 3 && string.Equals(Mechanism.Value, Plain, StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Mechanism} (not shown)";
}
