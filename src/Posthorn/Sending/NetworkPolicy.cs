using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Posthorn.Envelopes;
using Posthorn.Queues;
using Posthorn.Settings;

namespace Posthorn.Sending;

/// <summary>Which destinations may be reached. Section <c>network</c>.</summary>
public sealed record NetworkPolicy
{
    private const int MaxUrlLength = 2048;

    /// <summary>Whether plain http is allowed. Default: false; in Development true.</summary>
    public bool AllowHttp { get; init; }

    /// <summary>Whether loopback is allowed. Default: false; in Development true; <see cref="AllowPrivateNetworks"/> includes it.</summary>
    public bool AllowLoopback { get; init; }

    /// <summary>Whether private networks and loopback are allowed; metadata services and the like are not even then. Default: false.</summary>
    public bool AllowPrivateNetworks { get; init; }

    /// <summary>Host names and literal addresses that are never judged. Default: none.</summary>
    public IReadOnlySet<string> AllowedHosts { get; init; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The proxy that every request leaves through; null is none, whatever the environment's variables say. Default: null.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>Reads the section <c>network</c>.</summary>
    /// <param name="network">The section.</param>
    /// <param name="isDevelopment">Whether this is the Development environment, which allows http and loopback.</param>
    public static NetworkPolicy From(SettingsSection network, bool isDevelopment)
    {
        ArgumentNullException.ThrowIfNull(network);
        network.AcceptOnly("allowHttp", "allowPrivateNetworks", "allowedHosts", "proxy");
        return new NetworkPolicy
        {
            AllowHttp = network.Flag("allowHttp", otherwise: false) || isDevelopment,
            AllowLoopback = isDevelopment,
            AllowPrivateNetworks = network.Flag("allowPrivateNetworks", otherwise: false),
            AllowedHosts = new HashSet<string>(network.Texts("allowedHosts") ?? [], StringComparer.OrdinalIgnoreCase),
            Proxy = ReadProxy(network),
        };
    }

    /// <summary>What a destination's URL is refused for before any name is resolved; null when it may be tried.</summary>
    public Refusal? Judge(string? text, out Uri? url)
    {
        url = null;
        if (string.IsNullOrEmpty(text)) return Invalid("is required: an absolute https URL");
        if (text.Length > MaxUrlLength) return Invalid($"has {text.Length} characters; at most {MaxUrlLength} are accepted");
        if (text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || c == '\\')) return Invalid("holds white space, a control character or a backslash");
        if (!KnownUrl.TryRead(text, out var parsed) || parsed.Scheme is not ("http" or "https")) return Invalid("is not an absolute http or https URL");
        url = parsed;
        return Judge(parsed);
    }

    /// <inheritdoc cref="Judge(string?, out Uri?)"/>
    public Refusal? Judge(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        if (url.UserInfo.Length > 0) return Invalid("holds a user name; use bearer_token or headers");
        if (url.Port == 0) return Invalid("has port 0");
        if (url.Scheme == Uri.UriSchemeHttp && !AllowHttp) return Invalid("is http; https is required unless network:allowHttp is true");
        if (!url.Host.All(IsOfNames)) return Invalid("has a host name with characters that no registered name has; write it in its ASCII form");
        var host = HostOf(url);
        if (host.Length == 0 || host.EndsWith('.')) return Invalid("has a host name that is empty or ends with a dot");
        return Allows(host) ? null : JudgeHost(host);
    }

    /// <summary>Whether an address may be dialled.</summary>
    public bool Allows(IPAddress address) => AddressGuard.KindOf(address) switch
    {
        AddressKind.Public => true,
        AddressKind.Loopback => AllowLoopback || AllowPrivateNetworks,
        AddressKind.Private => AllowPrivateNetworks,
        _ => false,
    };

    /// <summary>Whether a host is allowed by name, whatever its address.</summary>
    public bool Allows(string host) => AllowedHosts.Contains(host);

    /// <summary>The host in the form it is resolved in: lower case, ASCII, an IPv6 address without brackets.</summary>
    public static string HostOf(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        return url.IdnHost.Trim('[', ']');
    }

    private static Uri? ReadProxy(SettingsSection network)
    {
        if (network.Text("proxy") is not { Length: > 0 } text) return null;
        var isOne = Uri.TryCreate(text, UriKind.Absolute, out var url) && url is { Scheme: "http", UserInfo: "", PathAndQuery: "/", Fragment: "", Port: > 0 };
        var shown = text[(text.LastIndexOf('@') + 1)..]; // What stands before it may be a password.
        return isOne ? url : network.Wrong("proxy", shown.Length < text.Length ? $"…@{shown}" : text, "http://HOST:PORT, without a user name", otherwise: default(Uri));
    }

    private Refusal? JudgeHost(string host)
    {
        if (IPAddress.TryParse(host, out var address)) return Allows(address) ? null : Blocked(host, AddressGuard.KindOf(address));
        if (IsLocalName(host) && !Allows(IPAddress.Loopback)) return Blocked(host, AddressKind.Loopback);
        return null;
    }

    // RFC 6761, section 6.3: localhost and the names below it are loopback.
    private static bool IsLocalName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);

    // ASCII, and letters of living scripts. Digits and letters in disguise (circled, full width) would be resolved as plain ones.
    private static bool IsOfNames(char c) =>
        char.IsAscii(c)
        || (c is < '\u2000' or (>= '\u2C00' and < '\uF900')
            && CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.LowercaseLetter or UnicodeCategory.UppercaseLetter or UnicodeCategory.OtherLetter
                or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark);

    private static Refusal Invalid(string detail) => new(DeadLetterReason.InvalidDestination, detail);

    [SuppressMessage("Globalization", "CA1308", Justification = "The kind is shown in prose.")]
    private static Refusal Blocked(string host, AddressKind kind) =>
        new(DeadLetterReason.BlockedAddress, $"leads to {host}, a {kind.ToString().ToLowerInvariant()} address; open it with network:allowedHosts or network:allowPrivateNetworks");
}

/// <summary>Why something is not sent, whatever the schedule says.</summary>
/// <param name="Reason">The dead letter's reason.</param>
/// <param name="Detail">What is wrong, in one line.</param>
public sealed record Refusal(DeadLetterReason Reason, string Detail);
