using System.Security.Cryptography;
using System.Text;

namespace Posthorn.Tests.Signing;

/// <summary>One family of webhooks we did not build in: its configuration, and its signature computed the plain way.</summary>
/// <param name="Name">The family.</param>
/// <param name="Header">Its signature header.</param>
/// <param name="SignsTime">Whether it signs a timestamp.</param>
/// <param name="Settings">Its profile, below <c>profiles:NAME:</c>.</param>
/// <param name="Sign">The header it expects for these secrets.</param>
internal sealed record ForeignContract(
    string Name, string Header, bool SignsTime, (string Key, string? Value)[] Settings, Func<string[], string, string> Sign)
{
    public const string Id = "evt_1";
    public const string Unix = "1711035045";
    public const string Url = "https://example.com/hook";

    public static IReadOnlyList<ForeignContract> All { get; } =
    [
        new("standard-webhooks", "webhook-signature", SignsTime: true, [("extends", "standard")], (secrets, body) => Listed(secrets, secret => "v1," + Base64(Decoded(secret), $"{Id}.{Unix}.{body}"), " ")),
        new("svix", "svix-signature", SignsTime: true,
            [
                ("signature:header", "svix-signature"), ("headers:webhook-id", ""), ("headers:webhook-timestamp", ""),
                ("headers:svix-id", "{id}"), ("headers:svix-timestamp", "{unix}"),
            ],
            (secrets, body) => Listed(secrets, secret => "v1," + Base64(Decoded(secret), $"{Id}.{Unix}.{body}"), " ")),
        new("stripe", "Stripe-Signature", SignsTime: true,
            [.. Plain, ("signature:header", "Stripe-Signature"), ("signature:prefix", "t={unix},"), ("signature:value", "v1={hex}"), ("signature:content", "{unix}.{body}"), ("signature:separator", ",")],
            (secrets, body) => $"t={Unix}," + Listed(secrets, secret => "v1=" + Hex(Utf8(secret), $"{Unix}.{body}"), ",")),
        new("github", "X-Hub-Signature-256", SignsTime: false,
            [.. Plain, ("signature:header", "X-Hub-Signature-256"), ("signature:value", "sha256={hex}"), ("headers:X-GitHub-Event", "{type}"), ("headers:X-GitHub-Delivery", "{id}")],
            (secrets, body) => "sha256=" + Hex(Utf8(secrets[0]), body)),
        new("slack", "X-Slack-Signature", SignsTime: true,
            [.. Plain, ("signature:header", "X-Slack-Signature"), ("signature:value", "v0={hex}"), ("signature:content", "v0:{unix}:{body}"), ("headers:X-Slack-Request-Timestamp", "{unix}")],
            (secrets, body) => "v0=" + Hex(Utf8(secrets[0]), $"v0:{Unix}:{body}")),
        new("shopify", "X-Shopify-Hmac-SHA256", SignsTime: false,
            [.. Plain, ("signature:header", "X-Shopify-Hmac-SHA256"), ("signature:value", "{base64}")],
            (secrets, body) => Base64(Utf8(secrets[0]), body)),
        new("square", "x-square-hmacsha256-signature", SignsTime: false,
            [.. Plain, ("signature:header", "x-square-hmacsha256-signature"), ("signature:value", "{base64}"), ("signature:content", "{url}{body}")],
            (secrets, body) => Base64(Utf8(secrets[0]), Url + body)),
        new("pagerduty", "X-PagerDuty-Signature", SignsTime: false,
            [.. Plain, ("signature:header", "X-PagerDuty-Signature"), ("signature:value", "v1={hex}"), ("signature:separator", ",")],
            (secrets, body) => Listed(secrets, secret => "v1=" + Hex(Utf8(secret), body), ",")),
    ];

    /// <summary>What makes a profile that extends <c>standard</c> sign the body alone, once, with a secret as it is written.</summary>
    private static (string Key, string? Value)[] Plain =>
        [("signature:key", "utf8"), ("signature:content", "{body}"), ("signature:separator", ""), ("headers:webhook-id", ""), ("headers:webhook-timestamp", "")];

    /// <summary>The settings of the whole profile; of one key given twice the later counts.</summary>
    public IEnumerable<(string Key, string? Value)> Configuration =>
        Settings.GroupBy(pair => pair.Key, StringComparer.Ordinal).Select(pairs => ($"profiles:{Name}:{pairs.Key}", pairs.Last().Value));

    public override string ToString() => Name;

    private static string Listed(string[] secrets, Func<string, string> sign, string separator) => string.Join(separator, secrets.Select(sign));

    private static byte[] Utf8(string secret) => Encoding.UTF8.GetBytes(secret);

    private static byte[] Decoded(string secret) => Convert.FromBase64String(secret["whsec_".Length..]);

    private static string Hex(byte[] key, string content) => Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(content)));

    private static string Base64(byte[] key, string content) => Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(content)));
}
