using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Newtonsoft.Json.Linq;
using NJsonSchema.Validation;
using NJsonSchema.Validation.FormatValidators;
using Posthorn.Envelopes;

namespace Posthorn.Worker.Schemas;

/// <summary>
/// A <c>format</c> that is checked. They stand in for the library's own, which take a time without an offset for a date-time, a path
/// for a URI, and match a long e-mail address for minutes. Any other format is a remark, as the specification has it.
/// </summary>
/// <param name="Format">Its name.</param>
/// <param name="Accepted">What it accepts, as an error says it.</param>
/// <param name="Accepts">Whether a text has the form.</param>
internal sealed record SchemaFormat(string Format, string Accepted, Func<string, bool> Accepts) : IFormatValidator
{
    private const int MaxEmail = 320;
    private const int MaxAddress = 64;

    /// <summary>All of them, by name.</summary>
    public static IReadOnlyDictionary<string, SchemaFormat> All { get; } = new[]
    {
        new SchemaFormat("date-time", "a date-time of RFC 3339, such as 2026-01-31T12:00:00Z", text => Rfc3339.TryParse(text, out _)),
        new SchemaFormat("date", "a date, such as 2026-01-31", text => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)),
        new SchemaFormat("time", "a time of RFC 3339, such as 12:00:00Z", text => Rfc3339.TryParse("2000-01-02T" + text, out _)),
        new SchemaFormat("email", "an e-mail address", IsEmail),
        new SchemaFormat("hostname", "a host name", text => Uri.CheckHostName(text) == UriHostNameType.Dns),
        new SchemaFormat("ipv4", "an IPv4 address", text => IsAddress(text, AddressFamily.InterNetwork)),
        new SchemaFormat("ipv6", "an IPv6 address", text => IsAddress(text, AddressFamily.InterNetworkV6)),
        new SchemaFormat("uri", "a URI with its scheme", IsUri),
        new SchemaFormat("uuid", "a UUID", text => Guid.TryParseExact(text, "D", out _)),
    }.ToDictionary(format => format.Format, StringComparer.Ordinal);

    /// <inheritdoc/>
    public ValidationErrorKind ValidationErrorKind => ValidationErrorKind.Unknown;

    /// <inheritdoc/>
    public bool IsValid(string value, JTokenType tokenType) => Accepts(value);

    private static bool IsEmail(string text)
    {
        var at = text.LastIndexOf('@');
        return text.Length <= MaxEmail && at > 0 && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c))
            && Uri.CheckHostName(text[(at + 1)..]) == UriHostNameType.Dns && (text[0] == '"' || !text.AsSpan(0, at).Contains('@'));
    }

    /// <summary>.NET also takes 127.1 and an address with a zone or a port.</summary>
    private static bool IsAddress(string text, AddressFamily family) =>
        text.Length <= MaxAddress && !text.AsSpan().ContainsAny('%', '[', ']') && IPAddress.TryParse(text, out var address) && address.AddressFamily == family
        && (family == AddressFamily.InterNetworkV6 || address.ToString() == text);

    /// <summary>.NET also takes a rooted path for a file's address.</summary>
    private static bool IsUri(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && text.StartsWith(uri.Scheme + ":", StringComparison.OrdinalIgnoreCase);
}
