using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Posthorn.Envelopes;

namespace Posthorn.Signing;

/// <summary>What an attempt proves itself with.</summary>
/// <param name="Secrets">Signing secrets, the newest first; several while one rotates; none sends unsigned.</param>
/// <param name="BearerToken">The bearer token, if any.</param>
/// <param name="Headers">The producer's headers, in clear.</param>
public sealed partial record Credentials(IReadOnlyList<SigningSecret> Secrets, SigningSecret? BearerToken, IReadOnlyDictionary<string, string> Headers)
{
    private const int ShortestTelling = 6;

    /// <summary>
    /// A text of a stranger's, on one line, with every credential taken out, also one that the text's end cuts; a header's value
    /// and the URL's query may be one too, unless they are very short.
    /// </summary>
    public string Redact(string text, Uri url)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(url);
        var telling = Secrets.Select(secret => secret.Reveal())
            .Concat(BearerToken is null ? [] : [BearerToken.Reveal()])
            .Concat(Headers.Values.Append(url.Query.TrimStart('?')).Where(value => value.Length >= ShortestTelling))
            .SelectMany(Forms)
            .Distinct(StringComparer.Ordinal)
            .OrderByDescending(value => value.Length);
        var values = telling.ToList();
        var plain = JsonEscape().Replace(text, Unescaped);
        return values.Exists(value => plain.Contains(value, StringComparison.Ordinal)) ? Without(values, plain) : Without(values, text);
    }

    /// <summary>How a receiver may write a value down: as it is (JSON's escapes are undone in the text), in HTML, in a URL or a form, in base64.</summary>
    private static IEnumerable<string> Forms(string value)
    {
        string[] forms =
        [
            value, WebUtility.HtmlEncode(value), Uri.EscapeDataString(value), WebUtility.UrlEncode(value), Convert.ToBase64String(Encoding.UTF8.GetBytes(value)),
        ];
        return forms.Select(form => string.Join(' ', form.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
    }

    private static string Unescaped(Match escape)
    {
        if (escape.Value[1] != 'u') return escape.Value[1..];
        var character = (char)ushort.Parse(escape.ValueSpan[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return char.IsControl(character) ? " " : character.ToString();
    }

    private static string Without(List<string> values, string text) =>
        values.Aggregate(text, (clean, value) => WithoutCutEnd(clean.Replace(value, SigningSecret.Redacted, StringComparison.Ordinal), value));

    [GeneratedRegex(@"\\(u[0-9a-fA-F]{4}|[""\\/])", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex JsonEscape();

    private static string WithoutCutEnd(string text, string value)
    {
        for (var kept = Math.Min(value.Length - 1, text.Length); kept >= ShortestTelling; kept--)
            if (text.EndsWith(value[..kept], StringComparison.Ordinal)) return string.Concat(text.AsSpan(0, text.Length - kept), SigningSecret.Redacted);
        return text;
    }
}

/// <summary>Opens seals and follows references, freshly for each attempt, so that a rotated secret is used by the next one.</summary>
public sealed class CredentialResolver(ISecretSealer sealer, SecretStores stores)
{
    /// <summary>The envelope with its destination in clear.</summary>
    /// <exception cref="SecretUnavailableException">The seal cannot be opened now.</exception>
    public Envelope Open(Envelope envelope)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        if (envelope.Destination.SecretsMissing is { } cause) throw new SecretUnavailableException(cause);
        return envelope.Destination is { Sealed: null, Elsewhere: null } ? envelope : envelope with { Destination = SealedParts.Unseal(envelope.Destination, sealer) };
    }

    /// <summary>The credentials of a destination.</summary>
    /// <exception cref="SecretUnavailableException">One of them cannot be had now.</exception>
    public async ValueTask<Credentials> ResolveAsync(Destination destination, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var open = SealedParts.Unseal(destination, sealer);
        IReadOnlyList<SigningSecret> secrets = open.SecretRef is { } reference
            ? await stores.FollowAsync(reference, cancellationToken)
            : new[] { open.Secret, open.PreviousSecret }.OfType<SigningSecret>().ToList();
        var bearer = open.BearerTokenRef is { } bearerReference ? (await stores.FollowAsync(bearerReference, cancellationToken))[0] : open.BearerToken;
        return new Credentials(secrets, bearer, open.Headers);
    }
}
